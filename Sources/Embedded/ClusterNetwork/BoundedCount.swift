import Synchronization

/// How many are inside, never more than the limit.
final class BoundedCount: Sendable {
    private let count = Mutex(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False when full; then there is nothing to leave.
    func enter() -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}

/// When something was last done.
final class ActivityMark: Sendable {
    private let last = Mutex(ContinuousClock.now)

    func touch() { last.withLock { $0 = .now } }

    /// Returns when nothing was done for that long; throws when cancelled.
    func idle(for timeout: Duration) async throws {
        while true {
            let end = last.withLock { $0 }.advanced(by: timeout)
            guard end > .now else { return }
            try await Task.sleep(until: end, clock: .continuous)
        }
    }
}
