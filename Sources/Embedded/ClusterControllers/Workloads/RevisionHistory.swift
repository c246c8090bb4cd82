import KubernetesAPI

/// The ControllerRevisions of a StatefulSet or DaemonSet: its templates by number, which `kubectl rollout undo` goes
/// back to.
struct RevisionHistory: Sendable {
    static let hashLabel = "controller-revision-hash"

    var owner: KubernetesObject
    /// Oldest first.
    var revisions: [KubernetesObject]

    init(_ owner: KubernetesObject, _ cache: ObjectCache) {
        self.owner = owner
        revisions = cache.objects(.controllerRevisions, ownedBy: owner.uid).filter { $0.isControlled(by: owner) }
            .sorted { (Self.number($0), $0.name) < (Self.number($1), $1.name) }
    }

    static func number(_ revision: KubernetesObject) -> Int64 { revision["revision"]?.integer ?? 0 }

    static func template(_ revision: KubernetesObject) -> JSONValue {
        var template = revision["data", "spec", "template"] ?? [:]
        template["$patch"] = nil
        return template
    }

    private var template: JSONValue { owner["spec", "template"] ?? [:] }

    private var collisions: Int { owner.counted("collisionCount") }

    private var next: Int64 {
        let last = revisions.last.map(Self.number) ?? 0
        return last == .max ? last : last + 1
    }

    /// The revision of the template as it is now.
    var current: KubernetesObject? {
        let wanted = PodTemplate.normalized(template)
        return revisions.last { PodTemplate.normalized(Self.template($0)) == wanted }
    }

    func named(_ name: String) -> KubernetesObject? { revisions.first { $0.name == name } }

    /// Makes the present template the newest revision; nothing when it is.
    func update(_ type: ResourceType, _ cache: ObjectCache) -> [Action] {
        if let current {
            guard current.uid != revisions.last?.uid else { return [] }
            return [.patch(.controllerRevisions, current.objectName, ["revision": .integer(next)], nil)]
        }
        let hash = PodTemplate.hash(template, collisions: collisions)
        let name = ObjectName(namespace: owner.namespace, name: "\(owner.name)-\(hash)")
        if cache.object(.controllerRevisions, name) != nil {
            let count: JSONValue = ["status": ["collisionCount": .integer(Int64(collisions + 1))]]
            return [.patch(type, owner.objectName, count, .status)]
        }
        var revision = KubernetesObject(.controllerRevisions, name)
        var data = template
        data["$patch"] = "replace"
        revision["data"] = ["spec": ["template": data]]
        revision["revision"] = .integer(next)
        revision.labels = (template[path: ["metadata", "labels"]]?.strings ?? [:])
            .merging([Self.hashLabel: hash]) { $1 }
        revision.annotations = owner.annotations
            .filter { $0.key != "kubectl.kubernetes.io/last-applied-configuration" }
        revision.ownerReferences = [OwnerReference(controller: owner)]
        return [.create(.controllerRevisions, revision, nil)]
    }

    /// Deletes the oldest revisions beyond `revisionHistoryLimit` that no pod and no status names.
    func cleanUp(inUse: Set<String>) -> [Action] {
        let limit = max(0, owner.int("spec", "revisionHistoryLimit") ?? 10)
        let idle = revisions.filter { revision in
            !inUse.contains(revision.name) && !inUse.contains(revision.labels[Self.hashLabel] ?? "")
        }
        return idle.prefix(max(0, idle.count - limit)).map { .delete(.controllerRevisions, $0, DeleteOptions(), nil) }
    }
}
