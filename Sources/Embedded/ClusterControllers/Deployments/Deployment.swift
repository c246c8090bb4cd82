import KubernetesAPI

/// A Deployment as its controller reads it.
struct Deployment: Sendable {
    static let hashLabel = "pod-template-hash"
    static let revision = "deployment.kubernetes.io/revision"
    static let revisionHistory = "deployment.kubernetes.io/revision-history"
    static let desiredReplicas = "deployment.kubernetes.io/desired-replicas"
    static let maxReplicas = "deployment.kubernetes.io/max-replicas"

    var object: KubernetesObject

    init(_ object: KubernetesObject) { self.object = object }

    var replicas: Int { object.replicas }
    var isPaused: Bool { object.bool("spec", "paused") ?? false }
    var isRecreate: Bool { object.string("spec", "strategy", "type") == "Recreate" }
    var minReadySeconds: Int { max(0, object.int("spec", "minReadySeconds") ?? 0) }
    var historyLimit: Int { max(0, object.int("spec", "revisionHistoryLimit") ?? 10) }
    var template: JSONValue { object["spec", "template"] ?? [:] }

    /// Nil is no deadline, which Kubernetes writes as the largest 32-bit number.
    var progressDeadlineSeconds: Int? {
        let seconds = object.int("spec", "progressDeadlineSeconds") ?? 600
        return seconds == Int(Int32.max) ? nil : max(0, seconds)
    }

    /// How many pods there may be beyond ``replicas`` during a rolling update.
    var maxSurge: Int { isRecreate ? 0 : limits.surge }

    /// How many of ``replicas`` may be missing during a rolling update.
    var maxUnavailable: Int { isRecreate || replicas == 0 ? 0 : min(limits.unavailable, replicas) }

    /// Surge is rounded up, unavailability down; when both come to nothing one pod may be missing, so that the update
    /// can go on.
    private var limits: (surge: Int, unavailable: Int) {
        let rolling = object["spec", "strategy", "rollingUpdate"]
        let surge = (CountOrShare(rolling?["maxSurge"]) ?? .share(25)).resolved(of: replicas, .up)
        let unavailable = (CountOrShare(rolling?["maxUnavailable"]) ?? .share(25)).resolved(of: replicas, .down)
        return surge == 0 && unavailable == 0 ? (0, 1) : (surge, unavailable)
    }

    var collisions: Int { max(0, object.int("status", "collisionCount") ?? 0) }

    var templateHash: String { PodTemplate.hash(template, collisions: collisions) }

    /// Of these ReplicaSets the one made from the template as it is now; the oldest when there are several.
    func current(_ sets: [KubernetesObject]) -> KubernetesObject? {
        let wanted = PodTemplate.normalized(template)
        let byAge = Self.oldestFirst(sets)
        // A server may have filled in more in one of the two: the hash says that it was made from this template.
        return byAge.first { PodTemplate.normalized($0["spec", "template"] ?? [:]) == wanted }
            ?? byAge.first { $0.labels[Self.hashLabel] == templateHash }
    }

    static func oldestFirst(_ sets: [KubernetesObject]) -> [KubernetesObject] {
        sets.sorted { ($0.created, $0.name) < ($1.created, $1.name) }
    }

    static func revision(of object: KubernetesObject) -> Int64 {
        object.annotations[revision].flatMap { Int64($0) } ?? 0
    }
}

/// What a Deployment's next step is decided from.
struct Rollout: Sendable {
    var deployment: Deployment
    /// The ReplicaSet of the present template.
    var new: KubernetesObject?
    /// The others, oldest first.
    var old: [KubernetesObject]

    init(_ deployment: Deployment, _ sets: [KubernetesObject]) {
        self.deployment = deployment
        let new = deployment.current(sets)
        self.new = new
        old = Deployment.oldestFirst(sets.filter { $0.uid != new?.uid })
    }

    var all: [KubernetesObject] { old + (new.map { [$0] } ?? []) }

    /// `spec.replicas` of all.
    var wantedPods: Int { all.reduce(0) { $0 + $1.replicas } }

    /// Available pods of all.
    var availablePods: Int { all.reduce(0) { $0 + $1.counted("availableReplicas") } }

    /// A change of `spec.replicas` of a ReplicaSet, told as Kubernetes tells it; nothing when it is that already.
    func scale(_ set: KubernetesObject, to size: Int) -> [Action] {
        var patch: JSONValue = [:]
        if set.replicas != size { patch["spec"] = ["replicas": .integer(Int64(size))] }
        let annotations = sizes.filter { set.annotations[$0.key] != $0.value }
        if !annotations.isEmpty { patch["metadata"] = ["annotations": JSONValue(annotations)] }
        guard patch.object?.isEmpty == false else { return [] }
        var actions: [Action] = [.patch(.replicaSets, set.objectName, patch, nil)]
        if set.replicas != size {
            let direction = size > set.replicas ? "up" : "down"
            let text = "Scaled \(direction) replica set \(set.name) from \(set.replicas) to \(size)"
            actions.append(.record(EventNote(deployment.object, reason: "ScalingReplicaSet", text)))
        }
        return actions
    }

    /// The annotations that say for which size of the Deployment a ReplicaSet's size was chosen.
    var sizes: [String: String] {
        [
            Deployment.desiredReplicas: String(deployment.replicas),
            Deployment.maxReplicas: String(deployment.replicas + deployment.maxSurge),
        ]
    }
}

extension KubernetesObject {
    /// A counter of `status`, 0 when absent.
    func counted(_ name: String) -> Int { max(0, int("status", name) ?? 0) }
}
