import KubernetesAPI

/// Keeps a StatefulSet's pods: one per ordinal, with a name that stays, made, removed and updated in order.
struct StatefulSetController: Controller {
    let name = "statefulset-controller"
    let types: Set<ResourceType> = [.statefulSets, .pods, .controllerRevisions]

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        switch change.type {
        case .statefulSets: change.new.map { [$0.objectName] } ?? []
        case .pods, .controllerRevisions: situation.cache.owners(.statefulSets, of: change)
        default: []
        }
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        guard let object = situation.cache.object(.statefulSets, key),
            let selector = LabelSelector(workload: object["spec", "selector"])
        else { return .nothing }
        let claim = Claim(object, .pods, selector: selector, situation.cache)
        let set = StatefulSet(object, pods: claim.owned, situation.cache)
        if situation.failure == nil, object.deletionTimestamp == nil {
            if !claim.actions.isEmpty { return Decision(claim.actions) }
            let revisions = set.history.update(.statefulSets, situation.cache)
            if !revisions.isEmpty { return Decision(warnings(set) + revisions) }
            let steps = self.steps(set, situation)
            if !steps.isEmpty { return Decision(steps) }
        }
        return report(set, situation)
    }

    /// Said with every new template, so that it is seen and not repeated.
    private func warnings(_ set: StatefulSet) -> [Action] {
        let claims = set.object["spec", "volumeClaimTemplates"]?.array ?? []
        guard !claims.isEmpty else { return [] }
        let text =
            "This cluster has no persistent volumes: each of volumeClaimTemplates is an emptyDir that ends with its pod"
        return [.record(EventNote(set.object, .warning, reason: "VolumeClaimTemplatesNotSupported", text))]
    }

    /// What is to be done to the pods now; in order, one after the other, unless the policy is `Parallel`.
    func steps(_ set: StatefulSet, _ situation: Situation) -> [Action] {
        var actions: [Action] = []
        func isHealthy(_ pod: KubernetesObject) -> Bool {
            pod.phase == "Running" && !pod.isTerminating
                && pod.isAvailable(minReadySeconds: set.minReadySeconds, now: situation.now)
        }
        for ordinal in set.ordinals {
            guard let pod = set.pods[ordinal] else {
                guard let pod = set.newPod(ordinal) else { return actions }
                actions.append(.create(.pods, pod, created(set.object)))
                if set.isOrdered { return actions }
                continue
            }
            if pod.isFinished, !pod.isTerminating {
                let text = "StatefulSet \(set.object.objectName) is recreating failed Pod \(pod.name)"
                actions.append(
                    .record(EventNote(set.object, .warning, reason: "RecreatingFailedPod", text))
                )
                actions.append(.delete(.pods, pod, DeleteOptions(), deleted(set.object)))
                if set.isOrdered { return actions }
                continue
            }
            if set.isOrdered, !isHealthy(pod) { return actions }
        }
        let firstUnhealthy = set.condemned.last { !isHealthy($0) }
        for pod in set.condemned {
            if pod.isTerminating {
                if set.isOrdered { return actions }
                continue
            }
            if set.isOrdered, !isHealthy(pod), pod.uid != firstUnhealthy?.uid { return actions }
            actions.append(.delete(.pods, pod, DeleteOptions(), deleted(set.object)))
            if set.isOrdered { return actions }
        }
        guard actions.isEmpty, !set.isOnDelete else { return actions }
        return update(set, isHealthy)
    }

    /// Rolling update: the highest ordinal of an old revision goes once all above it are healthy.
    private func update(_ set: StatefulSet, _ isHealthy: (KubernetesObject) -> Bool) -> [Action] {
        guard let revision = set.updateRevision else { return [] }
        for ordinal in set.ordinals.reversed() where ordinal >= set.first + set.partition {
            guard let pod = set.pods[ordinal] else { return [] }
            if !set.isOfRevision(pod, revision), !pod.isTerminating {
                return [.delete(.pods, pod, DeleteOptions(), deleted(set.object))]
            }
            if !isHealthy(pod) { return [] }
        }
        return []
    }

    private func report(_ set: StatefulSet, _ situation: Situation) -> Decision {
        let status = set.status(situation)
        var decision = Decision([Action.status(set.object, .statefulSets, status)].compactMap { $0 })
        if decision.actions.isEmpty, situation.failure == nil {
            let named = ["currentRevision", "updateRevision"].compactMap { status[$0]?.string }
            let inUse = set.all.compactMap { $0.labels[RevisionHistory.hashLabel] }
            decision.actions = set.history.cleanUp(inUse: Set(named + inUse))
        }
        let waits = set.all.compactMap {
            $0.secondsToAvailable(minReadySeconds: set.minReadySeconds, now: situation.now)
        }
        if let wait = waits.filter({ $0 > 0 }).min() { decision.again(after: wait) }
        return decision
    }

    private func created(_ set: KubernetesObject) -> Report {
        Report(
            about: set,
            successReason: "SuccessfulCreate",
            success: "create Pod {name} in StatefulSet \(set.name) successful",
            failureReason: "FailedCreate",
            failure: "create Pod {name} in StatefulSet \(set.name) failed error: {error}"
        )
    }

    private func deleted(_ set: KubernetesObject) -> Report {
        Report(
            about: set,
            successReason: "SuccessfulDelete",
            success: "delete Pod {name} in StatefulSet \(set.name) successful",
            failureReason: "FailedDelete",
            failure: "delete Pod {name} in StatefulSet \(set.name) failed error: {error}"
        )
    }
}
