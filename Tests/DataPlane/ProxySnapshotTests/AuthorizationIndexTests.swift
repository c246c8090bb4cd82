import RegularExpressions
import Testing

@testable import ProxySnapshot

/// What leads from the text of a request to the policies that may match it.
@Suite struct AuthorizationIndexTests {
    /// The policies that are found for a text, each of one matcher, in order.
    private static func found(_ matchers: [StringMatcher], _ text: [UInt8]) -> [Int] {
        var builder = PolicyPatterns.Builder()
        for (policy, matcher) in matchers.enumerated() { builder.add(matcher, policy: policy) }
        let words = (matchers.count + 63) / 64
        let patterns = builder.finish(words: words)
        let bits = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: words)
        let all = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: words)
        defer {
            bits.deallocate()
            all.deallocate()
        }
        bits.initialize(repeating: 0)
        all.initialize(repeating: ~0)
        text.withUnsafeBytes {
            patterns.mark($0, into: bits)
            patterns.search($0, among: all, into: bits)
        }
        return matchers.indices.filter { bits[$0 >> 6] & (1 << UInt64($0 & 63)) != 0 }
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func spellingsOfOneTextAreToldApart() {
        let matchers = [
            StringMatcher(.exact(Self.bytes("/A"))), StringMatcher(.exact(Self.bytes("/a"))),
            StringMatcher(.exact(Self.bytes("/a")), ignoresCase: true), StringMatcher(.prefix(Self.bytes("/A"))),
            StringMatcher(.suffix(Self.bytes("a")), ignoresCase: true), StringMatcher(.suffix(Self.bytes("a"))),
            StringMatcher(.contains(Self.bytes("A"))), StringMatcher(.exact([])), StringMatcher(.prefix([])),
        ]
        #expect(Self.found(matchers, Self.bytes("/A")) == [0, 2, 3, 4, 6, 8])
        #expect(Self.found(matchers, Self.bytes("/a")) == [1, 2, 4, 5, 8])
        #expect(Self.found(matchers, []) == [7, 8])
    }

    /// Policies that a text of many shares, and more than fit a word.
    @Test func manyPoliciesOfOneTextAreFoundTogether() {
        let matchers = (0..<200).map { number in
            StringMatcher(.exact(Self.bytes(number % 3 == 0 ? "shared" : "own-\(number)")))
        }
        #expect(Self.found(matchers, Self.bytes("shared")) == (0..<200).filter { $0 % 3 == 0 })
        #expect(Self.found(matchers, Self.bytes("own-199")) == [199])
        #expect(Self.found(matchers, Self.bytes("own-198")).isEmpty)
    }

    /// Bytes that are no text leave every regex in doubt, whatever stands before them.
    @Test func whatIsNoTextIsNotLookedUpByTheBeginningOfARegex() throws {
        let matchers = [
            StringMatcher(.regex(try RegularExpression("/a/.*"))), StringMatcher(.regex(try RegularExpression(".*b"))),
            StringMatcher(.exact([0x2F, 0xFF])), StringMatcher(.prefix(Self.bytes("/z"))),
        ]
        #expect(Self.found(matchers, [0x2F, 0xFF]) == [0, 1, 2])
        #expect(Self.found(matchers, Self.bytes("/a/b")) == [0, 1])
        #expect(Self.found(matchers, Self.bytes("/c")).isEmpty)
    }

    @Test(
        arguments: [
            ("/t/[^/]+/end", "/t/"), ("/x\\.y", "/x.y"), ("/a?", "/"), ("/ab*", "/a"), ("/ab{0,3}c", "/a"),
            ("/ab+", "/ab"), ("/a|/b", ""), ("(?i)/a", ""), ("\\d/a", ""), ("/a\\d", "/a"), ("^/a", ""), ("é", ""),
            ("\\Q/a\\E", ""), ("/a$", "/a"), ("", ""),
        ]
    )
    func theBeginningOfARegexIsTakenWhereItIsPlain(expression: String, literal: String) throws {
        // It is one, and what it matches begins so.
        _ = try RegularExpression(expression)
        #expect(PolicyPatterns.literalPrefix(of: Self.bytes(expression)) == Self.bytes(literal))
    }
}
