import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

/// Rules 66 to 72: servers of Gateways that are not plain HTTP.
@Suite struct GatewayTLSTests {
    private static let base = [
        MeshFixture.service("web"), MeshFixture.pod("web", ip: "10.1.0.1"),
        MeshFixture.service("db", ip: "10.96.0.4", ports: ["{name: tcp, port: 5432}"]),
    ].joined(separator: "\n---\n")

    private static func gateway(_ name: String = "a", _ servers: String...) -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: \(name), namespace: default}
        spec: {selector: {istio: ingressgateway}, servers: [\(servers.joined(separator: ", "))]}
        """
    }

    private static func server(_ hosts: String, _ protocol: String, _ tls: String, name: String = "s") -> String {
        let settings = tls.isEmpty ? "" : ", tls: {\(tls)}"
        return "{port: {number: 443, name: \(name), protocol: \(`protocol`)}, hosts: [\(hosts)]\(settings)}"
    }

    private static let files = "serverCertificate: /c, privateKey: /k"

    private static func rule(_ name: String, _ spec: String) -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: \(name), namespace: default}
        spec: {\(spec)}
        """
    }

    private static let toWeb = rule("web", "hosts: ['*'], gateways: [a], http: [{route: [{destination: {host: web}}]}]")

    private static func router(identity: Bool = true) -> ProxyNode {
        var node = ProxyNode(
            kind: .router,
            id: "ingress-1.edge",
            ipAddresses: ["10.1.0.5"],
            namespace: "edge",
            dnsDomain: "edge.svc.cluster.local",
            labels: ["istio": "ingressgateway"]
        )
        if !identity { node.metadata["TLS_IDENTITY"] = .string("false") }
        return node
    }

    private static func mesh(_ yaml: String..., identity: Bool = true) throws -> MeshFixture {
        try MeshFixture(([base] + yaml).joined(separator: "\n---\n"), node: router(identity: identity))
    }

    private static func context(_ chain: XDS.FilterChain?) throws -> XDS.DownstreamTLSContext {
        try XDS.DownstreamTLSContext(serializedBytes: #require(chain).transportSocket.typedConfig.value)
    }

    private static func manager(_ chain: XDS.FilterChain) throws -> XDS.HTTPConnectionManager {
        try XDS.HTTPConnectionManager(serializedBytes: #require(chain.filters.last).typedConfig.value)
    }

    @Test func httpsServersHaveAChainAndRoutesEach() throws {
        let mesh = try Self.mesh(
            Self.gateway(
                "a",
                Self.server("x.com, y.com", "HTTPS", "mode: SIMPLE, \(Self.files)", name: "one"),
                Self.server("'*.z.com'", "HTTPS", "mode: SIMPLE, credentialName: z", name: "two")
            ),
            Self.rule("x", "hosts: [x.com], gateways: [a], http: [{route: [{destination: {host: web}}]}]"),
            Self.rule("z", "hosts: [q.z.com], gateways: [a], http: [{redirect: {uri: /z}}]")
        )
        let listener = try mesh.listener("0.0.0.0_443")
        #expect(listener.listenerFilters.map(\.name) == ["envoy.filters.listener.tls_inspector"])
        #expect(listener.filterChains.map(\.filterChainMatch.serverNames) == [["x.com", "y.com"], ["*.z.com"]])
        let managers = try listener.filterChains.map(Self.manager)
        #expect(managers.map(\.rds.routeConfigName) == ["https.443.one.a.default", "https.443.two.a.default"])
        #expect(managers.allSatisfy { $0.forwardClientCertDetails == .sanitizeSet && $0.useRemoteAddress.value })
        let contexts = try listener.filterChains.map(Self.context)
        #expect(contexts.allSatisfy { !$0.requireClientCertificate.value })
        #expect(contexts.map { $0.commonTlsContext.alpnProtocols } == [["h2", "http/1.1"], ["h2", "http/1.1"]])
        #expect(contexts.allSatisfy { $0.commonTlsContext.tlsParams.tlsMinimumProtocolVersion == .tlsv12 })
        let secrets = contexts.map { $0.commonTlsContext.tlsCertificateSdsSecretConfigs.map(\.name) }
        #expect(secrets == [["file-cert:/c~/k"], ["kubernetes://z"]])
        let names = ResourceGenerator().routeNames(for: mesh.node, in: mesh.snapshot)
        #expect(names == ["https.443.one.a.default", "https.443.two.a.default"])
        #expect(mesh.routes("https.443.one.a.default").virtualHosts.map(\.name) == ["x.com:443"])
        #expect(mesh.routes("https.443.two.a.default").virtualHosts.map(\.domains) == [["q.z.com"]])
    }

    struct Row: Sendable {
        var tls: String
        var asks: Bool
        var secrets: [String]
        var roots: String
        var lowest: XDS.TLSParameters.TlsProtocol = .tlsv12
    }

    @Test(arguments: [
        Row(tls: "mode: SIMPLE, \(files)", asks: false, secrets: ["file-cert:/c~/k"], roots: ""),
        Row(tls: "mode: SIMPLE, credentialName: a", asks: false, secrets: ["kubernetes://a"], roots: ""),
        Row(
            tls: "mode: SIMPLE, credentialNames: [a, b]",
            asks: false,
            secrets: ["kubernetes://a", "kubernetes://b"],
            roots: ""
        ),
        Row(
            tls: "mode: SIMPLE, tlsCertificates: [{serverCertificate: /1, privateKey: /2}, "
                + "{serverCertificate: /3, privateKey: /4}]",
            asks: false,
            secrets: ["file-cert:/1~/2", "file-cert:/3~/4"],
            roots: ""
        ),
        Row(
            tls: "mode: MUTUAL, \(files), caCertificates: /ca",
            asks: true,
            secrets: ["file-cert:/c~/k"],
            roots: "file-root:/ca"
        ),
        Row(
            tls: "mode: MUTUAL, credentialName: a",
            asks: true,
            secrets: ["kubernetes://a"],
            roots: "kubernetes://a-cacert"
        ),
        Row(
            tls: "mode: MUTUAL, credentialName: a, caCertCredentialName: b",
            asks: true,
            secrets: ["kubernetes://a"],
            roots: "kubernetes://b-cacert"
        ),
        Row(
            tls: "mode: OPTIONAL_MUTUAL, credentialName: a",
            asks: false,
            secrets: ["kubernetes://a"],
            roots: "kubernetes://a-cacert"
        ),
        Row(tls: "mode: ISTIO_MUTUAL", asks: true, secrets: ["default"], roots: "ROOTCA", lowest: .tlsv13),
        Row(
            tls: "mode: SIMPLE, \(files), minProtocolVersion: TLSV1_3",
            asks: false,
            secrets: ["file-cert:/c~/k"],
            roots: "",
            lowest: .tlsv13
        ),
        Row(
            tls: "mode: SIMPLE, \(files), minProtocolVersion: TLSV1_0",
            asks: false,
            secrets: ["file-cert:/c~/k"],
            roots: ""
        ),
        Row(
            tls: "mode: SIMPLE, \(files), minProtocolVersion: TLSV1_3, maxProtocolVersion: TLSV1_2",
            asks: false,
            secrets: ["file-cert:/c~/k"],
            roots: ""
        ),
    ])
    func everyModeHasItsContext(_ row: Row) throws {
        let mesh = try Self.mesh(Self.gateway("a", Self.server("'*'", "HTTPS", row.tls)), Self.toWeb)
        let chain = try mesh.listener("0.0.0.0_443").filterChains.first
        #expect(chain?.hasFilterChainMatch == false, "every name is taken")
        let context = try Self.context(chain)
        let common = context.commonTlsContext
        #expect(context.requireClientCertificate.value == row.asks)
        #expect(common.tlsCertificateSdsSecretConfigs.map(\.name) == row.secrets)
        #expect(common.combinedValidationContext.validationContextSdsSecretConfig.name == row.roots)
        #expect(common.tlsParams.tlsMinimumProtocolVersion == row.lowest)
        if !row.tls.contains("credential") { #expect(try EnvoyBootstrap(mesh).complaint() == nil) }
    }

    @Test func clientsAreCheckedAsTheServerSays() throws {
        let tls = """
            mode: MUTUAL, \(Self.files), caCertificates: /ca, caCrl: /crl, subjectAltNames: [a.com, 'spiffe://x/y'], \
            verifyCertificateSpki: ['NvqYIYSbgK2vCJpQhObf77vv+bQWtc5ek5RIOwPiC9A='], cipherSuites: \
            [ECDHE-RSA-AES128-GCM-SHA256], ecdhCurves: [P-256]
            """
        let mesh = try Self.mesh(Self.gateway("a", Self.server("x.com", "HTTPS", tls)), Self.toWeb)
        let common = try Self.context(mesh.listener("0.0.0.0_443").filterChains.first).commonTlsContext
        let checks = common.combinedValidationContext.defaultValidationContext
        #expect(checks.matchTypedSubjectAltNames.map(\.matcher.exact) == ["a.com", "spiffe://x/y"])
        #expect(checks.crl.filename == "/crl" && checks.verifyCertificateSpki.count == 1)
        #expect(common.tlsParams.cipherSuites == ["ECDHE-RSA-AES128-GCM-SHA256"])
        #expect(common.tlsParams.ecdhCurves == ["P-256"])
    }

    @Test func tlsThatIsNotOpenedIsRoutedByServerName() throws {
        let mesh = try Self.mesh(
            Self.gateway(
                "a",
                Self.server("'*.x.com'", "TLS", "mode: PASSTHROUGH"),
                Self.server("b.com", "HTTPS", "mode: PASSTHROUGH", name: "t")
            ),
            Self.rule(
                "pass",
                "hosts: [a.x.com, b.x.com, b.com, c.com], gateways: [a], tls: ["
                    + "{match: [{port: 443, sniHosts: [a.x.com]}], route: [{destination: {host: web}}]},"
                    + "{match: [{port: 444, sniHosts: [b.x.com]}], route: [{destination: {host: web}}]},"
                    + "{match: [{sniHosts: [b.com]}], route: [{destination: {host: db}}]}]"
            )
        )
        let listener = try mesh.listener("0.0.0.0_443")
        #expect(listener.listenerFilters.map(\.name) == ["envoy.filters.listener.tls_inspector"])
        #expect(listener.filterChains.map(\.filterChainMatch.serverNames) == [["a.x.com"], ["b.com"]])
        #expect(listener.filterChains.allSatisfy { !$0.hasTransportSocket })
        let clusters = try listener.filterChains.map {
            try XDS.TCPProxy(serializedBytes: #require($0.filters.last).typedConfig.value).cluster
        }
        #expect(
            clusters == [
                "outbound|80||web.default.svc.cluster.local", "outbound|5432||db.default.svc.cluster.local",
            ]
        )
        #expect(try EnvoyBootstrap(mesh).complaint() == nil)
    }

    @Test(arguments: [
        ("TCP", "", false, [String]()), ("TLS", "mode: SIMPLE, \(files)", true, ["h2", "http/1.1"]),
        ("TLS", "mode: ISTIO_MUTUAL", true, ["istio-peer-exchange", "h2", "http/1.1"]),
    ])
    func connectionsGoWhereTheFirstRuleSays(speaks: String, tls: String, opens: Bool, protocols: [String]) throws {
        let mesh = try Self.mesh(
            Self.gateway("a", Self.server("'*'", speaks, tls)),
            Self.rule(
                "other",
                "hosts: ['*'], gateways: [a], tcp: [{match: [{port: 9}], route: [{destination: {host: web}}]}]"
            ),
            Self.rule("tcp", "hosts: ['*'], gateways: [a], tcp: [{route: [{destination: {host: db}}]}]")
        )
        let listener = try mesh.listener("0.0.0.0_443")
        let chain = try #require(listener.filterChains.first)
        let proxy = try XDS.TCPProxy(serializedBytes: #require(chain.filters.last).typedConfig.value)
        #expect(proxy.cluster == "outbound|5432||db.default.svc.cluster.local")
        #expect(chain.hasTransportSocket == opens)
        if opens { #expect(try Self.context(chain).commonTlsContext.alpnProtocols == protocols) }
        #expect(try EnvoyBootstrap(mesh).complaint() == nil)
    }

    @Test func aPortToWhichNothingLeadsHasNoListener() throws {
        let mesh = try Self.mesh(
            Self.gateway(
                "a",
                Self.server("'*'", "TCP", ""),
                "{port: {number: 444, name: t, protocol: TLS}, hosts: ['*'], tls: {mode: AUTO_PASSTHROUGH}}"
            )
        )
        #expect(ResourceGenerator().listeners(for: mesh.view).isEmpty)
        // HTTPS answers 404, as HTTP does.
        let https = try Self.mesh(Self.gateway("a", Self.server("x.com", "HTTPS", "mode: SIMPLE, \(Self.files)")))
        #expect(try https.listener("0.0.0.0_443").filterChains.count == 1)
        #expect(https.routes("https.443.s.a.default").virtualHosts.map(\.name) == ["blackhole:443"])
    }

    @Test func aRouterWithoutIdentityHasNoServerOfTheMesh() throws {
        let mesh = try Self.mesh(
            Self.gateway(
                "a",
                Self.server("x.com", "HTTPS", "mode: ISTIO_MUTUAL"),
                Self.server("y.com", "HTTPS", "mode: SIMPLE, \(Self.files)", name: "t")
            ),
            identity: false
        )
        let chains = try mesh.listener("0.0.0.0_443").filterChains
        #expect(chains.map(\.filterChainMatch.serverNames) == [["y.com"]])
    }

    @Test func policiesHoldForEveryChain() throws {
        let policy = """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: deny, namespace: edge}
            spec: {action: DENY, rules: [{from: [{source: {namespaces: [bad]}}]}]}
            """
        let mesh = try Self.mesh(
            policy,
            Self.gateway(
                "a",
                Self.server("x.com", "HTTPS", "mode: SIMPLE, \(Self.files)"),
                Self.server("y.com", "TLS", "mode: SIMPLE, \(Self.files)", name: "t"),
                Self.server("z.com", "TLS", "mode: PASSTHROUGH", name: "p")
            ),
            Self.rule("tcp", "hosts: [y.com], gateways: [a], tcp: [{route: [{destination: {host: db}}]}]"),
            Self.rule(
                "pass",
                "hosts: [z.com], gateways: [a], tls: [{match: [{sniHosts: [z.com]}], route: [{destination: {host: db}}]}]"
            )
        )
        let chains = try mesh.listener("0.0.0.0_443").filterChains
        #expect(try Self.manager(#require(chains.first)).httpFilters.first?.name == "envoy.filters.http.rbac")
        let tcp = ["envoy.filters.network.rbac", "envoy.filters.network.tcp_proxy"]
        #expect(chains.dropFirst().map { $0.filters.map(\.name) } == [tcp, tcp])
    }

    @Test func redirectsStayWithPlainHTTP() throws {
        let redirecting = "{port: {number: 80, name: http, protocol: HTTP}, hosts: [x.com], tls: {httpsRedirect: true}}"
        let mesh = try Self.mesh(
            Self.gateway(
                "a",
                redirecting,
                Self.server("x.com", "HTTPS", "mode: SIMPLE, httpsRedirect: true, \(Self.files)")
            ),
            Self.toWeb
        )
        #expect(mesh.routes("http.80").virtualHosts.map(\.requireTls) == [.all])
        #expect(mesh.routes("https.443.s.a.default").virtualHosts.map(\.requireTls) == [.none])
    }

    /// A router's requests reach the HTTP chain of a port that its server sniffs.
    @Test func sniffedPortsBehindARouterAreToldThatItIsHTTP() throws {
        let raw = MeshFixture.service("raw", ip: "10.96.0.6", ports: ["{name: any, port: 9000}"])
        func protocols(_ servers: String...) throws -> [String] {
            let mesh = try Self.mesh(raw, Self.gateway("a", servers.joined(separator: ", ")))
            let cluster = try mesh.cluster("outbound|9000||raw.default.svc.cluster.local")
            let socket = try #require(cluster.transportSocketMatches.first).transportSocket
            return try XDS.UpstreamTLSContext(serializedBytes: socket.typedConfig.value).commonTlsContext.alpnProtocols
        }
        let https = Self.server("x.com", "HTTPS", "mode: SIMPLE, \(Self.files)")
        #expect(try protocols(https) == ["istio-http/1.1", "istio"])
        #expect(
            try protocols(https, Self.server("y.com", "TLS", "mode: PASSTHROUGH", name: "p")) == [
                "istio-peer-exchange", "istio",
            ]
        )
    }
}
