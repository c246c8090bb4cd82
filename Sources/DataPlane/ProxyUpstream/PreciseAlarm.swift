internal import NIOCore

/// Wakes its owner to the millisecond, for deadlines that the wheel's steps are too coarse for: a fault's delay, a
/// retry's back-off, a time limit below a second.
///
/// An alarm that comes too early costs a look at the deadlines, so one that is set already stays: under load a route
/// with a short timeout sets one alarm for many requests. With a manual clock the wheel alone tells the time.
/// Confined to its worker's event loop.
package final class PreciseAlarm {
    /// Deadlines further away than this are left to the wheel, in milliseconds.
    package static let reach: Int64 = 1000

    private let worker: Worker
    private var action: (() -> Void)?
    private var scheduled: Scheduled<Void>?
    private var deadline: Int64 = .max

    /// An alarm that calls `action` on the worker's loop.
    package init(worker: Worker, action: @escaping () -> Void) {
        self.worker = worker
        self.action = action
    }

    /// Has `action` called at `wanted`, in milliseconds of the worker's clock, if that is within reach of `now`.
    @inline(__always)
    package func set(_ wanted: Int64, now: Int64) {
        // Deadlines that are off are `.max`.
        if wanted >= deadline || wanted > now &+ Self.reach { return }
        schedule(wanted)
    }

    private func schedule(_ wanted: Int64) {
        guard case .system = worker.clock else { return }
        scheduled?.cancel()
        deadline = wanted
        let time = NIODeadline.uptimeNanoseconds(UInt64(max(0, wanted)) &* 1_000_000)
        scheduled = worker.eventLoop.assumeIsolated().scheduleTask(deadline: time) { [weak self] in self?.fire() }
    }

    private func fire() {
        scheduled = nil
        deadline = .max
        action?()
    }

    /// Turns the alarm off for good.
    package func cancel() {
        scheduled?.cancel()
        scheduled = nil
        action = nil
    }
}
