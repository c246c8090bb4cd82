import EnvoyAPI
import MeshConfig
import MeshModel
import Testing

@testable import XDSGeneration

@Suite struct VirtualHostTests {
    struct Expansion: CustomTestStringConvertible, Sendable {
        var host: String
        var domain: String
        var expected: [String]
        var testDescription: String { "\(host) seen from \(domain)" }
    }

    @Test(arguments: [
        Expansion(
            host: "foo.local.campus.net",
            domain: "local.campus.net",
            expected: ["foo.local.campus.net.", "foo"]
        ),
        Expansion(
            host: "foo.local.campus.net",
            domain: "remote.campus.net",
            expected: ["foo.local.campus.net.", "foo.local", "foo.local.campus"]
        ),
        Expansion(host: "foo.local.campus.net", domain: "example.com", expected: ["foo.local.campus.net."]),
        Expansion(
            host: "echo.default.svc.cluster.local",
            domain: "default.svc.cluster.local",
            expected: ["echo.default.svc.cluster.local.", "echo", "echo.default.svc", "echo.default"]
        ),
        Expansion(
            host: "echo.default.svc.cluster.local",
            domain: "mesh.svc.cluster.local",
            expected: ["echo.default.svc.cluster.local.", "echo.default", "echo.default.svc"]
        ),
        Expansion(host: "www.google.com", domain: "default.svc.cluster.local", expected: ["www.google.com."]),
        Expansion(host: "1.2.3.4", domain: "default.svc.cluster.local", expected: []),
    ])
    func hostsAreAbbreviatedAsTheResolverWould(_ row: Expansion) {
        #expect(VirtualHostDomains.abbreviations(of: row.host, dnsDomain: row.domain) == row.expected)
    }

    @Test func domainsOfAService() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("web"),
            MeshFixture.service("far", namespace: "other", ip: "10.96.0.2")
        )
        let own = try mesh.virtualHost("web.default.svc.cluster.local:80")
        #expect(
            own.domains == [
                "web.default.svc.cluster.local", "web.default.svc.cluster.local.", "web", "web.default.svc",
                "web.default",
                "10.96.0.1",
            ]
        )
        let far = try mesh.virtualHost("far.other.svc.cluster.local:80")
        #expect(!far.domains.contains("far") && far.domains.contains("far.other"))
        let routes = mesh.routes("80")
        #expect(routes.ignorePortInHostMatching)
        #expect(routes.virtualHosts.last?.name == "allow_any")
    }

    @Test func headlessServicesAnswerToTheirPods() throws {
        let mesh = try MeshFixture(MeshFixture.service("db", ip: "None"))
        let host = try mesh.virtualHost("db.default.svc.cluster.local:80")
        #expect(host.domains.contains("*.db.default.svc.cluster.local"))
        #expect(host.routes.first?.route.cluster == "outbound|80||db.default.svc.cluster.local")
    }

    @Test func noDomainIsWrittenTwice() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("web"),
            MeshFixture.service("web", namespace: "other"),
            MeshFixture.virtualService("web", "http: [{route: [{destination: {host: web}}]}]"),
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: outside, namespace: default}
            spec:
              hosts: [example.com, WEB.default.svc.cluster.local, web.default]
              http: [{route: [{destination: {host: web}}]}]
            """
        )
        let domains = mesh.routes("80").virtualHosts.flatMap(\.domains)
        #expect(Set(domains.map { $0.lowercased() }).count == domains.count, "\(domains.sorted())")
    }

    @Test func unknownHostsAreRefusedWhereTheRegistryIsAll() throws {
        var settings = MeshConfiguration()
        settings.outboundTrafficPolicy = .registryOnly
        let mesh = try MeshFixture(MeshFixture.service("web"), mesh: settings)
        let last = try #require(mesh.routes("80").virtualHosts.last)
        #expect(last.name == "block_all" && last.routes.first?.directResponse.status == 502)
    }

    @Test func unknownHostsGoToTheEgressProxyOfASidecar() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("egress"),
            """
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: {name: default, namespace: default}
            spec:
              outboundTrafficPolicy:
                mode: ALLOW_ANY
                egressProxy: {host: egress.default.svc.cluster.local, port: {number: 80}}
            """
        )
        let last = try #require(mesh.routes("80").virtualHosts.last)
        #expect(last.routes.first?.route.cluster == "outbound|80||egress.default.svc.cluster.local")
    }

    @Test func sniffedPortsHaveRoutesOfTheirOwn() throws {
        let mesh = try MeshFixture(MeshFixture.service("raw", ports: ["{port: 9000}"]))
        let routes = mesh.routes("raw.default.svc.cluster.local:9000")
        #expect(routes.virtualHosts.map(\.domains) == [["*"]])
        #expect(mesh.routes("unknown.default.svc.cluster.local:9000").virtualHosts.isEmpty)
    }

    @Test func hostsOutsideTheRegistryExistOnPort80Only() throws {
        let mesh = try MeshFixture(
            MeshFixture.service("web", ports: ["{name: http, port: 80}", "{name: http-b, port: 8080}"]),
            MeshFixture.virtualService(
                "example.com",
                "http: [{route: [{destination: {host: web, port: {number: 80}}}]}]"
            )
        )
        #expect(mesh.routes("80").virtualHosts.map(\.name).contains("example.com:80"))
        #expect(!mesh.routes("8080").virtualHosts.map(\.name).contains("example.com:8080"))
    }
}
