import DiscoveryServer
import Testing

@Suite struct PushQueueTests {
    private typealias Queue = PushQueue<String, Set<Int>>

    private func add(_ queue: inout Queue, _ key: String, _ push: Int) {
        queue.enqueue(key, [push]) { $0.union($1) }
    }

    private func take(_ queue: inout Queue) -> String {
        guard let (key, push) = queue.next() else { return "none" }
        return "\(key)\(push.sorted())"
    }

    @Test func servesInOrderAndMergesWhatWaits() {
        var queue = Queue()
        add(&queue, "a", 1)
        add(&queue, "b", 1)
        add(&queue, "a", 2)
        #expect(queue.waitingCount == 2)
        #expect(take(&queue) == "a[1, 2]")
        #expect(take(&queue) == "b[1]")
        #expect(take(&queue) == "none")
    }

    @Test func runsOnePushPerKey() {
        var queue = Queue()
        add(&queue, "a", 1)
        #expect(take(&queue) == "a[1]")
        add(&queue, "a", 2)
        add(&queue, "a", 3)
        #expect(take(&queue) == "none", "a still runs")
        queue.finish("a")
        #expect(take(&queue) == "a[2, 3]")
        queue.finish("a")
        #expect(queue.runningCount == 0)
    }

    @Test func forgetsWhoIsGone() {
        var queue = Queue()
        add(&queue, "a", 1)
        queue.remove("a")
        #expect(take(&queue) == "none")
        add(&queue, "a", 2)
        #expect(take(&queue) == "a[2]")
        #expect(take(&queue) == "none")
    }
}
