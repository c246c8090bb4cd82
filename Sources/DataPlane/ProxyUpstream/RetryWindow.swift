internal import ProxySnapshot
internal import Synchronization

/// How many requests a cluster got within the last `budget_interval`, counted by all workers together.
///
/// The interval has ten slots, as Envoy's has. At the end of each the requests of the slot nine before leave the count,
/// so that one counts for nine to ten tenths of the interval. Nothing ticks: whoever counts or asks first after the end
/// of a slot moves the window on, under a lock that is otherwise not touched. Times are milliseconds of the workers'
/// clock.
final class RetryWindow: Sendable {
    private static let slots = 10

    private struct Past {
        /// The requests of finished slots that still count, the oldest first.
        var counts: [Int] = []
    }

    private let slotLength: Int64
    private let slotEnd: Atomic<Int64>
    private let total = Atomic<Int>(0)
    private let current = Atomic<Int>(0)
    private let past = Mutex(Past())

    /// A window that begins `now`; `interval` in milliseconds.
    init(interval: Int64, now: Int64) {
        slotLength = max(1, interval / Int64(Self.slots))
        slotEnd = Atomic(now &+ slotLength)
    }

    /// Counts a request; two atomic additions.
    func note(now: Int64) {
        move(to: now)
        total.wrappingAdd(1, ordering: .relaxed)
        current.wrappingAdd(1, ordering: .relaxed)
    }

    /// The requests that count.
    func requests(now: Int64) -> Int {
        move(to: now)
        return total.load(ordering: .relaxed)
    }

    @inline(__always)
    private func move(to now: Int64) {
        if now >= slotEnd.load(ordering: .relaxed) { endSlots(now) }
    }

    private func endSlots(_ now: Int64) {
        past.withLock { past in
            let end = slotEnd.load(ordering: .relaxed)
            // Another worker was faster.
            guard now >= end else { return }
            let ended = (now &- end) / slotLength &+ 1
            // After a whole interval of silence nothing is left to forget.
            for _ in 0..<min(ended, Int64(Self.slots)) {
                past.counts.append(current.exchange(0, ordering: .relaxed))
                guard past.counts.count >= Self.slots else { continue }
                total.wrappingSubtract(past.counts.removeFirst(), ordering: .relaxed)
            }
            slotEnd.store(end &+ ended &* slotLength, ordering: .relaxed)
        }
    }
}
