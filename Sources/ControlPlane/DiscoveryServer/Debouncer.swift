/// Decides when a burst of changes has settled: after a quiet time without a new change, or at the latest a maximum
/// time after the first (Istio's `PILOT_DEBOUNCE_AFTER` and `PILOT_DEBOUNCE_MAX`). Pure: time comes in as durations
/// since any fixed moment.
package struct Debouncer: Sendable {
    /// What to do now.
    package enum Decision: Sendable, Equatable {
        /// No change is waiting.
        case idle
        /// Look again at this time, or after the next change.
        case wait(until: Duration)
        /// Push now; covers this many changes, the first of them at `since`.
        case push(changes: Int, since: Duration)
    }

    private let quiet: Duration
    private let maximum: Duration
    private var first: Duration?
    private var last: Duration = .zero
    private var changes = 0

    /// A debouncer without changes; `maximum` below `quiet` shortens the quiet time.
    package init(quiet: Duration, maximum: Duration) {
        self.quiet = quiet
        self.maximum = maximum
    }

    /// Notes a change.
    package mutating func changed(at now: Duration) {
        if first == nil { first = now }
        last = now
        changes += 1
    }

    /// Decides; a decision to push forgets the changes.
    package mutating func decide(at now: Duration) -> Decision {
        guard let since = first else { return .idle }
        let deadline = min(last + quiet, since + maximum)
        guard now >= deadline else { return .wait(until: deadline) }
        defer {
            first = nil
            changes = 0
        }
        return .push(changes: changes, since: since)
    }
}
