import MeshIdentity
import Testing

@Suite("SPIFFE identities")
struct SPIFFEIdentityTests {
    @Test func anIdentityReadsAsItPrints() throws {
        let identity = try #require(SPIFFEIdentity("spiffe://cluster.local/ns/default/sa/web"))
        #expect(identity.trustDomain == "cluster.local")
        #expect(identity.namespace == "default")
        #expect(identity.serviceAccount == "web")
        #expect(identity.description == "spiffe://cluster.local/ns/default/sa/web")
        #expect(identity.principal == "cluster.local/ns/default/sa/web")
    }

    @Test(arguments: [
        "", "spiffe://", "cluster.local/ns/a/sa/b", "spiffe://cluster.local/ns/a/sa", "spiffe://cluster.local/ns/a/sa/",
        "spiffe://cluster.local/ns//sa/b", "spiffe://cluster.local/ns/a/sa/b/", "spiffe://cluster.local/ns/a/sa/b/c",
        "spiffe://cluster.local/sa/a/ns/b", "spiffe:///ns/a/sa/b", "spiffe://Cluster.local/ns/a/sa/b",
        "SPIFFE://cluster.local/ns/a/sa/b", "spiffe://cluster.local:80/ns/a/sa/b", "spiffe://u@d/ns/a/sa/b",
        "spiffe://cluster.local/ns/*/sa/b", "spiffe://cluster.local/ns/a/sa/b?x", "spiffe://cluster.local/ns/a/sa/b#x",
        "spiffe://cluster.local/ns/a/sa/%62", "spiffe://cluster.local/ns/../sa/b", "spiffe://cluster.local/ns/a/sa/b\0",
        "spiffe://cluster.local/ns/a/sa/b ", "https://cluster.local/ns/a/sa/b",
    ])
    func anythingButTheExactFormIsNoIdentity(text: String) {
        #expect(SPIFFEIdentity(text) == nil)
    }
}
