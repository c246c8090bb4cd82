internal import Synchronization

/// The wall clock and waits, so that tests can bring their own. Any thread.
package struct IdentityClock: Sendable {
    /// What time it is.
    package var now: @Sendable () -> UnixTime
    /// Waits; throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    /// The system's, unless others are given.
    package init(
        now: @escaping @Sendable () -> UnixTime = { UnixTime.now() },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await ContinuousClock().sleep(for: $0) }
    ) {
        self.now = now
        self.sleep = sleep
    }
}

/// What the identity service counts, for the agent's statistics. Any thread.
package final class IdentityCounts: Sendable {
    /// The counts at one moment.
    package struct Values: Sendable, Equatable {
        /// Requests to the authority.
        package var requests: UInt64 = 0
        /// Those of them that followed a failure.
        package var retries: UInt64 = 0
        /// Requests without an answer that could be used.
        package var failures: UInt64 = 0
        /// Contents of mounted files that could not be used.
        package var fileFailures: UInt64 = 0
    }

    private let state = Mutex(Values())

    package init() {}

    /// The counts now.
    package var values: Values { state.withLock { $0 } }

    func note(_ change: (inout Values) -> Void) { state.withLock { change(&$0) } }
}
