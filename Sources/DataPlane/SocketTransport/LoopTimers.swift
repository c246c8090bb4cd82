internal import HeapModule
internal import NIOCore

/// What a loop is to do later, ordered by deadline, then by when it was asked for. Confined to its loop.
struct LoopTimers {
    /// One thing to do.
    final class Timer: @unchecked Sendable {
        let deadline: NIODeadline
        // Gone once it ran or was called off, on the loop.
        fileprivate var run: (() -> Void)?
        fileprivate let fail: () -> Void

        init(deadline: NIODeadline, run: @escaping () -> Void, fail: @escaping () -> Void) {
            self.deadline = deadline
            self.run = run
            self.fail = fail
        }

        /// Nothing is to be done any more; the place in the order stays until its time.
        func callOff() { run = nil }
    }

    private struct Entry: Comparable {
        let timer: Timer
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.timer.deadline, left.number) < (right.timer.deadline, right.number)
        }

        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    private var heap = Heap<Entry>()
    private var number: UInt64 = 0

    mutating func add(_ timer: Timer) {
        number &+= 1
        heap.insert(Entry(timer: timer, number: number))
    }

    /// How long the loop may wait, rounded up; -1 if nothing is to be done later.
    mutating func milliseconds(from now: @autoclosure () -> NIODeadline) -> CInt {
        while let first = heap.min, first.timer.run == nil { _ = heap.popMin() }
        guard let first = heap.min else { return -1 }
        let left = (first.timer.deadline - now()).nanoseconds
        guard left > 0 else { return 0 }
        return CInt(clamping: (left &- 1) / 1_000_000 + 1)
    }

    /// Takes out what is due.
    mutating func popDue(_ now: NIODeadline) -> (() -> Void)? {
        while let first = heap.min, first.timer.deadline <= now {
            _ = heap.popMin()
            if let run = first.timer.run {
                first.timer.run = nil
                return run
            }
        }
        return nil
    }

    var isEmpty: Bool { heap.isEmpty }

    /// Takes everything out: what tells each that it will not be done.
    mutating func removeAll() -> [() -> Void] {
        let failures = heap.unordered.filter { $0.timer.run != nil }.map(\.timer.fail)
        heap = Heap()
        return failures
    }
}
