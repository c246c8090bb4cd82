import EnvoyAPI
import MeshConfig
import MeshModel
import SecurityTags
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct GatewayTests {
    private static let base = [
        MeshFixture.service("web"), MeshFixture.pod("web", ip: "10.1.0.1"),
        """
        apiVersion: v1
        kind: Service
        metadata: {name: ingress, namespace: edge}
        spec:
          clusterIP: 10.96.0.9
          selector: {istio: ingressgateway}
          ports: [{name: http2, port: 80, targetPort: 8080}]
        """,
    ].joined(separator: "\n---\n")

    private static func gateway(_ name: String, _ servers: String) -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: \(name), namespace: default}
        spec: {selector: {istio: ingressgateway}, servers: [\(servers)]}
        """
    }

    private static let http = "{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}"

    private static func rule(_ name: String, _ spec: String) -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: \(name), namespace: default}
        spec: {\(spec)}
        """
    }

    private static let toWeb = "route: [{destination: {host: web}}]"

    private static func router(metadata: [String: NodeValue] = [:]) -> ProxyNode {
        var node = ProxyNode(
            kind: .router,
            id: "ingress-1.edge",
            ipAddresses: ["10.1.0.5"],
            namespace: "edge",
            dnsDomain: "edge.svc.cluster.local",
            labels: ["istio": "ingressgateway"]
        )
        node.metadata = metadata
        return node
    }

    private func mesh(_ yaml: String..., node: ProxyNode = router()) throws -> MeshFixture {
        var settings = MeshConfiguration()
        settings.accessLogFile = "/dev/stdout"
        return try MeshFixture(([Self.base] + yaml).joined(separator: "\n---\n"), mesh: settings, node: node)
    }

    private func manager(_ listener: XDS.Listener) throws -> XDS.HTTPConnectionManager {
        let filter = try #require(listener.filterChains.first?.filters.first)
        return try XDS.HTTPConnectionManager(serializedBytes: filter.typedConfig.value)
    }

    @Test func listenerIsASocketOfItsOwnAtTheEdge() throws {
        let mesh = try mesh(Self.gateway("a", Self.http))
        #expect(ResourceGenerator().listeners(for: mesh.view).map(\.name) == ["0.0.0.0_8080"])
        let listener = try mesh.listener("0.0.0.0_8080")
        #expect(listener.address.socketAddress.portValue == 8080 && !listener.hasBindToPort)
        #expect(listener.listenerFilters.isEmpty && listener.accessLog.count == 1)
        let manager = try manager(listener)
        #expect(manager.rds.routeConfigName == "http.8080" && manager.statPrefix == "outbound_0.0.0.0_8080;")
        #expect(manager.useRemoteAddress.value && manager.serverName == "istio-envoy")
        #expect(manager.forwardClientCertDetails == .sanitizeSet && manager.setCurrentClientCertDetails.cert)
        #expect(manager.generateRequestID.value && manager.normalizePath.value && manager.accessLog.count == 1)
    }

    /// By the mesh, by the gateway's own settings, and by settings that cannot be read.
    @Test(
        .tags(.sec19),
        arguments: [
            (GatewayTopology(), nil, 0, .sanitizeSet),
            (GatewayTopology(numTrustedProxies: 2, forwardClientCertDetails: .appendForward), nil, 2, .appendForward),
            (
                GatewayTopology(numTrustedProxies: 2),
                ["numTrustedProxies": .number(1), "forwardClientCertDetails": .string("SANITIZE")], 1, .sanitize
            ),
            (GatewayTopology(), ["forwardClientCertDetails": .string("ALWAYS_FORWARD_ONLY")], 0, .alwaysForwardOnly),
            (GatewayTopology(), ["forwardClientCertDetails": .string("FORWARD_ONLY")], 0, .forwardOnly),
            (
                GatewayTopology(numTrustedProxies: 2, forwardClientCertDetails: .alwaysForwardOnly),
                ["numTrustedProxies": .number(-1), "forwardClientCertDetails": .string("trust me")], 0, .sanitizeSet
            ),
        ] as [(GatewayTopology, [String: NodeValue]?, UInt32, XDS.HTTPConnectionManager.ForwardClientCertDetails)]
    )
    func whatStandsBeforeAGatewayIsBelievedAsFarAsItSays(
        mesh: GatewayTopology,
        own: [String: NodeValue]?,
        hops: UInt32,
        details: XDS.HTTPConnectionManager.ForwardClientCertDetails
    ) throws {
        var settings = MeshConfiguration()
        settings.defaultConfig.gatewayTopology = mesh
        let metadata: [String: NodeValue] =
            own.map { ["PROXY_CONFIG": .object(["gatewayTopology": .object($0)])] } ?? [:]
        let text = [Self.base, Self.gateway("a", Self.http)].joined(separator: "\n---\n")
        let fixture = try MeshFixture(text, mesh: settings, node: Self.router(metadata: metadata))
        let manager = try manager(fixture.listener("0.0.0.0_8080"))
        #expect(manager.xffNumTrustedHops == hops && manager.forwardClientCertDetails == details)
    }

    @Test func otherProtocolsAreLeftOut() throws {
        let secured = "{port: {number: 443, name: s, protocol: HTTPS}, hosts: [a.com], tls: {mode: PASSTHROUGH}}"
        let mesh = try mesh(Self.gateway("a", "\(secured), \(Self.http)"))
        #expect(ResourceGenerator().listeners(for: mesh.view).map(\.name) == ["0.0.0.0_8080"])
        #expect(mesh.routes("http.443").virtualHosts.isEmpty)
    }

    @Test func unprivilegedPodsOpenHighPortsOnly() throws {
        let low = "{port: {number: 81, name: low, protocol: HTTP}, hosts: ['*']}"
        let names = { (metadata: [String: NodeValue]) in
            let mesh = try self.mesh(Self.gateway("a", "\(low), \(Self.http)"), node: Self.router(metadata: metadata))
            return ResourceGenerator().listeners(for: mesh.view).map(\.name)
        }
        #expect(try names([:]) == ["0.0.0.0_81", "0.0.0.0_8080"])
        #expect(try names(["UNPRIVILEGED_POD": .string("true")]) == ["0.0.0.0_8080"])
    }

    @Test func withoutRulesEverythingIs404() throws {
        let hosts = try mesh(Self.gateway("a", Self.http)).routes("http.8080").virtualHosts
        #expect(hosts.map(\.name) == ["blackhole:80"] && hosts.first?.domains == ["*"])
        #expect(hosts.first?.routes.isEmpty == true)
        #expect(try mesh().routes("http.8080").virtualHosts.isEmpty)
    }

    @Test func rulesOfOneHostFollowOneAnotherAndCatchAllsGoLast() throws {
        let mesh = try mesh(
            Self.gateway("a", Self.http),
            Self.rule(
                "one",
                "hosts: [x.com], gateways: [a], http: [{name: a, match: [{uri: {prefix: /a}}], \(Self.toWeb)}, "
                    + "{name: rest, \(Self.toWeb)}]"
            ),
            Self.rule(
                "two",
                "hosts: [x.com, y.com], gateways: [a], http: [{name: b, match: [{uri: {prefix: /b}}], \(Self.toWeb)}]"
            ),
            Self.rule("three", "hosts: [z.com, '*.z.com'], gateways: [a], http: [{name: z, \(Self.toWeb)}]")
        )
        let table = mesh.routes("http.8080")
        #expect(table.ignorePortInHostMatching && !table.validateClusters.value && table.hasValidateClusters)
        let hosts = table.virtualHosts.map { host in
            "\(host.name) \(host.domains.joined(separator: ",")): \(host.routes.map(\.name).joined(separator: ","))"
        }
        #expect(hosts == ["x.com:80 x.com: a,b,rest", "y.com:80 y.com: b", "z.com:80 z.com,*.z.com: z"])
        #expect(table.virtualHosts.allSatisfy { $0.includeRequestAttemptCount && $0.requireTls == .none })
    }

    @Test func redirectToHTTPSNeedsNoRule() throws {
        let redirect =
            "{port: {number: 80, name: http, protocol: HTTP}, hosts: [x.com, 'default/y.com'], tls: {httpsRedirect: true}}"
        let mesh = try mesh(
            Self.gateway("a", redirect),
            Self.rule("one", "hosts: [x.com], gateways: [a], http: [{\(Self.toWeb)}]")
        )
        let hosts = mesh.routes("http.8080").virtualHosts
        #expect(hosts.map(\.name) == ["x.com:80", "y.com:80"])
        #expect(hosts.allSatisfy { $0.requireTls == .all })
        #expect(hosts.map(\.routes.count) == [1, 0])
    }

    @Test func destinationRulesOfClientAndServiceApply() throws {
        let mesh = try mesh(
            Self.gateway("a", Self.http),
            MeshFixture.destinationRule("web", MeshFixture.versions),
            Self.rule("one", "hosts: [x.com], gateways: [a], http: [{route: [{destination: {host: web, subset: v1}}]}]")
        )
        let route = try #require(mesh.routes("http.8080").virtualHosts.first?.routes.first)
        #expect(route.route.cluster == "outbound|80|v1|web.default.svc.cluster.local")
        _ = try mesh.cluster(route.route.cluster)
        #expect(mesh.endpoints(route.route.cluster) == ["10.1.0.1:8080"])
    }

    @Test func changesConcernTheRoutersTheyTouch() throws {
        let gateway = Self.gateway("a", Self.http)
        let rule = Self.rule("one", "hosts: [x.com], gateways: [a], http: [{\(Self.toWeb)}]")
        let before = try mesh(gateway, rule)
        func concerns(_ yaml: String..., node: ProxyNode = Self.router()) throws -> String {
            var settings = MeshConfiguration()
            settings.accessLogFile = "/dev/stdout"
            let next = try before.updated(([Self.base] + yaml).joined(separator: "\n---\n"), mesh: settings)
            return ResourceGenerator().concerns(next.change, for: node, from: before.snapshot, to: next.snapshot)
                .map { "\($0)" }.sorted().joined(separator: " ")
        }
        let changed = rule.replacing("x.com", with: "y.com")
        #expect(try concerns(gateway, changed) == "route")
        #expect(try concerns(gateway, changed, node: .client) == "")
        #expect(try concerns(gateway.replacing("'*'", with: "x.com"), rule) == "listener route")
        #expect(try concerns(rule) == "cluster endpoint listener route")
        #expect(try concerns(rule, node: .client) == "")
        #expect(try concerns(gateway, rule, Self.rule("mesh", "hosts: [web], http: [{\(Self.toWeb)}]")) == "")
        let other = gateway.replacing("name: a,", with: "name: b,").replacing("ingressgateway", with: "egressgateway")
        #expect(try concerns(gateway, rule, other) == "")
    }

    @Test(.enabled(if: EnvoyBootstrap.envoy != nil, "no Envoy in .venv; `make setup` installs it"))
    func envoyAcceptsWhatRoutersGet() throws {
        let bound = "{port: {number: 8081, name: b, protocol: HTTP2}, bind: 127.0.0.1, hosts: ['*']}"
        let mesh = try mesh(
            Self.gateway("a", "\(Self.http), \(bound)"),
            Self.rule(
                "one",
                "hosts: ['*.x.com', X.com, '2001:db8::1', 192.0.2.1], gateways: [a], http: [{\(Self.toWeb)}]"
            ),
            Self.rule("all", "hosts: ['*'], gateways: [a], http: [{\(Self.toWeb)}]"),
            Self.rule("two", "hosts: [x.com, a.x.com], gateways: [a], http: [{redirect: {uri: /}}]")
        )
        #expect(try EnvoyBootstrap(mesh).complaint() == nil)
    }
}
