import KubernetesAPI

/// One change of one object, as seen by a watch or by our own write.
struct ObjectChange: Sendable {
    var type: ResourceType
    var old: KubernetesObject?
    /// Nil when it is gone.
    var new: KubernetesObject?

    /// The object before or after, whichever there is.
    var object: KubernetesObject? { new ?? old }
}

/// The objects controllers decide from, found by name, namespace, owner and labels.
///
/// Our own writes are put in as they are answered, so that a decision never repeats one whose watch event is still on
/// its way. Versions keep the order: what is older than what is known is dropped.
struct ObjectCache: Sendable {
    private struct Entry {
        var object: KubernetesObject
        var labels: [String: String]
        var owners: [String]
        var version: UInt64?
    }

    private struct Table {
        var entries: [ObjectName: Entry] = [:]
        var byNamespace: [String: Set<String>] = [:]
        var byOwner: [String: Set<ObjectName>] = [:]
        /// Up to here the watch has told everything.
        var watched: UInt64 = 0
    }

    private var tables: [ResourceType: Table]

    init(_ types: some Sequence<ResourceType>) {
        tables = Dictionary(types.map { ($0, Table()) }, uniquingKeysWith: { first, _ in first })
    }

    func holds(_ type: ResourceType) -> Bool { tables[type] != nil }

    func object(_ type: ResourceType, _ name: ObjectName) -> KubernetesObject? {
        tables[type]?.entries[name]?.object
    }

    /// All of a type, sorted by name; of one namespace when one is named.
    func objects(_ type: ResourceType, in namespace: String? = nil) -> [KubernetesObject] {
        guard let table = tables[type] else { return [] }
        guard let namespace else {
            return table.entries.values.map(\.object).sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
        }
        return (table.byNamespace[namespace] ?? []).sorted().compactMap {
            table.entries[ObjectName(namespace: namespace, name: $0)]?.object
        }
    }

    func objects(_ type: ResourceType, in namespace: String, matching selector: LabelSelector) -> [KubernetesObject] {
        guard let table = tables[type] else { return [] }
        return (table.byNamespace[namespace] ?? []).sorted().compactMap {
            guard let entry = table.entries[ObjectName(namespace: namespace, name: $0)],
                selector.matches(entry.labels)
            else { return nil }
            return entry.object
        }
    }

    /// Those with this uid among their owners, sorted by name.
    func objects(_ type: ResourceType, ownedBy uid: String) -> [KubernetesObject] {
        guard let table = tables[type] else { return [] }
        return (table.byOwner[uid] ?? []).compactMap { table.entries[$0]?.object }.sorted { $0.name < $1.name }
    }

    /// Takes in what a watch or a list told; nil when it was known.
    mutating func apply(_ object: KubernetesObject, _ type: ResourceType) -> ObjectChange? {
        guard tables[type] != nil else { return nil }
        let version = UInt64(object.resourceVersion)
        if let version, let watched = tables[type]?.watched { tables[type]?.watched = max(watched, version) }
        return put(object, type, version: version)
    }

    /// Takes in the answer to our own write, unless the watch has already told what came after it.
    mutating func applyOwn(_ object: KubernetesObject, _ type: ResourceType) -> ObjectChange? {
        guard let watched = tables[type]?.watched, let version = UInt64(object.resourceVersion), version > watched
        else { return nil }
        return put(object, type, version: version)
    }

    /// Our own delete was accepted: until the watch says more the object counts as being deleted.
    mutating func markDeleting(_ name: ObjectName, _ type: ResourceType, uid: String, at time: Timestamp)
        -> ObjectChange?
    {
        guard let entry = tables[type]?.entries[name], entry.object.uid == uid,
            entry.object.deletionTimestamp == nil
        else { return nil }
        var object = entry.object
        object["metadata", "deletionTimestamp"] = .string(time.description)
        tables[type]?.entries[name]?.object = object
        return ObjectChange(type: type, old: entry.object, new: object)
    }

    /// Takes in that an object is gone; nil when nothing was known of it, or only a later one of its name.
    mutating func remove(_ object: KubernetesObject, _ type: ResourceType) -> ObjectChange? {
        guard let watched = tables[type]?.watched else { return nil }
        if let version = UInt64(object.resourceVersion) { tables[type]?.watched = max(watched, version) }
        guard let entry = tables[type]?.entries[object.objectName],
            object.uid.isEmpty || entry.object.uid == object.uid
        else { return nil }
        unlink(entry, type)
        return ObjectChange(type: type, old: entry.object, new: nil)
    }

    private mutating func put(_ object: KubernetesObject, _ type: ResourceType, version: UInt64?) -> ObjectChange? {
        let name = object.objectName
        let old = tables[type]?.entries[name]
        if let old {
            if let known = old.version, let version, version <= known { return nil }
            unlink(old, type)
        }
        let entry = Entry(
            object: object,
            labels: object.labels,
            owners: object.ownerReferences.map(\.uid),
            version: version
        )
        tables[type]?.entries[name] = entry
        tables[type]?.byNamespace[name.namespace, default: []].insert(name.name)
        for uid in entry.owners { tables[type]?.byOwner[uid, default: []].insert(name) }
        return ObjectChange(type: type, old: old?.object, new: object)
    }

    private mutating func unlink(_ entry: Entry, _ type: ResourceType) {
        let name = entry.object.objectName
        tables[type]?.entries[name] = nil
        tables[type]?.byNamespace[name.namespace]?.remove(name.name)
        if tables[type]?.byNamespace[name.namespace]?.isEmpty == true {
            tables[type]?.byNamespace[name.namespace] = nil
        }
        for uid in entry.owners {
            tables[type]?.byOwner[uid]?.remove(name)
            if tables[type]?.byOwner[uid]?.isEmpty == true { tables[type]?.byOwner[uid] = nil }
        }
    }
}
