import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct ResourceGeneratorTests {
    private static let base = [
        MeshFixture.service("reviews"), MeshFixture.pod("reviews", ip: "10.1.0.1"),
        MeshFixture.service("ratings", namespace: "other", ip: "10.96.0.2"),
    ].joined(separator: "\n---\n")

    @Test func aThousandEqualProxiesCostOneGeneration() throws {
        let mesh = try MeshFixture(Self.base)
        let cache = ResourceCache()
        let generator = ResourceGenerator(cache: cache)
        for index in 0..<1_000 {
            let address = "10.2.\(index / 250).\(index % 250 + 1)"
            let node = ProxyNode.sidecar("client-\(index)", ip: address, labels: ["app": "client"])
            for kind in [ResourceKind.cluster, .listener, .route] {
                #expect(!generator.generate(kind, for: node, in: mesh.snapshot).isEmpty)
            }
        }
        #expect(cache.generations == 3)
    }

    @Test func resourcesAreSortedAndStable() throws {
        let mesh = try MeshFixture(Self.base)
        for kind in ResourceKind.allCases where kind != .secret {
            let first = ResourceGenerator().generate(kind, for: mesh.node, in: mesh.snapshot)
            #expect(first.map(\.name) == first.map(\.name).sorted() && !first.isEmpty)
            #expect(ResourceGenerator().generate(kind, for: mesh.node, in: mesh.snapshot) == first)
        }
    }

    @Test func unknownNamesAreAnsweredWhereSomethingWaits() throws {
        let mesh = try MeshFixture(Self.base)
        let generator = ResourceGenerator()
        for kind in [ResourceKind.route, .endpoint] {
            #expect(generator.generate(kind, for: mesh.node, in: mesh.snapshot, names: ["x"]).map(\.name) == ["x"])
        }
        #expect(generator.generate(.cluster, for: mesh.node, in: mesh.snapshot, names: ["x"]).isEmpty)
    }

    @Test func endpointsOutliveSnapshotsThatDidNotChangeThem() throws {
        let mesh = try MeshFixture(Self.base)
        let cache = ResourceCache()
        let generator = ResourceGenerator(cache: cache)
        let name = "outbound|80||reviews.default.svc.cluster.local"
        let first = generator.generate(.endpoint, for: mesh.node, in: mesh.snapshot, names: [name])
        let next = try mesh.updated(Self.base, MeshFixture.service("new", ip: "10.96.0.5"))
        #expect(generator.generate(.endpoint, for: mesh.node, in: next.snapshot, names: [name]) == first)
        #expect(cache.generations == 1)
    }

    @Test func changesConcernWhoSeesThem() throws {
        let mesh = try MeshFixture(Self.base)
        // Each next snapshot stands for another future, so each gets a cache of its own.
        func concerns(_ next: MeshFixture) -> String {
            ResourceGenerator().concerns(next.change, for: mesh.node, from: mesh.snapshot, to: next.snapshot)
                .map { "\($0)" }.sorted().joined(separator: " ")
        }
        let all = "cluster endpoint listener route"
        #expect(concerns(try mesh.updated(Self.base)).isEmpty)
        #expect(concerns(try mesh.updated(Self.base, MeshFixture.pod("reviews", ip: "10.1.0.2"))) == "endpoint")
        let rule = MeshFixture.virtualService("reviews", "http: [{route: [{destination: {host: reviews}}]}]")
        #expect(concerns(try mesh.updated(Self.base, rule)) == "listener route")
        let policy = MeshFixture.destinationRule("reviews", MeshFixture.versions)
        #expect(concerns(try mesh.updated(Self.base, policy)) == all)
        let elsewhere = MeshFixture.destinationRule("unseen", namespace: "third", MeshFixture.versions)
        #expect(concerns(try mesh.updated(Self.base, elsewhere)).isEmpty)
        #expect(concerns(try mesh.updated(Self.base, MeshFixture.service("new", ip: "10.96.0.5"))) == all)
        #expect(concerns(try mesh.updated(MeshFixture.service("reviews"))) == all)
    }

    @Test func nodesAreReadFromTheWire() throws {
        var node = Envoy_Config_Core_V3_Node()
        node.id = "sidecar~10.1.0.1~web-1.shop~shop.svc.cluster.local"
        node.metadata.fields["LABELS"] = .init(structValue: .init(fields: ["app": .init(stringValue: "web")]))
        node.metadata.fields["INTERCEPTION_MODE"] = .init(stringValue: "NONE")
        node.locality.region = "eu"
        let proxy = try ProxyNode(node)
        #expect(proxy.namespace == "shop" && proxy.labels == ["app": "web"] && proxy.interceptionMode == .none)
        #expect(proxy.locality.region == "eu")
        node.id = "nonsense"
        #expect(throws: ProxyNode.ParseError.self) { try ProxyNode(node) }
    }
}
