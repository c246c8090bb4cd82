import MeshIdentity
import Testing

@testable import MeshModel

@Suite struct ProxyIdentityTests {
    private static let identity = SPIFFEIdentity("spiffe://cluster.local/ns/shop/sa/cart")

    @Test(arguments: [
        ("cart-1.shop", "", "", nil), ("cart-1.shop", "shop", "cart", nil), ("cart.1.shop", "", "cart", nil),
        ("cart-1.bank", "", "", "namespace \"bank\""), ("cart-1.bank", "shop", "", "namespace \"bank\""),
        ("cart-1.shop", "bank", "", "namespace \"bank\""),
        ("cart-1.shop", "", "vault", "service account \"vault\""),
        ("cart-1.Shop", "", "", "namespace \"Shop\""), ("cart-1.shop", "", "Cart", "service account \"Cart\""),
        ("cart-1.shop ", "", "", "namespace \"shop \""),
    ])
    func aNodeMayClaimOnlyWhatItsProxyProved(
        id: String,
        namespace: String,
        account: String,
        words: String?
    ) throws {
        var metadata: [String: NodeValue] = [:]
        if !namespace.isEmpty { metadata["NAMESPACE"] = .string(namespace) }
        if !account.isEmpty { metadata["SERVICE_ACCOUNT"] = .string(account) }
        let node = try ProxyNode(nodeID: "sidecar~10.0.0.1~\(id)~shop.svc.cluster.local", metadata: metadata)
        let difference = node.difference(from: try #require(Self.identity))
        #expect((difference == nil) == (words == nil))
        if let words {
            #expect(difference?.contains(words) == true)
            #expect(difference?.contains("spiffe://cluster.local/ns/shop/sa/cart") == true)
        }
    }
}
