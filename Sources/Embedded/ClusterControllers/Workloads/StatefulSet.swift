import KubernetesAPI

/// A StatefulSet, its pods by ordinal, and the revisions its pods are made from.
struct StatefulSet: Sendable {
    static let podNameLabel = "statefulset.kubernetes.io/pod-name"
    static let podIndexLabel = "apps.kubernetes.io/pod-index"

    var object: KubernetesObject
    /// Those with an ordinal the set wants, by it.
    var pods: [Int: KubernetesObject] = [:]
    /// Those beyond, highest ordinal first.
    var condemned: [KubernetesObject] = []
    var all: [KubernetesObject]
    var history: RevisionHistory

    init(_ object: KubernetesObject, pods all: [KubernetesObject], _ cache: ObjectCache) {
        self.object = object
        self.all = all
        history = RevisionHistory(object, cache)
        for pod in all {
            guard let ordinal = Self.ordinal(pod, of: object) else { continue }
            if ordinals.contains(ordinal) { pods[ordinal] = pod } else { condemned.append(pod) }
        }
        condemned.sort { (Self.ordinal($0, of: object) ?? 0) > (Self.ordinal($1, of: object) ?? 0) }
    }

    static func ordinal(_ pod: KubernetesObject, of set: KubernetesObject) -> Int? {
        guard pod.name.hasPrefix(set.name + "-"),
            let ordinal = Int32(pod.name.dropFirst(set.name.count + 1)), ordinal >= 0
        else { return nil }
        return Int(ordinal)
    }

    var first: Int { max(0, object.int("spec", "ordinals", "start") ?? 0) }
    var ordinals: Range<Int> { first..<(first + object.replicas) }
    var isOrdered: Bool { object.string("spec", "podManagementPolicy") != "Parallel" }
    var isOnDelete: Bool { object.string("spec", "updateStrategy", "type") == "OnDelete" }
    var partition: Int { max(0, object.int("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0) }
    var minReadySeconds: Int { max(0, object.int("spec", "minReadySeconds") ?? 0) }

    /// The revision pods are updated to.
    var updateRevision: KubernetesObject? { history.current }

    /// The revision pods had before the update under way.
    var currentRevision: KubernetesObject? {
        object.string("status", "currentRevision").flatMap(history.named) ?? updateRevision
    }

    func isOfRevision(_ pod: KubernetesObject, _ revision: KubernetesObject?) -> Bool {
        revision != nil && pod.labels[RevisionHistory.hashLabel] == revision?.name
    }

    /// A new pod for an ordinal: of the old revision where `rollingUpdate.partition` keeps it.
    func newPod(_ ordinal: Int) -> KubernetesObject? {
        guard let update = updateRevision, let current = currentRevision else { return nil }
        let staysOld = !isOnDelete && ordinal < first + partition && current.uid != update.uid
        let revision = staysOld ? current : update
        let name = "\(object.name)-\(ordinal)"
        var pod = PodTemplate.pod(
            RevisionHistory.template(revision),
            owner: object,
            labels: [
                Self.podNameLabel: name, Self.podIndexLabel: String(ordinal), RevisionHistory.hashLabel: revision.name,
            ]
        )
        pod.name = name
        pod["metadata", "generateName"] = .string(object.name + "-")
        pod["spec", "hostname"] = .string(name)
        if let service = object.string("spec", "serviceName"), !service.isEmpty {
            pod["spec", "subdomain"] = .string(service)
        }
        addVolumes(&pod)
        return pod
    }

    /// There are no persistent volumes: each claim is an empty directory that lives as long as its pod.
    private func addVolumes(_ pod: inout KubernetesObject) {
        let claims = (object["spec", "volumeClaimTemplates"]?.array ?? []).compactMap {
            $0[path: ["metadata", "name"]]
        }
        guard !claims.isEmpty else { return }
        let present = (pod["spec", "volumes"]?.array ?? []).filter { !claims.contains($0["name"] ?? .null) }
        pod["spec", "volumes"] = .array(present + claims.map { ["name": $0, "emptyDir": [:]] })
    }

    func status(_ situation: Situation) -> JSONValue {
        var status = object["status"] ?? [:]
        let alive = all.filter { !$0.isTerminating }
        let update = updateRevision
        let current = currentRevision
        let ready = alive.filter { $0.phase == "Running" && $0.isReady }
        let updated = alive.count { isOfRevision($0, update) }
        status["observedGeneration"] = .integer(object.generation)
        status["replicas"] = .integer(Int64(all.count { !$0.isFinished || !$0.isTerminating }))
        status.setCount("readyReplicas", ready.count)
        status["availableReplicas"] = .integer(
            Int64(ready.count { $0.isAvailable(minReadySeconds: minReadySeconds, now: situation.now) })
        )
        status.setCount("updatedReplicas", updated)
        status.setCount("currentReplicas", alive.count { isOfRevision($0, current) })
        status["updateRevision"] = update.map { .string($0.name) }
        status["currentRevision"] = current.map { .string($0.name) }
        let isComplete = updated == object.replicas && ready.count == object.replicas && all.count == object.replicas
        if isComplete, !isOnDelete, partition == 0 {
            status["currentRevision"] = status["updateRevision"]
            status.setCount("currentReplicas", updated)
        }
        status["collisionCount"] = status["collisionCount"] ?? 0
        return status
    }
}
