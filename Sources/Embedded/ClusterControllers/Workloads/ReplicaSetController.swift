import KubernetesAPI

/// Keeps as many active pods as a ReplicaSet asks for, and counts them in its status.
struct ReplicaSetController: Controller {
    let name = "replicaset-controller"
    let types: Set<ResourceType> = [.replicaSets, .pods]

    /// So many pods are created or deleted in one decision.
    static let burst = 500

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        switch change.type {
        case .replicaSets: change.new.map { [$0.objectName] } ?? []
        case .pods: situation.cache.owners(.replicaSets, of: change)
        default: []
        }
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        guard let set = situation.cache.object(.replicaSets, key),
            let selector = LabelSelector(workload: set["spec", "selector"])
        else { return .nothing }
        let claim = Claim(set, .pods, selector: selector, situation.cache)
        let active = claim.owned.filter(\.isActive)
        if situation.failure == nil {
            if !claim.actions.isEmpty { return Decision(claim.actions) }
            let steps = set.deletionTimestamp == nil ? scale(set, active) : []
            if !steps.isEmpty { return Decision(steps) }
        }
        return report(set, active, situation)
    }

    /// Creations or deletions that are due.
    func scale(_ set: KubernetesObject, _ active: [KubernetesObject]) -> [Action] {
        let missing = set.replicas - active.count
        if missing > 0 {
            var pod = PodTemplate.pod(set["spec", "template"] ?? [:], owner: set)
            pod["metadata", "generateName"] = .string(set.name + "-")
            return Array(repeating: .create(.pods, pod, .podCreated(set)), count: min(missing, Self.burst))
        }
        return PodDeletionOrder.sorted(active).prefix(min(max(0, -missing), Self.burst))
            .map { .delete(.pods, $0, DeleteOptions(), .podDeleted(set)) }
    }

    private func report(_ set: KubernetesObject, _ active: [KubernetesObject], _ situation: Situation) -> Decision {
        let minReadySeconds = max(0, set.int("spec", "minReadySeconds") ?? 0)
        let template = set["spec", "template", "metadata", "labels"]?.strings ?? [:]
        let templateLabels = LabelSelector(labels: template)
        var status = set["status"] ?? [:]
        status["replicas"] = .integer(Int64(active.count))
        status.setCount("fullyLabeledReplicas", active.count { templateLabels.matches($0.labels) })
        status.setCount("readyReplicas", active.count(where: \.isReady))
        let now = situation.now
        status.setCount(
            "availableReplicas",
            active.count { $0.isAvailable(minReadySeconds: minReadySeconds, now: now) }
        )
        status["observedGeneration"] = .integer(set.generation)
        var conditions = Conditions(set)
        if let failure = situation.failure {
            let failed = Condition(
                type: "ReplicaFailure",
                status: .true,
                reason: active.count < set.replicas ? "FailedCreate" : "FailedDelete",
                message: failure.message
            )
            conditions.set(failed, now: now)
        } else {
            conditions.remove("ReplicaFailure")
        }
        status["conditions"] = conditions.json
        var decision = Decision([Action.status(set, .replicaSets, status)].compactMap { $0 })
        let waits = active.compactMap { $0.secondsToAvailable(minReadySeconds: minReadySeconds, now: now) }
        if let wait = waits.filter({ $0 > 0 }).min() { decision.again(after: wait) }
        return decision
    }
}
