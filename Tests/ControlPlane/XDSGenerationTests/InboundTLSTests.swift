import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

/// Rules 42 and 43: which chains a port has, by the mode of its mutual TLS and by what it speaks.
@Suite struct InboundTLSTests {
    private static let service = MeshFixture.service(
        "client",
        ports: [
            "{name: http, port: 80, targetPort: 8080}", "{name: tcp, port: 90, targetPort: 9090}",
            "{name: raw, port: 70, targetPort: 7070}",
        ]
    )

    private static func policy(_ mode: String, ports: String = "", selector: String = "{app: client}") -> String {
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: own, namespace: default}
        spec: {selector: {matchLabels: \(selector)}, mtls: {mode: \(mode)}\(ports.isEmpty ? "" : ", portLevelMtls: \(ports)")}
        """
    }

    private static func mesh(_ policy: String?, node: ProxyNode = .client, _ settings: MeshConfiguration = .init())
        throws -> MeshFixture
    {
        let objects = [service, MeshFixture.pod("client", ip: "10.1.0.9"), policy].compactMap(\.self)
        return try MeshFixture(objects.joined(separator: "\n---\n"), mesh: settings, node: node)
    }

    /// `TRANSPORT[ALPN,...] http|tcp [mtls]`.
    private static func summary(_ chain: XDS.FilterChain) -> String {
        let match = chain.filterChainMatch
        let isHTTP = chain.filters.last?.name.hasSuffix("http_connection_manager") == true
        let names = match.applicationProtocols.map {
            $0.replacing("istio-peer-exchange", with: "mx").replacing("istio-http/", with: "ih")
        }
        let alpn = names.isEmpty ? "" : "[\(names.joined(separator: ","))]"
        return "\(match.transportProtocol)\(alpn) \(isHTTP ? "http" : "tcp")\(chain.hasTransportSocket ? " mtls" : "")"
    }

    private static func context(_ chain: XDS.FilterChain) throws -> XDS.DownstreamTLSContext {
        #expect(chain.transportSocket.name == "envoy.transport_sockets.tls")
        return try XDS.DownstreamTLSContext(serializedBytes: chain.transportSocket.typedConfig.value)
    }

    @Test(arguments: [
        ("DISABLE", "8080", ["raw_buffer http"]),
        ("DISABLE", "9090", ["raw_buffer tcp"]),
        ("DISABLE", "7070", ["raw_buffer[http/1.1,h2c] http", "raw_buffer tcp"]),
        ("PERMISSIVE", "8080", ["tls[istio,mx,ih1.0,ih1.1,istio-h2] http mtls", "raw_buffer http"]),
        ("PERMISSIVE", "9090", ["tls[istio,mx,ih1.0,ih1.1,istio-h2] tcp mtls", "raw_buffer tcp", "tls tcp"]),
        (
            "PERMISSIVE", "7070",
            [
                "tls[ih1.0,ih1.1,istio-h2] http mtls", "raw_buffer[http/1.1,h2c] http", "tls[mx,istio] tcp mtls",
                "raw_buffer tcp", "tls tcp",
            ]
        ),
        ("STRICT", "8080", ["tls http mtls"]),
        ("STRICT", "9090", ["tls tcp mtls"]),
        ("STRICT", "7070", ["tls[ih1.0,ih1.1,istio-h2] http mtls", "tls tcp mtls"]),
    ])
    func chainsFollowModeAndProtocol(mode: String, port: String, chains: [String]) throws {
        let listener = try Self.mesh(Self.policy(mode)).listener("virtualInbound")
        let own = listener.filterChains.filter { $0.name == "0.0.0.0_\(port)" }
        #expect(own.map(Self.summary) == chains)
        #expect(own.allSatisfy { $0.filterChainMatch.destinationPort.value == UInt32(port) })
        let rest = listener.filterChains.filter { !$0.filterChainMatch.hasDestinationPort }
        let sniffed = listener.filterChains.filter { $0.name == "0.0.0.0_7070" }
        #expect(rest.map(Self.summary) == sniffed.map(Self.summary), "ports of no service are sniffed")
        let names = rest.map { Self.summary($0).contains("http") && !Self.summary($0).contains("tcp") }
        #expect(
            rest.map(\.name) == names.map { $0 ? "virtualInbound-catchall-http" : "virtualInbound" }
        )
    }

    @Test func withoutAPolicyPortsArePermissive() throws {
        let listener = try Self.mesh(nil).listener("virtualInbound")
        #expect(listener.filterChains.filter { $0.name == "0.0.0.0_7070" }.count == 5)
        #expect(
            listener.listenerFilters.map(\.name) == [
                "envoy.filters.listener.original_dst", "envoy.filters.listener.tls_inspector",
                "envoy.filters.listener.http_inspector",
            ]
        )
    }

    /// Envoy's choice among the chains, by port, then transport, then protocols; exact ones first.
    private func target(_ listener: XDS.Listener, port: UInt32, transport: String, alpn: String) throws -> String {
        func narrowed(
            _ chains: [XDS.FilterChain],
            _ exact: (XDS.FilterChainMatch) -> Bool,
            _ any: (XDS.FilterChainMatch) -> Bool
        )
            -> [XDS.FilterChain]
        {
            let hits = chains.filter { exact($0.filterChainMatch) }
            return hits.isEmpty ? chains.filter { any($0.filterChainMatch) } : hits
        }
        var chains = listener.filterChains
        chains = narrowed(chains, { $0.destinationPort.value == port }, { !$0.hasDestinationPort })
        // Where no chain asks for TLS nothing looks for it.
        let inspects = chains.contains { $0.filterChainMatch.transportProtocol == "tls" }
        let (transport, alpn) = inspects || transport == "raw_buffer" ? (transport, alpn) : ("raw_buffer", "")
        chains = narrowed(chains, { $0.transportProtocol == transport }, { $0.transportProtocol.isEmpty })
        chains = narrowed(chains, { $0.applicationProtocols.contains(alpn) }, { $0.applicationProtocols.isEmpty })
        guard let chain = chains.first else { return "none" }
        let filter = try #require(chain.filters.last)
        let opened = chain.hasTransportSocket ? " opened" : ""
        if filter.name.hasSuffix("tcp_proxy") {
            return try XDS.TCPProxy(serializedBytes: filter.typedConfig.value).cluster + opened
        }
        let manager = try XDS.HTTPConnectionManager(serializedBytes: filter.typedConfig.value)
        return "http " + manager.routeConfig.name + opened
    }

    /// Inputs and outcomes of Istio's `peer_authentication_simulation_test.go`, and more; port 5050 is of no service.
    @Test(arguments: [
        ("DISABLE", "", 5050, "tls", "istio", "InboundPassthroughCluster"),
        ("DISABLE", "", 5050, "raw_buffer", "http/1.1", "http InboundPassthroughCluster"),
        ("DISABLE", "", 8080, "tls", "istio", "http inbound|8080||"),
        ("STRICT", "", 5050, "raw_buffer", "http/1.1", "none"),
        ("STRICT", "", 5050, "raw_buffer", "", "none"),
        ("STRICT", "", 5050, "tls", "istio", "InboundPassthroughCluster opened"),
        ("STRICT", "", 5050, "tls", "istio-http/1.1", "http InboundPassthroughCluster opened"),
        ("STRICT", "", 8080, "raw_buffer", "http/1.1", "none"),
        ("STRICT", "", 8080, "tls", "istio", "http inbound|8080|| opened"),
        ("STRICT", "", 9090, "raw_buffer", "", "none"),
        ("STRICT", "", 9090, "tls", "", "inbound|9090|| opened"),
        ("PERMISSIVE", "", 5050, "raw_buffer", "", "InboundPassthroughCluster"),
        ("PERMISSIVE", "", 5050, "tls", "istio-peer-exchange", "InboundPassthroughCluster opened"),
        ("PERMISSIVE", "", 5050, "tls", "h2", "InboundPassthroughCluster"),
        ("PERMISSIVE", "", 8080, "tls", "h2", "none"),
        ("PERMISSIVE", "", 8080, "tls", "istio", "http inbound|8080|| opened"),
        ("PERMISSIVE", "", 8080, "raw_buffer", "h2c", "http inbound|8080||"),
        ("PERMISSIVE", "", 9090, "tls", "h2", "inbound|9090||"),
        ("PERMISSIVE", "", 7070, "tls", "istio-h2", "http inbound|7070|| opened"),
        ("PERMISSIVE", "", 7070, "tls", "istio", "inbound|7070|| opened"),
        ("DISABLE", "{9000: {mode: STRICT}}", 5050, "raw_buffer", "", "InboundPassthroughCluster"),
        ("DISABLE", "{9000: {mode: STRICT}}", 9000, "raw_buffer", "", "none"),
        ("DISABLE", "{9000: {mode: STRICT}}", 9000, "tls", "istio", "InboundPassthroughCluster opened"),
        ("DISABLE", "{8080: {mode: STRICT}}", 8080, "raw_buffer", "", "none"),
        ("DISABLE", "{8080: {mode: STRICT}}", 8080, "tls", "istio", "http inbound|8080|| opened"),
        ("DISABLE", "{9000: {mode: PERMISSIVE}}", 9000, "raw_buffer", "", "InboundPassthroughCluster"),
        ("DISABLE", "{9000: {mode: PERMISSIVE}}", 9000, "tls", "istio", "InboundPassthroughCluster opened"),
        ("STRICT", "{9000: {mode: DISABLE}}", 9000, "raw_buffer", "http/1.1", "http InboundPassthroughCluster"),
        ("STRICT", "{9000: {mode: DISABLE}}", 9000, "tls", "istio", "InboundPassthroughCluster"),
        ("STRICT", "{9000: {mode: DISABLE}}", 5050, "raw_buffer", "", "none"),
        ("STRICT", "{9090: {mode: DISABLE}}", 9090, "raw_buffer", "", "inbound|9090||"),
        ("STRICT", "{9090: {mode: UNSET}}", 9090, "raw_buffer", "", "none"),
        ("STRICT", "{15006: {mode: PERMISSIVE}}", 15006, "raw_buffer", "", "BlackHoleCluster"),
    ])
    func callsReachWhatIstioSays(
        mode: String,
        ports: String,
        port: UInt32,
        transport: String,
        alpn: String,
        outcome: String
    ) throws {
        let mesh = try Self.mesh(Self.policy(mode, ports: ports))
        var node = mesh
        node.node.ipAddresses = ["10.1.0.9"]
        let listener = try node.listener("virtualInbound")
        #expect(try target(listener, port: port, transport: transport, alpn: alpn) == outcome)
    }

    @Test func contextsAskForTheTrustDomainAndItsAliases() throws {
        var settings = MeshConfiguration()
        settings.trustDomain = "shop.example"
        settings.trustDomainAliases = ["old.example", "shop.example"]
        let listener = try Self.mesh(Self.policy("STRICT"), settings).listener("virtualInbound")
        let chains = listener.filterChains.filter { $0.name == "0.0.0.0_7070" }
        let contexts = try chains.map(Self.context)
        #expect(
            contexts.map(\.commonTlsContext.alpnProtocols) == [
                ["h2", "http/1.1"], ["istio-peer-exchange", "h2", "http/1.1"],
            ]
        )
        for context in contexts {
            #expect(context.requireClientCertificate.value)
            let common = context.commonTlsContext
            #expect(common.tlsParams.tlsMinimumProtocolVersion == .tlsv13 && common.tlsParams.cipherSuites.isEmpty)
            let own = try #require(common.tlsCertificateSdsSecretConfigs.first)
            #expect(own.name == "default" && own.sdsConfig.apiConfigSource.setNodeOnFirstMessageOnly)
            #expect(own.sdsConfig.apiConfigSource.grpcServices.map(\.envoyGrpc.clusterName) == ["sds-grpc"])
            #expect(own.sdsConfig.apiConfigSource.apiType == .grpc && own.sdsConfig.resourceApiVersion == .v3)
            let combined = common.combinedValidationContext
            #expect(combined.validationContextSdsSecretConfig.name == "ROOTCA")
            let names = combined.defaultValidationContext.matchTypedSubjectAltNames
            #expect(names.map(\.matcher.prefix) == ["spiffe://shop.example/", "spiffe://old.example/"])
            #expect(names.allSatisfy { $0.sanType == .uri })
        }
    }

    @Test(arguments: [
        ("TLSV1_2", "[ECDHE-RSA-AES128-GCM-SHA256]", 3, ["ECDHE-RSA-AES128-GCM-SHA256"]),
        ("TLSV1_3", "[ECDHE-RSA-AES128-GCM-SHA256]", 4, []),
        ("TLS_AUTO", "[]", 4, []),
    ])
    func lowestVersionIsTheMeshs(version: String, suites: String, lowest: Int, expected: [String]) throws {
        let text = "meshMTLS: {minProtocolVersion: \(version), cipherSuites: \(suites)}"
        let source = MeshConfigurationSource(text: text, file: "mesh")
        let settings = try #require(MeshConfiguration.decode(source).configuration)
        let listener = try Self.mesh(nil, settings).listener("virtualInbound")
        let chain = try #require(listener.filterChains.first { $0.hasTransportSocket })
        let parameters = try Self.context(chain).commonTlsContext.tlsParams
        #expect(parameters.tlsMinimumProtocolVersion.rawValue == lowest)
        #expect(parameters.tlsMaximumProtocolVersion == .tlsv13)
        #expect(parameters.cipherSuites == expected)
    }

    @Test func aProxyWithoutIdentityOpensNothingAndKeepsStrictPortsShut() throws {
        var node = ProxyNode.client
        node.metadata["TLS_IDENTITY"] = .string("false")
        let open = try Self.mesh(nil, node: node).listener("virtualInbound")
        #expect(open.filterChains.allSatisfy { !$0.hasTransportSocket })
        #expect(
            open.filterChains.filter { $0.name == "0.0.0.0_7070" }.map(Self.summary) == [
                "raw_buffer[http/1.1,h2c] http", "raw_buffer tcp",
            ]
        )
        let shut = try Self.mesh(Self.policy("STRICT", ports: "{9090: {mode: DISABLE}}"), node: node)
            .listener("virtualInbound")
        #expect(shut.filterChains.allSatisfy { !$0.hasTransportSocket })
        for (port, outcome) in [
            (UInt32(8080), "BlackHoleCluster"), (5050, "BlackHoleCluster"), (9090, "inbound|9090||"),
        ] {
            #expect(try target(shut, port: port, transport: "raw_buffer", alpn: "") == outcome)
        }
    }

    @Test(arguments: [
        (
            "DISABLE", "HTTPS", "{mode: SIMPLE, serverCertificate: /c, privateKey: /k}", "tls http mtls", false,
            "file-cert:/c~/k"
        ),
        (
            "DISABLE", "TLS", "{mode: MUTUAL, serverCertificate: /c, privateKey: /k, caCertificates: /ca}",
            "tls tcp mtls", true, "file-cert:/c~/k"
        ),
        (
            "DISABLE", "HTTP", "{mode: MUTUAL, credentialName: web, minProtocolVersion: TLSV1_0}", "tls http mtls",
            true, "kubernetes://web"
        ),
    ])
    func sidecarsTerminateTLSOfTheirOwnPorts(
        mode: String,
        speaks: String,
        tls: String,
        chain: String,
        asks: Bool,
        secret: String
    ) throws {
        let sidecar = """
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: {name: own, namespace: default}
            spec:
              ingress:
              - {port: {number: 8443, name: tls, protocol: \(speaks)}, defaultEndpoint: "127.0.0.1:80", tls: \(tls)}
            """
        func chains(_ mode: String) throws -> [XDS.FilterChain] {
            let mesh = try MeshFixture(sidecar, Self.policy(mode))
            return try mesh.listener("virtualInbound").filterChains.filter { $0.name == "10.1.0.9_8443" }
        }
        let own = try chains(mode)
        #expect(own.map(Self.summary) == [chain])
        let context = try Self.context(#require(own.first))
        #expect(context.requireClientCertificate.value == asks)
        #expect(context.commonTlsContext.tlsCertificateSdsSecretConfigs.map(\.name) == [secret])
        #expect(context.commonTlsContext.alpnProtocols == ["h2", "http/1.1"])
        #expect(context.commonTlsContext.tlsParams.tlsMinimumProtocolVersion == .tlsv12)
        #expect(context.commonTlsContext.combinedValidationContext.hasValidationContextSdsSecretConfig == asks)
        // Mutual TLS of the mesh and of the port's own exclude one another.
        let inMesh = try Self.context(#require(chains("STRICT").first))
        #expect(inMesh.commonTlsContext.tlsCertificateSdsSecretConfigs.map(\.name) == ["default"])
    }

    @Test(.enabled(if: EnvoyBootstrap.envoy != nil), arguments: ["STRICT", "PERMISSIVE", "DISABLE"])
    func chainsAreAcceptedByEnvoy(mode: String) throws {
        let mesh = try Self.mesh(Self.policy(mode, ports: "{9000: {mode: PERMISSIVE}, 8080: {mode: DISABLE}}"))
        #expect(try EnvoyBootstrap(mesh).complaint() == nil)
    }
}
