import KubernetesAPI

/// All that the store's mutex guards.
struct StoreState {
    var memory: StoreMemory
    var watchers = Watchers()
    var queue: [QueuedOperation] = []
    /// A task drains the queue.
    var isWriting = false
    /// What is committed and whose watchers were not told of it.
    var untold: [UntoldEvent] = []
    /// A task tells them.
    var isTelling = false
    /// The revision up to which they were told.
    var told: Int64
    var isClosed = false
    /// Who closes the store and waits until nothing is to be written or told.
    var idle: CheckedContinuation<Void, Never>?

    init(memory: StoreMemory) {
        self.memory = memory
        told = memory.revision
    }

    var isBusy: Bool { isWriting || isTelling }

    /// Who waits for the store to be idle, once it is.
    mutating func takeIdle() -> CheckedContinuation<Void, Never>? {
        guard !isBusy else { return nil }
        defer { idle = nil }
        return idle
    }
}

/// An operation and who waits for it.
struct QueuedOperation: Sendable {
    var operation: StoreOperation
    var continuation: CheckedContinuation<Result<StoredObject, StoreError>, Never>
}

struct StoreOperation: Sendable {
    enum Change: Sendable {
        case write(StoreContent)
        case remove(final: JSONValue?)
    }

    var key: StoreKey
    var expectation: Expectation
    var change: Change
}

/// What is to be written: made by the writer's task, so that the one task that drains does not serialise.
struct StoreContent: Sendable {
    /// Without `metadata.resourceVersion`: the revision is a column of its own.
    var json: JSONValue
    var text: String

    init(_ json: JSONValue) {
        var json = json
        if json[path: ["metadata", "resourceVersion"]] != nil { json[path: ["metadata", "resourceVersion"]] = nil }
        self.json = json
        text = json.jsonText
    }
}

extension JSONValue {
    /// With `metadata.resourceVersion` set.
    func at(revision: Int64) -> JSONValue {
        var json = self
        json[path: ["metadata", "resourceVersion"]] = .string(String(revision))
        return json
    }
}

/// Group and plural: what can be watched.
struct WatchedResource: Hashable, Sendable {
    var group: String
    var plural: String

    func contains(_ key: StoreKey, namespace: String?) -> Bool {
        key.plural == plural && key.group == group && (namespace == nil || namespace == key.namespace)
    }
}

struct Watcher: Sendable {
    var namespace: String?
    var continuation: AsyncStream<StoreEvent>.Continuation

    func wants(_ event: StoreEvent) -> Bool { namespace == nil || namespace == event.object.key.namespace }
}

/// An event and those who watched its resource when it was committed.
struct UntoldEvent: Sendable {
    var event: StoreEvent
    var watchers: [Watcher]
}

/// Watchers by what they watch.
struct Watchers: Sendable {
    private var byResource: [WatchedResource: [Int: Watcher]] = [:]
    private var lastNumber = 0

    mutating func add(_ watcher: Watcher, _ resource: WatchedResource) -> Int {
        lastNumber += 1
        byResource[resource, default: [:]][lastNumber] = watcher
        return lastNumber
    }

    mutating func remove(_ number: Int, _ resource: WatchedResource) {
        byResource[resource]?[number] = nil
        if byResource[resource]?.isEmpty == true { byResource[resource] = nil }
    }

    mutating func takeAll() -> [Watcher] {
        defer { byResource = [:] }
        return byResource.values.flatMap(\.values)
    }

    func of(_ key: StoreKey) -> [Watcher] {
        byResource[WatchedResource(group: key.group, plural: key.plural)].map { Array($0.values) } ?? []
    }
}
