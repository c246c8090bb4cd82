/// How long to let changes gather before they are worked on: the shorter the work and the longer ago the last of it, the
/// sooner. A single change is hardly delayed, while a storm of them takes a fifth of a core at most. Pure.
struct ChangePause: Sendable {
    let shortest: Duration
    let longest: Duration
    private var free: ContinuousClock.Instant?

    init(shortest: Duration, longest: Duration) {
        self.shortest = shortest
        self.longest = longest
    }

    /// Between ``shortest`` and ``longest``.
    func length(at now: ContinuousClock.Instant) -> Duration {
        guard let free else { return shortest }
        return min(longest, max(shortest, now.duration(to: free)))
    }

    /// Rest four times as long as this took.
    mutating func worked(from began: ContinuousClock.Instant, to ended: ContinuousClock.Instant) {
        free = ended + began.duration(to: ended) * 4
    }
}
