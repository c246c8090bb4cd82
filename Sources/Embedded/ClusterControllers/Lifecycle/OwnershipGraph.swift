import KubernetesAPI

/// Who owns whom, over all types: what the garbage collector and the end of a namespace are decided from.
///
/// It keeps names and references only, not the objects.
struct OwnershipGraph: Sendable {
    struct Node: Sendable, Equatable {
        var type: ResourceType
        var name: ObjectName
        var uid: String
        var resourceVersion: String
        var owners: [OwnerReference]
        var finalizers: [String]
        var isBeingDeleted: Bool

        init(_ object: KubernetesObject, _ type: ResourceType) {
            self.type = type
            name = object.objectName
            uid = object.uid
            resourceVersion = object.resourceVersion
            owners = object.ownerReferences
            finalizers = object.finalizers
            isBeingDeleted = object.deletionTimestamp != nil
        }

        /// Its dependents go first.
        var isDeletingDependents: Bool { isBeingDeleted && finalizers.contains(Finalizer.foreground) }
    }

    private var nodes: [String: Node] = [:]
    private var dependents: [String: Set<String>] = [:]
    private var byNamespace: [String: Set<String>] = [:]
    /// Owners that the API said do not exist; a uid never comes back.
    private var absent: Set<String> = []
    /// Owners of kinds that nobody serves now.
    private var unresolved: Set<String> = []

    subscript(uid: String) -> Node? { nodes[uid] }

    func isAbsent(_ uid: String) -> Bool { absent.contains(uid) }

    /// Sorted by name, so that decisions are the same each time.
    func dependents(of uid: String) -> [Node] {
        (dependents[uid] ?? []).compactMap { nodes[$0] }
            .sorted { ($0.type.plural, $0.name.description) < ($1.type.plural, $1.name.description) }
    }

    /// How many watched objects a namespace holds.
    func count(in namespace: String) -> Int { byNamespace[namespace]?.count ?? 0 }

    /// Takes in a change; an older version of what is known is dropped.
    mutating func apply(_ object: KubernetesObject, _ type: ResourceType) {
        let uid = object.uid
        guard !uid.isEmpty else { return }
        if let known = nodes[uid] {
            if let old = UInt64(known.resourceVersion), let new = UInt64(object.resourceVersion), new < old { return }
            unlink(known)
        }
        let node = Node(object, type)
        nodes[uid] = node
        for owner in node.owners { dependents[owner.uid, default: []].insert(uid) }
        if !node.name.namespace.isEmpty { byNamespace[node.name.namespace, default: []].insert(uid) }
    }

    mutating func remove(uid: String) {
        guard let node = nodes.removeValue(forKey: uid) else { return }
        unlink(node)
        // Only what somebody still points at must be remembered.
        if dependents[uid] != nil { absent.insert(uid) }
    }

    /// Forgets a type that is no longer served.
    mutating func remove(_ type: ResourceType) {
        for node in nodes.values where node.type == type { remove(uid: node.uid) }
    }

    func isUnresolved(_ uid: String) -> Bool { unresolved.contains(uid) }

    mutating func markUnresolved(_ uid: String) { unresolved.insert(uid) }

    /// The served types changed: those owners are looked for again.
    mutating func forgetUnresolved() { unresolved = [] }

    mutating func markAbsent(_ uid: String) { absent.insert(uid) }

    private mutating func unlink(_ node: Node) {
        for owner in node.owners {
            dependents[owner.uid]?.remove(node.uid)
            if dependents[owner.uid]?.isEmpty == true {
                dependents[owner.uid] = nil
                absent.remove(owner.uid)
            }
        }
        byNamespace[node.name.namespace]?.remove(node.uid)
        if byNamespace[node.name.namespace]?.isEmpty == true { byNamespace[node.name.namespace] = nil }
    }
}

/// The finalizers that say how an object's dependents go.
enum Finalizer {
    static let foreground = "foregroundDeletion"
    static let orphan = "orphan"
}
