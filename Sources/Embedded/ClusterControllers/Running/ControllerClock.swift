package import KubernetesAPI

/// The time of day and how to wait, both replaceable by tests.
package struct ControllerClock: Sendable {
    /// Seconds since 1970, UTC.
    package var now: @Sendable () -> Timestamp
    /// Throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// This machine's clocks.
    package static let system = ControllerClock(
        now: Timestamp.now,
        sleep: { try await ContinuousClock().sleep(for: $0) }
    )
}
