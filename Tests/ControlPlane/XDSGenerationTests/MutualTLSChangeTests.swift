import MeshConfig
import MeshModel
import Testing

@testable import XDSGeneration

/// A PeerAuthentication reaches those it concerns, and nobody else.
@Suite struct MutualTLSChangeTests {
    private static let base = [
        MeshFixture.service("web", namespace: "shop"),
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: web-1, namespace: shop, labels: {app: web, security.istio.io/tlsMode: istio}}
        spec: {serviceAccountName: web}
        status: {phase: Running, podIP: 10.1.0.1}
        """,
    ].joined(separator: "\n---\n")

    private static func policy(_ namespace: String, _ spec: String) -> String {
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: p, namespace: \(namespace)}
        spec: {\(spec)}
        """
    }

    private func concerns(_ policy: String, node: ProxyNode) throws -> String {
        let mesh = try MeshFixture(Self.base, node: node)
        let next = try mesh.updated(Self.base, policy)
        return ResourceGenerator().concerns(next.change, for: node, from: mesh.snapshot, to: next.snapshot)
            .map { "\($0)" }.sorted().joined(separator: " ")
    }

    @Test(arguments: [
        ("shop", "mtls: {mode: STRICT}", "shop", "cluster endpoint listener"),
        ("shop", "mtls: {mode: STRICT}", "default", "cluster endpoint listener"),
        ("istio-system", "mtls: {mode: STRICT}", "default", "cluster endpoint listener"),
        ("default", "mtls: {mode: STRICT}", "default", "cluster endpoint listener"),
        ("other", "mtls: {mode: STRICT}", "default", ""),
        ("shop", "selector: {matchLabels: {app: web}}, mtls: {mode: DISABLE}", "default", "cluster endpoint listener"),
    ])
    func policiesConcernTheirWorkloadsAndTheirCallers(namespace: String, spec: String, proxy: String, kinds: String)
        throws
    {
        let node = ProxyNode.sidecar("client", ip: "10.1.0.9", namespace: proxy, labels: ["app": "client"])
        #expect(try concerns(Self.policy(namespace, spec), node: node) == kinds)
    }

    @Test func endpointsFollowTheServersMode() throws {
        let mesh = try MeshFixture(Self.base)
        let policy = Self.policy("shop", "selector: {matchLabels: {app: web}}, portLevelMtls: {8080: {mode: DISABLE}}")
        let next = try mesh.updated(Self.base, policy)
        let cache = ResourceCache()
        let generator = ResourceGenerator(cache: cache)
        let name = "outbound|80||web.shop.svc.cluster.local"
        let before = generator.generate(.endpoint, for: mesh.node, in: mesh.snapshot, names: [name])
        let after = generator.generate(.endpoint, for: mesh.node, in: next.snapshot, names: [name])
        #expect(before.map(\.version) != after.map(\.version) && cache.generations == 2)
        #expect(next.change.endpoints.map(\.port) == [80])
        #expect(next.change.rules == [ObjectKey(kind: .peerAuthentication, namespace: "shop", name: "p")])
    }

    @Test func workloadsOfDifferentPoliciesShareNoListeners() throws {
        let policy = Self.policy("default", "selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}")
        let mesh = try MeshFixture(Self.base, policy)
        let cache = ResourceCache()
        let generator = ResourceGenerator(cache: cache)
        let versions = ["a", "b", "c"].map { app in
            let node = ProxyNode.sidecar(app, ip: "10.1.0.9", labels: ["app": app])
            return generator.generate(.listener, for: node, in: mesh.snapshot, names: ["virtualInbound"]).map(\.version)
        }
        #expect(versions[0] != versions[1] && versions[1] == versions[2] && cache.generations == 2)
    }
}
