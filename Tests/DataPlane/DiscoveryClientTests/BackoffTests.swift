import DiscoveryClient
import Testing

@Suite struct BackoffTests {
    @Test func growsToTheMaximumWithinTheJitter() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            var backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(4))
            for limit in [0.5, 1, 2, 4, 4, 4] {
                let wait = backoff.next(using: &random)
                #expect(wait >= .seconds(limit / 2) && wait <= .seconds(limit))
            }
        }
    }

    @Test func beginsAnewAfterSuccess() {
        var random = SystemRandomNumberGenerator()
        var backoff = Backoff(initial: .seconds(1), maximum: .seconds(60))
        for _ in 0..<5 { _ = backoff.next(using: &random) }
        backoff.reset()
        #expect(backoff.next(using: &random) <= .seconds(1))
    }
}
