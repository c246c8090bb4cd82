import MeshModel
import Testing

/// Rule 96 (Istio `ParseServiceNodeWithMetadata`).
@Suite struct ProxyNodeTests {
    @Test func nodeIDAndMetadataAreRead() throws {
        let node = try ProxyNode(
            nodeID: "sidecar~10.1.1.1~web-1.shop~shop.svc.cluster.local",
            metadata: [
                "LABELS": .object(["app": .string("web")]), "CLUSTER_ID": .string("c1"),
                "INTERCEPTION_MODE": .string("TPROXY"), "INSTANCE_IPS": .string("10.1.1.1,fd00::1"),
            ]
        )
        #expect(node.kind == .sidecar)
        #expect(node.id == "web-1.shop")
        #expect(node.namespace == "shop")
        #expect(node.ipAddresses == ["10.1.1.1", "fd00::1"])
        #expect(node.labels == ["app": "web"])
        #expect(node.clusterID == "c1")
        #expect(node.interceptionMode == .tproxy)
    }

    @Test(arguments: [
        ("", ProxyNode.ParseError.partCount(1)),
        ("sidecar~10.1.1.1~web.shop", .partCount(3)),
        ("ingress~10.1.1.1~web.shop~d", .unknownKind("ingress")),
        ("sidecar~host~web.shop~d", .badAddress("host")),
        ("sidecar~~web.shop~d", .badAddress("")),
        ("router~10.1.1.1~web~d", .noNamespace(id: "web")),
    ])
    func wrongNodeIDsAreRefused(nodeID: String, error: ProxyNode.ParseError) {
        #expect(throws: error) { try ProxyNode(nodeID: nodeID) }
    }
}
