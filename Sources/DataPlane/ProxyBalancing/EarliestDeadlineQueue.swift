/// Weighted turns: each entry comes round in proportion to its weight (earliest deadline first), as Envoy spreads
/// weighted endpoints. A pick costs O(log n).
struct EarliestDeadlineQueue {
    private struct Entry {
        var deadline: Double
        var order: UInt64
        var index: Int

        func precedes(_ other: Entry) -> Bool {
            deadline != other.deadline ? deadline < other.deadline : order < other.order
        }
    }

    private var heap: [Entry] = []
    private var now = 0.0
    private var order: UInt64 = 0

    /// Adds an entry; `weight` above zero.
    mutating func add(_ index: Int, weight: Double) {
        push(Entry(deadline: now + 1 / Swift.max(weight, .leastNormalMagnitude), order: order, index: index))
        order &+= 1
    }

    /// Takes the entry whose turn it is and puts it back with its weight of now.
    mutating func next(weight: (Int) -> Double) -> Int? {
        guard let first = pop() else { return nil }
        now = first.deadline
        add(first.index, weight: weight(first.index))
        return first.index
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() -> Entry? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].precedes(heap[smallest]) {
                smallest = child
            }
            if smallest == parent { return first }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
