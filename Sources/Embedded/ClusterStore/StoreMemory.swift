import KubernetesAPI

/// The objects, the revision and the last events: a value.
struct StoreMemory: Sendable {
    private var resources: [WatchedResource: ResourceObjects] = [:]
    private(set) var history: EventHistory
    private(set) var revision: Int64

    init(_ objects: [StoredObject], revision: Int64, historyLimit: Int) {
        self.revision = revision
        history = EventHistory(limit: max(1, historyLimit), start: revision)
        for object in objects { resources[Self.resource(object.key), default: ResourceObjects()].put(object) }
    }

    private static func resource(_ key: StoreKey) -> WatchedResource {
        WatchedResource(group: key.group, plural: key.plural)
    }

    func resource(group: String, plural: String) -> ResourceObjects {
        resources[WatchedResource(group: group, plural: plural)] ?? ResourceObjects()
    }

    func object(_ key: StoreKey) -> StoredObject? {
        resources[Self.resource(key)]?.object(namespace: key.namespace, name: key.name)
    }

    mutating func apply(_ event: StoreEvent) {
        let resource = Self.resource(event.object.key)
        switch event {
        case .added(let object), .modified(let object, _):
            resources[resource, default: ResourceObjects()].put(object)
        case .deleted(let object): resources[resource]?.remove(object.key)
        }
        revision = event.revision
        history.append(event)
    }
}

/// Events after one revision, without a gap: revisions are consecutive, one an event.
struct EventHistory: Sendable {
    let limit: Int
    private var events: [StoreEvent] = []
    /// The revision before the first event.
    private var start: Int64

    init(limit: Int, start: Int64) {
        self.limit = limit
        self.start = start
    }

    mutating func append(_ event: StoreEvent) {
        events.append(event)
        // Twice the limit before anything is moved: constant time an event.
        guard events.count / 2 >= limit else { return }
        start = events[events.count - limit - 1].revision
        events.removeFirst(events.count - limit)
    }

    func events(after revision: Int64) throws(StoreError) -> ArraySlice<StoreEvent> {
        let newest = events.last?.revision ?? start
        guard revision >= start, revision <= newest, let skipped = Int(exactly: revision - start) else {
            throw .compacted(oldest: start)
        }
        return events.dropFirst(skipped)
    }
}
