package import KubernetesAPI

/// Where an object is kept: its resource without the version, and its name. The namespace is empty for cluster-wide
/// types; the group is empty for the core group.
package struct StoreKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var group: String
    package var plural: String
    package var namespace: String
    package var name: String

    package init(group: String, plural: String, namespace: String, name: String) {
        self.group = group
        self.plural = plural
        self.namespace = namespace
        self.name = name
    }

    package init(_ type: ResourceType, _ name: ObjectName) {
        self.init(group: type.group, plural: type.plural, namespace: name.namespace, name: name.name)
    }

    /// Ascending order.
    package static func < (left: StoreKey, right: StoreKey) -> Bool {
        (left.group, left.plural, left.namespace, left.name) < (right.group, right.plural, right.namespace, right.name)
    }

    package var description: String { "\(group)/\(plural)/\(namespace)/\(name)" }
}

/// One object as it was at one revision.
package struct StoredObject: Sendable, Hashable {
    package var key: StoreKey
    /// Of the write that made it so; at least 1.
    package var revision: Int64
    /// Its `metadata.resourceVersion` is ``revision``.
    package var json: JSONValue

    package init(key: StoreKey, revision: Int64, json: JSONValue) {
        self.key = key
        self.revision = revision
        self.json = json
    }
}

/// The answer to a list: objects in the order of namespace and name.
package struct StoredList: Sendable {
    package var objects: [StoredObject]
    /// The store's revision when this was read. A watch after it misses nothing. A reader of several pages must
    /// watch after the revision of the *first* page: later pages are newer.
    package var revision: Int64
    /// The last key of a page that is not the last one: hand it in as `after`. Nil at the end.
    package var next: StoreKey?
    /// How many more there were, when this page was read.
    package var remaining: Int
}

/// What must be true of an object for a write to happen.
package enum Expectation: Sendable, Hashable {
    /// It does not exist; else ``StoreError/exists``.
    case absent
    /// It exists at this revision; else ``StoreError/notFound`` or ``StoreError/conflict(current:)``.
    case revision(Int64)
    /// Nothing. A removal still wants that it exists.
    case any
}

/// A change, in the order of revisions.
package enum StoreEvent: Sendable, Hashable {
    case added(StoredObject)
    /// `was` is the object before: a watcher that selects by labels tells from it whether the object came, went or
    /// changed.
    case modified(StoredObject, was: JSONValue)
    /// The object as it was last; its revision and `metadata.resourceVersion` are those of the removal.
    case deleted(StoredObject)

    package var object: StoredObject {
        switch self {
        case .added(let object), .modified(let object, _), .deleted(let object): object
        }
    }

    package var revision: Int64 { object.revision }
}
