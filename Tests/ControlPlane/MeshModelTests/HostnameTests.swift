import MeshModel
import Testing

/// Rules 9 and 12 (Istio `host.Name`, `ResolveShortnameToFQDN`).
@Suite struct HostnameTests {
    @Test(arguments: [
        ("foo.com", "foo.com", true, true),
        ("foo.com", "FOO.com.", true, true),
        ("*.foo.com", "foo.com", false, false),
        ("a.foo.com", "*.foo.com", true, true),
        ("*.foo.com", "a.foo.com", true, false),
        ("*.a.foo.com", "*.foo.com", true, true),
        ("*.foo.com", "*.a.foo.com", true, false),
        ("*", "anything", true, false),
        ("*.foo.com", "*.bar.com", false, false),
        ("*", "*", true, true),
    ])
    func wildcardsMatchBothWaysAndNestOneWay(left: String, right: String, matches: Bool, isSubset: Bool) {
        #expect(Hostname(left).matches(Hostname(right)) == matches)
        #expect(Hostname(right).matches(Hostname(left)) == matches)
        #expect(Hostname(left).isSubset(of: Hostname(right)) == isSubset)
    }

    @Test func mostSpecificComesFirst() {
        let sorted = ["*", "*.com", "b.com", "*.a.com", "long.a.com", "a.com"].map(Hostname.init).sorted()
        #expect(sorted.map(\.text) == ["long.a.com", "a.com", "b.com", "*.a.com", "*.com", "*"])
    }

    @Test(arguments: [
        ("reviews", "reviews.prod.svc.cluster.local"),
        ("reviews.test", "reviews.test"),
        ("*", "*"),
        ("*.foo", "*.foo"),
        ("10.0.0.1", "10.0.0.1"),
        ("::1", "::1"),
        ("", ""),
    ])
    func onlyNamesWithoutDotAreExpanded(written: String, full: String) {
        #expect(Hostname.resolve(shortName: written, namespace: "prod", domain: "cluster.local").text == full)
    }

    @Test func indexFindsTheMostSpecificHost() {
        var index = HostnameIndex<Int>()
        for (number, host) in ["*", "*.com", "a.com", "*.b.com"].enumerated() { index[host: Hostname(host)] = number }
        #expect(index.mostSpecific(for: Hostname("a.com")) == 2)
        #expect(index.mostSpecific(for: Hostname("x.b.com")) == 3)
        #expect(index.mostSpecific(for: Hostname("*.x.b.com")) == 3)
        #expect(index.mostSpecific(for: Hostname("b.com")) == 1)
        #expect(index.mostSpecific(for: Hostname("b.org")) == 0)
        index[host: .any] = nil
        #expect(index.mostSpecific(for: Hostname("b.org")) == nil)
    }
}
