/// How long to wait before the next attempt: grows exponentially, with full jitter so that a thousand proxies do not
/// come back at once (Envoy's `JitteredExponentialBackOffStrategy`). Pure; randomness comes in.
package struct Backoff: Sendable, Equatable {
    /// Upper limit of the first wait.
    package let initial: Duration
    /// Upper limit of every wait.
    package let maximum: Duration
    private var limit: Duration

    /// A back-off before its first wait; `maximum` below `initial` counts as `initial`.
    package init(initial: Duration = .milliseconds(500), maximum: Duration = .seconds(30)) {
        self.initial = initial
        self.maximum = max(initial, maximum)
        limit = initial
    }

    /// The next wait: between half the limit and the limit; doubles the limit for the one after.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let share = Double.random(in: 0.5...1, using: &generator)
        defer { limit = min(maximum, limit * 2) }
        return limit * share
    }

    /// Begins anew, as an attempt succeeded.
    package mutating func reset() {
        limit = initial
    }
}
