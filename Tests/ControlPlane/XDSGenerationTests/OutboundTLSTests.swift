import EnvoyAPI
import Foundation
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

/// Rules 47 and 48: how a cluster's connections are secured, by the rule, the endpoints and the server's policies.
@Suite struct OutboundTLSTests {
    struct Row: Sendable, CustomTestStringConvertible {
        /// `tls` of the DestinationRule, or a whole `trafficPolicy` or `subsets`; empty for no rule.
        var rule: String
        /// Label `security.istio.io/tlsMode` of the pods, `-` for none.
        var labels: [String]
        /// PeerAuthentications: `SCOPE MODE`, the scope being `mesh`, `namespace`, `workload` or a port of the workload.
        var peers: [String]
        /// `service`, `headless`, `static` (in the mesh), `outside` (static, not in the mesh).
        var kind: String
        /// Socket of the cluster, then what each endpoint says of itself.
        var expected: String
        var auto = true

        init(_ rule: String, _ labels: String, _ peers: String, _ kind: String, _ expected: String, auto: Bool = true) {
            self.rule = rule
            self.labels = labels.split(separator: " ").map(String.init)
            self.peers = peers.isEmpty ? [] : peers.split(separator: ",").map(String.init)
            self.kind = kind
            self.expected = expected
            self.auto = auto
        }

        var testDescription: String { "\(rule) | \(labels) | \(peers) | \(kind) | auto: \(auto)" }

        var yaml: String {
            var parts: [String] = []
            let name = kind == "outside" || kind == "static" ? "web.example" : "web"
            for (index, label) in labels.enumerated() {
                let tls = label == "-" ? "" : ", security.istio.io/tlsMode: \(label)"
                parts.append(
                    """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: web-\(index), namespace: default, labels: {app: web, version: v1\(tls)}}
                    spec: {serviceAccountName: web}
                    status: {phase: Running, podIP: 10.1.0.\(index + 1)}
                    """
                )
            }
            switch kind {
            case "service": parts.append(MeshFixture.service("web"))
            case "headless": parts.append(MeshFixture.service("web", ip: "None"))
            default:
                parts.append(
                    """
                    apiVersion: networking.istio.io/v1
                    kind: ServiceEntry
                    metadata: {name: web, namespace: default}
                    spec:
                      hosts: [web.example]
                      ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]
                      location: \(kind == "outside" ? "MESH_EXTERNAL" : "MESH_INTERNAL")
                      resolution: STATIC
                      workloadSelector: {labels: {app: web}}
                    """
                )
            }
            if !rule.isEmpty {
                let isWhole = rule.hasPrefix("trafficPolicy") || rule.hasPrefix("subsets")
                parts.append(MeshFixture.destinationRule(name, isWhole ? rule : "trafficPolicy: {tls: \(rule)}"))
            }
            for peer in peers {
                let words = peer.split(separator: " ").map(String.init)
                let selector =
                    words[0] == "mesh" || words[0] == "namespace" ? "" : "selector: {matchLabels: {app: web}}, "
                let spec =
                    UInt32(words[0]) == nil
                    ? "mtls: {mode: \(words[1])}" : "portLevelMtls: {\(words[0]): {mode: \(words[1])}}"
                parts.append(
                    """
                    apiVersion: security.istio.io/v1
                    kind: PeerAuthentication
                    metadata: {name: p\(words[0]), namespace: \(words[0] == "mesh" ? "istio-system" : "default")}
                    spec: {\(selector)\(spec)}
                    """
                )
            }
            return parts.joined(separator: "\n---\n")
        }

        var host: String { kind == "service" || kind == "headless" ? "web.default.svc.cluster.local" : "web.example" }
        var subset: String { rule.hasPrefix("subsets") ? "v1" : "" }
    }

    private static let files = "clientCertificate: /c, privateKey: /k, caCertificates: /ca"

    static let rows: [Row] = [
        // No rule: what the endpoints say, unless the server's namespace or their own policy forbids it.
        Row("", "istio", "", "service", "auto istio"),
        Row("", "istio istio", "", "service", "auto istio istio"),
        Row("", "-", "", "service", "auto -"),
        Row("", "istio -", "", "service", "auto istio -"),
        Row("", "disabled", "", "service", "auto -"),
        Row("", "", "", "service", "auto"),
        Row("", "istio", "mesh STRICT", "service", "auto istio"),
        Row("", "-", "mesh STRICT", "service", "auto -"),
        Row("", "istio", "mesh PERMISSIVE", "service", "auto istio"),
        Row("", "istio", "mesh DISABLE", "service", "plain -"),
        Row("", "istio", "mesh UNSET", "service", "auto istio"),
        Row("", "istio", "namespace STRICT", "service", "auto istio"),
        Row("", "istio", "namespace DISABLE", "service", "plain -"),
        Row("", "istio", "namespace UNSET", "service", "auto istio"),
        Row("", "istio", "mesh DISABLE,namespace UNSET", "service", "plain -"),
        Row("", "istio", "mesh DISABLE,namespace PERMISSIVE", "service", "auto istio"),
        Row("", "istio", "mesh STRICT,namespace DISABLE", "service", "plain -"),
        Row("", "istio", "workload DISABLE", "service", "auto -"),
        Row("", "istio", "workload STRICT", "service", "auto istio"),
        Row("", "istio", "namespace DISABLE,workload STRICT", "service", "plain istio"),
        Row("", "istio", "8080 DISABLE", "service", "auto -"),
        Row("", "istio", "9090 DISABLE", "service", "auto istio"),
        Row("", "istio", "mesh STRICT,8080 DISABLE", "service", "auto -"),
        Row("", "istio", "", "service", "plain istio", auto: false),
        Row("", "istio", "mesh STRICT", "service", "plain istio", auto: false),
        // Headless: no endpoint can be told apart, so all must answer.
        Row("", "istio", "", "headless", "mesh istio"),
        Row("", "istio istio", "", "headless", "mesh istio istio"),
        Row("", "istio -", "", "headless", "plain istio -"),
        Row("", "-", "", "headless", "plain -"),
        Row("", "", "", "headless", "plain"),
        Row("", "istio", "namespace DISABLE", "headless", "plain -"),
        Row("", "istio", "workload DISABLE", "headless", "plain -"),
        Row("", "istio", "8080 DISABLE", "headless", "plain -"),
        Row("", "istio", "namespace STRICT", "headless", "mesh istio"),
        Row("{mode: DISABLE}", "istio", "", "headless", "plain -"),
        Row("{mode: ISTIO_MUTUAL}", "-", "", "headless", "mesh istio"),
        Row("{mode: SIMPLE}", "istio", "", "headless", "tls -"),
        Row("trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}", "istio", "", "service", "mesh istio"),
        Row("trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}", "istio -", "", "service", "plain istio -"),
        // Outside the mesh nothing is automatic; in it the registry does not matter.
        Row("", "istio", "", "outside", "plain istio"),
        Row("", "istio", "mesh STRICT", "outside", "plain istio"),
        Row("", "istio", "", "static", "auto istio"),
        Row("", "-", "", "static", "auto -"),
        Row("", "istio", "namespace DISABLE", "static", "plain -"),
        Row("{mode: ISTIO_MUTUAL}", "istio", "", "outside", "mesh istio"),
        Row("{mode: SIMPLE}", "-", "", "outside", "tls -"),
        Row("{mode: MUTUAL, \(files)}", "-", "", "outside", "tls -"),
        // A rule's word counts, whatever the endpoints and the server say.
        Row("{mode: DISABLE}", "istio", "", "service", "plain -"),
        Row("{mode: DISABLE}", "istio", "mesh STRICT", "service", "plain -"),
        Row("{mode: SIMPLE}", "istio", "", "service", "tls -"),
        Row("{mode: SIMPLE}", "-", "mesh DISABLE", "service", "tls -"),
        Row("{mode: SIMPLE}", "istio", "", "service", "tls -", auto: false),
        Row("{mode: MUTUAL, \(files)}", "istio", "", "service", "tls -"),
        Row("{mode: ISTIO_MUTUAL}", "istio", "", "service", "mesh istio"),
        Row("{mode: ISTIO_MUTUAL}", "-", "", "service", "mesh istio"),
        Row("{mode: ISTIO_MUTUAL}", "-", "mesh DISABLE", "service", "mesh istio"),
        Row("{mode: ISTIO_MUTUAL}", "istio", "", "service", "mesh istio", auto: false),
        Row("{mode: SIMPLE, credentialName: web}", "istio", "", "service", "plain -"),
        Row("{mode: MUTUAL, credentialName: web}", "istio", "", "service", "plain -"),
        Row(
            "workload: x",
            "istio",
            "",
            "service",
            "tls -"
        ),
        // A port's settings stand for all of the rule's, a subset's before the rule's.
        Row(
            "trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}, tls: {mode: ISTIO_MUTUAL}}]}",
            "istio",
            "",
            "service",
            "mesh istio"
        ),
        Row(
            "trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 81}, tls: {mode: ISTIO_MUTUAL}}]}",
            "istio",
            "",
            "service",
            "plain -"
        ),
        Row(
            "trafficPolicy: {tls: {mode: SIMPLE}, portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]}",
            "istio",
            "",
            "service",
            "auto istio"
        ),
        Row("subsets: [{name: v1, labels: {version: v1}}]", "istio -", "", "service", "auto istio -"),
        Row(
            "subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {tls: {mode: DISABLE}}}]",
            "istio",
            "",
            "service",
            "plain -"
        ),
        Row(
            "subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}]\n"
                + "trafficPolicy: {tls: {mode: DISABLE}}",
            "istio",
            "",
            "service",
            "mesh istio"
        ),
        Row(
            "subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {loadBalancer: {simple: RANDOM}}}]\n"
                + "trafficPolicy: {tls: {mode: DISABLE}}",
            "istio",
            "",
            "service",
            "plain -"
        ),
    ]

    private static func mesh(_ row: Row, node: ProxyNode = .client) throws -> MeshFixture {
        var settings = MeshConfiguration()
        settings.enableAutoMtls = row.auto
        var yaml = row.yaml
        if row.rule == "workload: x" {
            yaml =
                Row("", "istio", "", "service", "").yaml + "\n---\n"
                + MeshFixture.destinationRule(
                    "web",
                    "workloadSelector: {matchLabels: {app: client}}\n"
                        + "trafficPolicy: {tls: {mode: SIMPLE, credentialName: web}}"
                )
        }
        return try MeshFixture(yaml, mesh: settings, node: node)
    }

    private static func upstream(_ socket: XDS.TransportSocket) throws -> XDS.UpstreamTLSContext {
        #expect(socket.name == "envoy.transport_sockets.tls")
        return try XDS.UpstreamTLSContext(serializedBytes: socket.typedConfig.value)
    }

    /// `auto` by endpoint, `mesh` or `tls` for all, `plain`; then the endpoints.
    private static func summary(_ mesh: MeshFixture, _ row: Row) throws -> String {
        let name = "outbound|80|\(row.subset)|\(row.host)"
        let cluster = try mesh.cluster(name)
        var words: [String] = []
        if !cluster.transportSocketMatches.isEmpty {
            #expect(cluster.transportSocketMatches.map(\.name) == ["tlsMode-istio", "tlsMode-disabled"])
            #expect(!cluster.hasTransportSocket)
            #expect(cluster.transportSocketMatches.last?.transportSocket.name == "envoy.transport_sockets.raw_buffer")
            #expect(cluster.transportSocketMatches.last?.match == .init())
            words.append("auto")
        } else if cluster.hasTransportSocket {
            let context = try upstream(cluster.transportSocket)
            words.append(context.commonTlsContext.alpnProtocols.contains("istio") ? "mesh" : "tls")
        } else {
            words.append("plain")
        }
        let assignment = ResourceGenerator().endpoints(ofCluster: name, for: mesh.view)
        words += assignment.endpoints.flatMap(\.lbEndpoints).map { endpoint in
            endpoint.metadata.filterMetadata["envoy.transport_socket_match"]?.fields["tlsMode"]?.stringValue ?? "-"
        }
        return words.joined(separator: " ")
    }

    @Test(arguments: rows)
    func connectionsAreSecuredAsIstioDoes(_ row: Row) throws {
        #expect(try Self.summary(Self.mesh(row), row) == row.expected)
    }

    @Test(arguments: rows)
    func aProxyWithoutIdentityNeverSpeaksMutualTLSOfTheMesh(_ row: Row) throws {
        var node = ProxyNode.client
        node.metadata["TLS_IDENTITY"] = .string("false")
        let own = row.expected.hasPrefix("tls") ? "tls" : "plain"
        let rest = row.expected.split(separator: " ").dropFirst().joined(separator: " ")
        let expected = rest.isEmpty ? own : "\(own) \(rest)"
        #expect(try Self.summary(Self.mesh(row, node: node), row) == expected)
    }

    @Test(
        .enabled(if: EnvoyBootstrap.envoy != nil),
        arguments: rows.filter { !$0.expected.hasPrefix("plain") && $0.rule != "workload: x" }
    )
    func socketsAreAcceptedByEnvoy(_ row: Row) throws {
        #expect(try EnvoyBootstrap(Self.mesh(row)).complaint() == nil)
    }

    @Test func automaticContextsNameTheServerAndItsIdentities() throws {
        var settings = MeshConfiguration()
        settings.trustDomainAliases = ["old.example"]
        let pod = Row("", "istio", "", "service", "").yaml
        let other = pod.replacing("web-0", with: "web-9").replacing("10.1.0.1", with: "10.1.0.2")
            .replacing("serviceAccountName: web", with: "serviceAccountName: canary")
        let mesh = try MeshFixture(
            pod,
            other.components(separatedBy: "\n---\n")[0],
            MeshFixture.service("rpc", ip: "10.96.0.7", ports: ["{name: grpc, port: 90}"]),
            MeshFixture.destinationRule("web", MeshFixture.versions),
            mesh: settings
        )
        let cluster = try mesh.cluster("outbound|80|v1|web.default.svc.cluster.local")
        let context = try Self.upstream(#require(cluster.transportSocketMatches.first).transportSocket)
        #expect(context.sni == "outbound_.80_.v1_.web.default.svc.cluster.local")
        let common = context.commonTlsContext
        #expect(common.alpnProtocols == ["istio-peer-exchange", "istio"])
        #expect(common.tlsCertificateSdsSecretConfigs.map(\.name) == ["default"])
        #expect(common.tlsParams.tlsMinimumProtocolVersion == .tlsv13)
        #expect(common.combinedValidationContext.validationContextSdsSecretConfig.name == "ROOTCA")
        let names = common.combinedValidationContext.defaultValidationContext.matchTypedSubjectAltNames
        #expect(names.allSatisfy { $0.sanType == .uri })
        #expect(
            names.map(\.matcher.exact) == [
                "spiffe://cluster.local/ns/default/sa/canary", "spiffe://cluster.local/ns/default/sa/web",
                "spiffe://old.example/ns/default/sa/canary", "spiffe://old.example/ns/default/sa/web",
            ]
        )
        let rpc = try mesh.cluster("outbound|90||rpc.default.svc.cluster.local")
        let http2 = try Self.upstream(#require(rpc.transportSocketMatches.first).transportSocket)
        #expect(http2.commonTlsContext.alpnProtocols == ["istio-peer-exchange", "istio", "h2"])
    }

    @Test func aRulesNamesStandBeforeTheServicesOwn() throws {
        let rule = "{mode: ISTIO_MUTUAL, sni: other.example, subjectAltNames: ['spiffe://x/ns/a/sa/b', b.example]}"
        let mesh = try Self.mesh(Row(rule, "istio", "", "service", ""))
        let context = try Self.upstream(mesh.cluster("outbound|80||web.default.svc.cluster.local").transportSocket)
        #expect(context.sni == "other.example")
        let names = context.commonTlsContext.combinedValidationContext.defaultValidationContext
            .matchTypedSubjectAltNames
        #expect(names.map(\.matcher.exact) == ["spiffe://x/ns/a/sa/b", "b.example"])
        #expect(names.map(\.sanType) == [.uri, .dns])
    }

    struct Origination: Sendable {
        var tls: String
        var secrets: [String]
        var roots: String
        var names: [String] = []
        var sni = ""
        var autoSNI = true
        var autoSAN = true
    }

    @Test(arguments: [
        Origination(tls: "{mode: SIMPLE}", secrets: [], roots: "file-root:system"),
        Origination(tls: "{mode: SIMPLE, caCertificates: /ca.pem}", secrets: [], roots: "file-root:/ca.pem"),
        Origination(
            tls: "{mode: SIMPLE, sni: a.example}",
            secrets: [],
            roots: "file-root:system",
            sni: "a.example",
            autoSNI: false,
            autoSAN: false
        ),
        Origination(
            tls: "{mode: SIMPLE, subjectAltNames: [a.example, 10.0.0.1]}",
            secrets: [],
            roots: "file-root:system",
            names: ["dns a.example", "ipAddress 10.0.0.1"],
            autoSAN: false
        ),
        Origination(tls: "{mode: SIMPLE, insecureSkipVerify: true}", secrets: [], roots: "", autoSAN: false),
        Origination(
            tls: "{mode: MUTUAL, \(files)}",
            secrets: ["file-cert:/c~/k"],
            roots: "file-root:/ca"
        ),
        Origination(
            tls: "{mode: MUTUAL, clientCertificate: /c, privateKey: /k, caCrl: /crl}",
            secrets: ["file-cert:/c~/k"],
            roots: "file-root:system"
        ),
        Origination(
            tls: "{mode: MUTUAL, credentialName: web}",
            secrets: ["kubernetes://web"],
            roots: "kubernetes://web-cacert"
        ),
        Origination(tls: "{mode: SIMPLE, credentialName: web}", secrets: [], roots: "kubernetes://web-cacert"),
    ])
    func originationFollowsEveryField(_ row: Origination) throws {
        var node = ProxyNode.client
        node.kind = .router
        let mesh = try Self.mesh(Row(row.tls, "-", "", "service", ""), node: node)
        let cluster = try mesh.cluster("outbound|80||web.default.svc.cluster.local")
        let context = try Self.upstream(cluster.transportSocket)
        let common = context.commonTlsContext
        #expect(common.tlsCertificateSdsSecretConfigs.map(\.name) == row.secrets)
        #expect(common.combinedValidationContext.validationContextSdsSecretConfig.name == row.roots)
        if row.roots.isEmpty { #expect(common.validationContext.trustChainVerification == .acceptUntrusted) }
        let checks = common.combinedValidationContext.defaultValidationContext
        #expect(checks.matchTypedSubjectAltNames.map { "\($0.sanType) \($0.matcher.exact)" } == row.names)
        #expect(checks.crl.filename == (row.tls.contains("caCrl") ? "/crl" : ""))
        #expect(context.sni == row.sni && common.alpnProtocols.isEmpty)
        #expect(common.tlsParams.tlsMinimumProtocolVersion == .tlsv12)
        let key = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
        let options = try cluster.typedExtensionProtocolOptions[key].map {
            try XDS.HTTPProtocolOptions(serializedBytes: $0.value).upstreamHTTPProtocolOptions
        }
        #expect(options?.autoSni ?? false == row.autoSNI && options?.autoSanValidation ?? false == row.autoSAN)
        #expect(cluster.metadata.filterMetadata["istio"]?.fields["alpn_override"]?.stringValue == "false")
        for secret in common.tlsCertificateSdsSecretConfigs where secret.name.hasPrefix("kubernetes") {
            #expect(secret.sdsConfig.configSourceSpecifier == .ads(.init()))
        }
        // Envoy falls over a static cluster whose secrets come on the discovery stream.
        guard !row.roots.hasPrefix("kubernetes") else { return }
        let complaint = try EnvoyBootstrap(mesh).complaint()
        #expect(complaint == nil)
    }

    @Test func serversOutsideAreCheckedByTheNamesOfTheirEntry() throws {
        let mesh = try MeshFixture(
            """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: out, namespace: default}
            spec:
              hosts: [out.example]
              ports: [{number: 443, name: https, protocol: HTTPS}]
              resolution: DNS
              subjectAltNames: [cdn.example]
            """,
            MeshFixture.destinationRule("out.example", "trafficPolicy: {tls: {mode: SIMPLE}}")
        )
        let cluster = try mesh.cluster("outbound|443||out.example")
        let context = try Self.upstream(cluster.transportSocket)
        let checks = context.commonTlsContext.combinedValidationContext.defaultValidationContext
        #expect(checks.matchTypedSubjectAltNames.map(\.matcher.exact) == ["cdn.example"])
        #expect(context.autoHostSni && context.sni.isEmpty)
        if EnvoyBootstrap.envoy != nil { #expect(try EnvoyBootstrap(mesh).complaint() == nil) }
    }

    @Test func sniffedRequestsTellTheirPeers() throws {
        func filters(_ extra: String..., node: ProxyNode = .client) throws -> [String] {
            let service = MeshFixture.service("web", ip: "10.96.0.3", ports: ["{name: raw, port: 9000}"])
            let mesh = try MeshFixture(([service] + extra).joined(separator: "\n---\n"), node: node)
            let chain = try mesh.listener("10.96.0.3_9000").filterChains.first
            let filter = try #require(chain?.filters.last)
            let manager = try XDS.HTTPConnectionManager(serializedBytes: filter.typedConfig.value)
            guard let first = manager.httpFilters.first, first.name == "envoy.filters.http.set_filter_state" else {
                return []
            }
            let config = try Envoy_Extensions_Filters_Http_SetFilterState_V3_Config(
                serializedBytes: first.typedConfig.value
            )
            #expect(config.onRequestHeaders.map(\.objectKey) == ["envoy.network.application_protocols"])
            #expect(config.onRequestHeaders.map(\.sharedWithUpstream) == [.once])
            if EnvoyBootstrap.envoy != nil { #expect(try EnvoyBootstrap(mesh).complaint() == nil) }
            return config.onRequestHeaders.map(\.formatString.textFormatSource.inlineString)
        }
        #expect(try filters() == ["istio-http/1.1,istio"])
        #expect(try filters(MeshFixture.destinationRule("web", "trafficPolicy: {tls: {mode: SIMPLE}}")).isEmpty)
        #expect(try filters(MeshFixture.destinationRule("web", "trafficPolicy: {tls: {mode: DISABLE}}")).isEmpty)
        var node = ProxyNode.client
        node.metadata["TLS_IDENTITY"] = .string("false")
        #expect(try filters(node: node).isEmpty)
    }
}
