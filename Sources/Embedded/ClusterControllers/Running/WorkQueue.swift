import KubernetesAPI

/// One controller's keys: each waits once, is worked on by one worker at a time, and is worked on again when it was
/// added meanwhile. Holds no clock and no task; the loop asks it what to start.
struct WorkQueue: Sendable {
    private var waiting: [ObjectName] = []
    private var isWaiting: Set<ObjectName> = []
    private var working: Set<ObjectName> = []
    private var addedMeanwhile: Set<ObjectName> = []
    private var failures: [ObjectName: Int] = [:]
    /// When each key's next timer fires.
    private var timers: [ObjectName: Timestamp] = [:]
    private let parallelism: Int

    init(parallelism: Int) { self.parallelism = max(1, parallelism) }

    mutating func add(_ key: ObjectName) {
        if working.contains(key) {
            addedMeanwhile.insert(key)
        } else if isWaiting.insert(key).inserted {
            waiting.append(key)
        }
    }

    /// The keys to start now, in the order they were added.
    mutating func start() -> [ObjectName] {
        let room = min(parallelism - working.count, waiting.count)
        guard room > 0 else { return [] }
        let keys = Array(waiting.prefix(room))
        waiting.removeFirst(room)
        isWaiting.subtract(keys)
        working.formUnion(keys)
        return keys
    }

    /// The key's worker is done; it may have been added meanwhile.
    mutating func finish(_ key: ObjectName, succeeded: Bool) {
        working.remove(key)
        if succeeded { failures[key] = nil }
        if addedMeanwhile.remove(key) != nil { add(key) }
    }

    /// How long to wait before the key is tried again: doubles with each failure in a row.
    mutating func retryDelay(_ key: ObjectName, shortest: Duration, longest: Duration) -> Duration {
        let count = failures[key, default: 0]
        failures[key] = count + 1
        return min(longest, shortest * (1 << min(count, 20)))
    }

    /// Whether a timer must be started to think of the key again at `due`; an earlier one does as well.
    mutating func wantsTimer(_ key: ObjectName, due: Timestamp) -> Bool {
        if let present = timers[key], present <= due { return false }
        timers[key] = due
        return true
    }

    mutating func fire(_ key: ObjectName, due: Timestamp) {
        if timers[key] == due { timers[key] = nil }
        add(key)
    }
}
