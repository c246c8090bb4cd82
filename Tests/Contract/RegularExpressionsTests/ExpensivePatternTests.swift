import RegularExpressions
import SecurityTags
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What is hard for engines that backtrack, on a megabyte: the time grows with the text, not with its square.
@Suite(.tags(.sec18)) struct ExpensivePatternTests {
    private static let megabyte = 1 << 20

    /// Pattern and text; nested and neighbouring repetitions, choices that overlap, counts, and automata with many states.
    private static let cases: [(pattern: String, unit: String)] = [
        ("(a+)+c", "a"), ("(a*)*c", "a"), ("(a|a)*c", "a"), ("(a|aa)+c", "a"), ("(.*)*c", "a"), ("(.+)+(.+)+c", "a"),
        ("(a?){100}a{100}c", "a"), ("(x+x+)+y", "x"), ("((a+)+)+b", "a"), ("(.*a){10}c", "a"), (".*.*.*.*.*c", "a"),
        ("([a-z]+)*[0-9]", "z"), ("(\\w+\\s?)+!", "word "), (".*a.{20}b", "ab"), ("(.*,){12}P", "1,2,3,"),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a"), ("(?i)(a|A|b)*z", "aB"), ("\\pL*\\pN", "\u{e9}"), ("(/[^/]*)*/x", "/a"),
    ]

    /// Seconds of this thread.
    private func cost(_ work: () -> Bool) -> (matches: Bool, seconds: Double) {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        let matches = work()
        return (matches, now() - start)
    }

    @Test(arguments: cases.indices)
    func aMegabyteIsReadInLinearTime(_ index: Int) throws {
        let (pattern, unit) = Self.cases[index]
        let expression = try RegularExpression(pattern)
        let text = String(repeating: unit, count: Self.megabyte / unit.utf8.count) + "\n!"
        let (matches, seconds) = cost { expression.matchesAll(of: text) }
        #expect(!matches)
        // It is some milliseconds; what backtracks would take longer than the test lives.
        #expect(seconds < 20, "\(pattern) took \(seconds) s")
    }

    @Test func theLargestProgramOnTheLongestHeadersIsBounded() throws {
        // As large as one may be, and of a kind that no automaton of acceptable size is equal to.
        let expression = try RegularExpression(".*a.{0,40}b.{0,40}c.{0,40}d.{0,40}e.{0,40}f")
        let text = String(repeating: "abcde", count: 12 << 10)
        let (matches, seconds) = cost { expression.matchesAll(of: text) }
        #expect(!matches)
        #expect(seconds < 20, "took \(seconds) s")
    }

    @Test(arguments: [
        ("((a{100}){100}){10}", "repetition"), ("(((a{10}){10}){10}){10}", "repetition"), ("a{1001}", "repetition"),
        ("(?:\\pL{20}\\pN{20}){20}", "too large"), ("(a{0,30}){0,30}(b{0,30}){0,30}", "instructions"),
        (String(repeating: "(", count: 1_025), "1025 bytes"), (String(repeating: "(", count: 600), "missing )"),
    ])
    func whatIsTooLargeIsRefusedWithItsReason(pattern: String, reason: String) {
        do {
            _ = try RegularExpression(pattern)
            Issue.record("\(pattern.prefix(40)) was taken")
        } catch {
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test func deepNestingCostsNoStack() throws {
        for depth in [100, 400, 511] {
            let pattern = String(repeating: "(", count: depth) + String(repeating: ")", count: depth)
            let expression = try? RegularExpression(pattern)
            #expect(expression?.matchesAll(of: "x") != true)
        }
    }

    /// The same words with and without regard to case are two expressions.
    @Test func caseIsPartOfAnExpression() throws {
        #expect(try RegularExpression("a", caseSensitive: false) != RegularExpression("a"))
        #expect(try RegularExpression("a") == RegularExpression("a"))
    }
}
