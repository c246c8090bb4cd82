import HTTPWire
import Testing

@Suite struct KnownHeaderTests {
    static let named = KnownHeader.allCases.filter { $0 != .other && $0 != .removed }

    @Test(arguments: named)
    func everyNameFindsItsHeader(_ known: KnownHeader) {
        #expect(HeaderName("\(known.name)").known == known)
        #expect(HeaderName("\(known.name)".uppercased()).known == known)
    }

    @Test func namesAreDistinctLowerCaseAndFitThePresenceBits() {
        let names = Self.named.map { "\($0.name)" }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0 == $0.lowercased() && !$0.isEmpty })
        #expect(Self.named.allSatisfy { $0.rawValue < 128 })
    }

    @Test(arguments: ["", "x", "hos", "hostt", "content-lengtg", "x-envoy-", String(repeating: "a", count: 70_000)])
    func otherNamesAreOther(_ name: String) {
        #expect(HeaderName(name).known == .other)
    }

    @Test func hostAndAuthorityAreOneHeader() {
        #expect(HeaderName("Host") == HeaderName(":authority"))
    }

    @Test(arguments: [("x-a", true), ("a b", false), ("", false), (":path", true), ("ä", false), ("a:", false)])
    func namesAreCheckedOnRequest(_ name: String, _ isValid: Bool) {
        #expect(HeaderName(name).isValid == isValid)
    }
}
