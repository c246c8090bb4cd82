internal import HeapModule
internal import NIOCore

/// What a loop is to do later, ordered by deadline, then by when it was asked for. Confined to its loop.
struct LoopTimers {
    /// One thing to do.
    final class Timer: @unchecked Sendable {
        let deadline: NIODeadline
        // Gone once it ran or was called off, on the loop.
        fileprivate var run: (() -> Void)?
        fileprivate var fail: (() -> Void)?

        init(deadline: NIODeadline, run: @escaping () -> Void, fail: @escaping () -> Void) {
            self.deadline = deadline
            self.run = run
            self.fail = fail
        }
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
    // Called off, and still in their places.
    private var dead = 0

    mutating func add(_ timer: Timer) {
        number &+= 1
        heap.insert(Entry(timer: timer, number: number))
    }

    /// Nothing is to be done any more; the place in the order stays until its time, or until there are many such.
    mutating func callOff(_ timer: Timer) {
        guard timer.run != nil else { return }
        timer.run = nil
        timer.fail = nil
        dead &+= 1
        guard dead > 1024, dead > heap.count / 2 else { return }
        heap = Heap(heap.unordered.filter { $0.timer.run != nil })
        dead = 0
    }

    /// How long the loop may wait, rounded up; -1 if nothing is to be done later.
    mutating func milliseconds(from now: @autoclosure () -> NIODeadline) -> CInt {
        while let first = heap.min, first.timer.run == nil { popDead() }
        guard let first = heap.min else { return -1 }
        let left = (first.timer.deadline - now()).nanoseconds
        guard left > 0 else { return 0 }
        return CInt(clamping: (left &- 1) / 1_000_000 + 1)
    }

    /// Takes out what is due.
    mutating func popDue(_ now: NIODeadline) -> (() -> Void)? {
        while let first = heap.min, first.timer.deadline <= now {
            guard let run = first.timer.run else {
                popDead()
                continue
            }
            _ = heap.popMin()
            first.timer.run = nil
            first.timer.fail = nil
            return run
        }
        return nil
    }

    private mutating func popDead() {
        _ = heap.popMin()
        dead = max(0, dead &- 1)
    }

    /// Places taken, those of what was called off among them.
    var count: Int { heap.count }

    var isEmpty: Bool { heap.isEmpty }

    /// Takes everything out: what tells each that it will not be done.
    mutating func removeAll() -> [() -> Void] {
        let failures = heap.unordered.compactMap(\.timer.fail)
        heap = Heap()
        dead = 0
        return failures
    }
}
