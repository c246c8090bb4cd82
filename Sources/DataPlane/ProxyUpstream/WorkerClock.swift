internal import NIOCore
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Where a worker reads the time: the machine, or a hand that a test moves.
package enum WorkerClock: Sendable {
    case system
    case manual(ManualClock)

    /// Nanoseconds since some moment before the process served its first byte; never runs backwards.
    package var nanoseconds: Int64 {
        switch self {
        case .system: Int64(truncatingIfNeeded: NIODeadline.now().uptimeNanoseconds)
        case .manual(let clock): clock.nanoseconds
        }
    }

    /// Milliseconds of the same clock, as deadlines are counted.
    package var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// Nanoseconds since 1970 (UTC).
    package var wallNanoseconds: Int64 {
        switch self {
        case .system:
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        case .manual(let clock):
            return clock.nanoseconds
        }
    }
}

/// A clock that stands still until it is moved.
package final class ManualClock: Sendable {
    private let time = Atomic<Int64>(1_000_000_000)

    package init() {}

    package var nanoseconds: Int64 { time.load(ordering: .relaxed) }

    /// Moves the clock on by `milliseconds`.
    package func advance(milliseconds: Int64) {
        time.wrappingAdd(milliseconds &* 1_000_000, ordering: .relaxed)
    }
}
