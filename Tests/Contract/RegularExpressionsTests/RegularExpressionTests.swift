import RegularExpressions
import SecurityTags
import Testing

@Suite struct RegularExpressionTests {
    @Test(arguments: [
        (".*Safari.*", "Mozilla Safari/605", true),
        ("v[12]", "v1", true),
        ("v[12]", "xv1", false),
        ("", "", true),
        ("a", "", false),
    ])
    func matchesTheWholeText(pattern: String, text: String, expected: Bool) throws {
        #expect(try RegularExpression(pattern).matchesAll(of: text) == expected)
    }

    @Test(.tags(.sec18)) func backtrackingBombsAreLinear() throws {
        let text = String(repeating: "a", count: 50_000) + "b"
        #expect(try RegularExpression("(a+)+c").matchesAll(of: text) == false)
    }

    @Test(arguments: ["(", "[z-a]", "(?<name", "a{2000}"])
    func invalidPatternsSayWhy(pattern: String) {
        #expect(throws: RegularExpressionError.self) { try RegularExpression(pattern) }
    }

    @Test(.tags(.sec18)) func longAndLargePatternsAreRefused() {
        #expect(throws: RegularExpressionError.tooLong(bytes: 1025, limit: 1024)) {
            try RegularExpression(String(repeating: "a", count: 1025))
        }
        #expect(throws: RegularExpressionError.self) { try RegularExpression("((a{100}){100}){10}") }
    }

    @Test func rewritesUseGroups() throws {
        let pattern = try RegularExpression("^/v1/([a-z]+)/(.*)$")
        #expect(pattern.replacingMatches(in: "/v1/users/7", with: "/\\2/\\1") == "/7/users")
        #expect(pattern.reasonAgainst(rewrite: "/\\3") != nil)
        #expect(pattern.reasonAgainst(rewrite: "/\\2") == nil)
    }
}
