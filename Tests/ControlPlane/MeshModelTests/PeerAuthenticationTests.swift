import MeshConfig
import MeshModel
import Testing

/// The mode of a workload's port: its port's, its own, its namespace's, the mesh's; the oldest of each; UNSET asks on.
@Suite struct PeerAuthenticationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        /// `NAMESPACE/NAME [app=VALUE] MODE [PORT:MODE ...] [@YEAR]`, of which `root` is the root namespace.
        var policies: [String]
        /// `NAMESPACE app`, the workload.
        var workload: String
        var port: UInt32
        /// `MODE SOURCE`, `-` for the default.
        var expected: String

        init(_ policies: [String], port: UInt32 = 8080, _ expected: String) {
            self.init(policies, "shop web", port: port, expected)
        }

        init(_ policies: [String], _ workload: String, port: UInt32 = 8080, _ expected: String) {
            self.policies = policies
            self.workload = workload
            self.port = port
            self.expected = expected
        }

        var testDescription: String { "\(policies) \(workload):\(port)" }

        var yaml: String {
            policies.map { policy in
                var selector = ""
                var time = ""
                var ports: [String] = []
                var mode = ""
                var words = policy.split(separator: " ").map(String.init)
                let name = words.removeFirst().split(separator: "/").map(String.init)
                for word in words {
                    if word.hasPrefix("app=") {
                        selector = "selector: {matchLabels: {app: \(word.dropFirst(4))}}"
                    } else if word.hasPrefix("@") {
                        time = ", creationTimestamp: '20\(word.dropFirst())-01-01T00:00:00Z'"
                    } else if word.contains(":") {
                        let pair = word.split(separator: ":")
                        ports.append("\(pair[0]): {mode: \(pair[1])}")
                    } else if word != "-" {
                        mode = "mtls: {mode: \(word)}"
                    }
                }
                let levels = ports.isEmpty ? "" : "portLevelMtls: {\(ports.joined(separator: ", "))}"
                let spec = [selector, mode, levels].filter { !$0.isEmpty }.joined(separator: ", ")
                let namespace = name[0] == "root" ? "istio-system" : name[0]
                return """
                    ---
                    apiVersion: security.istio.io/v1
                    kind: PeerAuthentication
                    metadata: {name: \(name[1]), namespace: \(namespace)\(time)}
                    spec: {\(spec)}

                    """
            }.joined()
        }
    }

    static let rows: [Row] = [
        Row([], "PERMISSIVE -"),
        // The mesh.
        Row(["root/a STRICT"], "STRICT istio-system/a"),
        Row(["root/a DISABLE"], "DISABLE istio-system/a"),
        Row(["root/a PERMISSIVE"], "PERMISSIVE istio-system/a"),
        Row(["root/a UNSET"], "PERMISSIVE -"),
        Row(["root/a -"], "PERMISSIVE -"),
        Row(["root/a STRICT"], "istio-system gateway", "STRICT istio-system/a"),
        Row(["root/a STRICT @20", "root/b DISABLE @21"], "STRICT istio-system/a"),
        Row(["root/a STRICT @21", "root/b DISABLE @20"], "DISABLE istio-system/b"),
        Row(["root/b DISABLE", "root/a STRICT"], "STRICT istio-system/a"),
        Row(["root/a UNSET @20", "root/b STRICT @21"], "PERMISSIVE -"),
        // The namespace.
        Row(["shop/a STRICT"], "STRICT shop/a"),
        Row(["shop/a STRICT"], "other web", "PERMISSIVE -"),
        Row(["root/a STRICT", "shop/a DISABLE"], "DISABLE shop/a"),
        Row(["root/a STRICT", "shop/a PERMISSIVE"], "PERMISSIVE shop/a"),
        Row(["root/a DISABLE", "shop/a STRICT"], "STRICT shop/a"),
        Row(["root/a STRICT", "shop/a UNSET"], "STRICT istio-system/a"),
        Row(["root/a STRICT", "shop/a -"], "STRICT istio-system/a"),
        Row(["root/a STRICT", "shop/a DISABLE"], "other web", "STRICT istio-system/a"),
        Row(["root/a UNSET", "shop/a UNSET"], "PERMISSIVE -"),
        Row(["shop/a STRICT @20", "shop/b DISABLE @21"], "STRICT shop/a"),
        Row(["shop/a STRICT @21", "shop/b DISABLE @20"], "DISABLE shop/b"),
        Row(["shop/a UNSET @20", "shop/b DISABLE @21", "root/c STRICT"], "STRICT istio-system/c"),
        // Time known is younger than time unknown, which is a file's.
        Row(["shop/a STRICT @20", "shop/b DISABLE"], "DISABLE shop/b"),
        // The workload.
        Row(["shop/a app=web STRICT"], "STRICT shop/a"),
        Row(["shop/a app=web STRICT"], "shop db", "PERMISSIVE -"),
        Row(["shop/a app=web STRICT"], "other web", "PERMISSIVE -"),
        Row(["root/m STRICT", "shop/wide DISABLE", "shop/a app=web PERMISSIVE"], "PERMISSIVE shop/a"),
        Row(["root/m STRICT", "shop/wide DISABLE", "shop/a app=web PERMISSIVE"], "shop db", "DISABLE shop/wide"),
        Row(["root/m STRICT", "shop/wide DISABLE", "shop/a app=web UNSET"], "DISABLE shop/wide"),
        Row(["root/m STRICT", "shop/a app=web UNSET"], "STRICT istio-system/m"),
        Row(["shop/wide STRICT @20", "shop/a app=web DISABLE @21"], "DISABLE shop/a"),
        Row(["shop/a app=web STRICT @20", "shop/b app=web DISABLE @21"], "STRICT shop/a"),
        Row(["shop/a app=web STRICT @21", "shop/b app=web DISABLE @20"], "DISABLE shop/b"),
        Row(["shop/a app=web UNSET @20", "shop/b app=web DISABLE @21"], "PERMISSIVE -"),
        // In the root namespace a selector has no effect at all.
        Row(["root/a app=web STRICT"], "PERMISSIVE -"),
        Row(["root/a app=web STRICT"], "istio-system web", "PERMISSIVE -"),
        Row(["root/a app=web STRICT @20", "root/b DISABLE @21"], "DISABLE istio-system/b"),
        // The port.
        Row(["shop/a app=web STRICT 8080:DISABLE"], "DISABLE shop/a"),
        Row(["shop/a app=web STRICT 8080:DISABLE"], port: 9090, "STRICT shop/a"),
        Row(["shop/a app=web STRICT 8080:UNSET"], "STRICT shop/a"),
        Row(["root/m DISABLE", "shop/a app=web UNSET 8080:STRICT"], "STRICT shop/a"),
        Row(["root/m DISABLE", "shop/a app=web UNSET 8080:STRICT"], port: 9090, "DISABLE istio-system/m"),
        Row(["root/m DISABLE", "shop/a app=web UNSET 8080:UNSET"], "DISABLE shop/a"),
        Row(["shop/wide STRICT", "shop/a app=web - 8080:PERMISSIVE 9090:DISABLE"], port: 9090, "DISABLE shop/a"),
        Row(["shop/wide STRICT", "shop/a app=web - 8080:PERMISSIVE 9090:DISABLE"], port: 7070, "STRICT shop/wide"),
        // Of two policies for one workload only the oldest counts, its ports included.
        Row(["shop/a app=web STRICT @20", "shop/b app=web DISABLE 8080:PERMISSIVE @21"], "STRICT shop/a"),
        Row(["shop/a app=web STRICT @21", "shop/b app=web DISABLE 8080:PERMISSIVE @20"], "PERMISSIVE shop/b"),
    ]

    @Test(arguments: rows)
    func narrowestAndOldestPolicyDecides(_ row: Row) {
        let snapshot = MeshFixture.snapshot(row.yaml)
        let words = row.workload.split(separator: " ").map(String.init)
        let policy = snapshot.mutualTLS(namespace: words[0], labels: ["app": words[1], "version": "v1"])
        let source = policy.source(port: row.port).map { "\($0.namespace)/\($0.name)" } ?? "-"
        #expect("\(policy.mode(port: row.port).rawValue) \(source)" == row.expected)
    }

    @Test(arguments: [
        (["shop/a STRICT", "shop/b DISABLE"], ["peerAuthenticationConflict shop/b"]),
        (["root/a app=web STRICT"], ["peerAuthenticationIgnored istio-system/a"]),
        (["shop/a STRICT", "shop/b app=web DISABLE", "other/c STRICT"], []),
    ])
    func whatHasNoEffectIsSaid(policies: [String], expected: [String]) {
        let found = MeshFixture.snapshot(Row(policies, "").yaml).diagnostics
        #expect(found.map { "\($0.code.rawValue) \($0.object.namespace)/\($0.object.name)" } == expected)
    }

    @Test func endpointsKnowWhatTheirPortAccepts() throws {
        let labelled = "labels: {security.istio.io/tlsMode: istio, "
        let base =
            MeshFixture.service("web", "shop", extra: "").replacing("port: 9080", with: "port: 9080, targetPort: 8080")
            + MeshFixture.pod("web-1", "shop", ip: "10.1.0.1", app: "web").replacing("labels: {", with: labelled)
        let before = MeshFixture.snapshot(base)
        let policy = Row(["shop/a app=web STRICT 8080:DISABLE"], "").yaml
        let (after, change) = MeshSnapshot.next(previous: before, config: MeshFixture.config(base + policy))
        let key = ServiceKey(hostname: Hostname("web.shop.svc.cluster.local"), namespace: "shop")
        let old = try #require(before.endpointSet(of: key, port: 9080)?.endpoints.first)
        let new = try #require(after.endpointSet(of: key, port: 9080)?.endpoints.first)
        #expect(old.answersMutualTLS && !new.answersMutualTLS && new.acceptedTLS == .disable)
        #expect(change.endpoints.map(\.service) == [key] && change.services.isEmpty)
        #expect(after.service(key.hostname, namespace: "shop")?.identities.map(\.description) == ["ns/shop/sa/web"])
    }

    @Test func anIdentityMoreChangesWhatCallersCheck() {
        let base = MeshFixture.service("web") + MeshFixture.pod("a", ip: "10.1.0.1", app: "web")
        let same = MeshFixture.pod("b", ip: "10.1.0.2", app: "web")
        #expect(MeshFixture.change(from: base, to: base + same).isEndpointsOnly)
        let other = same.replacing("serviceAccountName: web", with: "serviceAccountName: canary")
        let change = MeshFixture.change(from: base, to: base + other)
        #expect(change.identities.map(\.hostname.text) == ["web.default.svc.cluster.local"])
        #expect(change.services.isEmpty && !change.isEndpointsOnly)
    }
}
