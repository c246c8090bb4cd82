import MeshIdentity
import SecurityTags
import Testing

@testable import ProxySnapshot
@testable import ProxyTLS

@Suite("Names of certificates", .tags(.sec24))
struct NameMatcherTests {
    @Test(arguments: [
        ("www.example.com", "www.example.com", true),
        ("WWW.example.com", "www.EXAMPLE.com", true),
        ("www.example.com", "*.example.com", true),
        ("a.b.example.com", "*.example.com", false),
        ("example.com", "*.example.com", false),
        (".example.com", "*.example.com", false),
        ("www.example.com", "*", false),
        ("www.com", "*.com", false),
        ("www.example.com", "w*.example.com", false),
        ("*.example.com", "*.example.com", true),
        ("a.b.com", "*.*.com", false),
    ])
    func aWildcardStandsForOneLabel(wanted: String, name: String, isMatch: Bool) {
        #expect(NameMatcher.exact(wanted).matchesDNS(name) == isMatch)
    }

    @Test(arguments: [
        ("spiffe://cluster.local/ns/a/sa/b", true),
        ("spiffe://cluster.local/ns/a/sa/b/c", false),
        ("spiffe://cluster.local/", false),
        ("spiffe://cluster.local/ns/a/sa/*", false),
        ("spiffe://cluster.local.evil/ns/a/sa/b", false),
    ])
    func aTrustDomainIsMatchedByWholeIdentitiesOnly(name: String, isMatch: Bool) {
        let matcher = NameMatcher.prefix("spiffe://cluster.local/")
        #expect(matcher.matchesURI(name, isIdentity: SPIFFEIdentity(name) != nil) == isMatch)
    }
}
