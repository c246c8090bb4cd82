internal import DequeModule

/// Who is to be pushed to next: at most one waiting push per key, merged; at most one running per key; first come,
/// first served. Pure.
package struct PushQueue<Key: Hashable & Sendable, Push: Sendable>: Sendable {
    private var waiting: [Key: Push] = [:]
    private var order: Deque<Key> = []
    private var running: Set<Key> = []

    /// An empty queue.
    package init() {}

    /// How many pushes wait.
    package var waitingCount: Int { waiting.count }
    /// How many pushes run.
    package var runningCount: Int { running.count }

    /// Adds a push, or merges it into the one that waits for the key.
    package mutating func enqueue(_ key: Key, _ push: Push, merge: (Push, Push) -> Push) {
        if let earlier = waiting[key] {
            waiting[key] = merge(earlier, push)
            return
        }
        waiting[key] = push
        if !running.contains(key) { order.append(key) }
    }

    /// Takes the next push whose key has none running; the caller answers with ``finish(_:)``.
    package mutating func next() -> (key: Key, push: Push)? {
        while let key = order.popFirst() {
            guard let push = waiting.removeValue(forKey: key) else { continue }
            running.insert(key)
            return (key, push)
        }
        return nil
    }

    /// Ends the running push of a key; what was merged meanwhile goes to the end of the queue.
    package mutating func finish(_ key: Key) {
        running.remove(key)
        if waiting[key] != nil { order.append(key) }
    }

    /// Forgets a key, as its client is gone.
    package mutating func remove(_ key: Key) {
        waiting[key] = nil
    }
}
