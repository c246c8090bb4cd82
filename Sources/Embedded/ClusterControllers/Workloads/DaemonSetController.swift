import KubernetesAPI

/// Keeps one pod of a DaemonSet on every node that may run it.
struct DaemonSetController: Controller {
    let name = "daemonset-controller"
    let types: Set<ResourceType> = [.daemonSets, .pods, .nodes, .controllerRevisions]

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        switch change.type {
        case .daemonSets: return change.new.map { [$0.objectName] } ?? []
        case .pods, .controllerRevisions: return situation.cache.owners(.daemonSets, of: change)
        case .nodes:
            if let old = change.old, let new = change.new, old.labels == new.labels { return [] }
            return situation.cache.objects(.daemonSets).map(\.objectName)
        default: return []
        }
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        guard let set = situation.cache.object(.daemonSets, key),
            let selector = LabelSelector(workload: set["spec", "selector"])
        else { return .nothing }
        let claim = Claim(set, .pods, selector: selector, situation.cache)
        let history = RevisionHistory(set, situation.cache)
        let eligible = situation.cache.objects(.nodes).filter {
            !$0.isTerminating
                && NodeSelection.refusal(set["spec", "template", "spec"], $0, ignoringCordon: true) == nil
        }
        if situation.failure == nil, set.deletionTimestamp == nil {
            if !claim.actions.isEmpty { return Decision(claim.actions) }
            let revisions = history.update(.daemonSets, situation.cache)
            if !revisions.isEmpty { return Decision(warnings(set) + revisions) }
            let steps = self.steps(set, claim.owned, eligible, history, situation.now)
            if !steps.isEmpty { return Decision(steps) }
        }
        return report(set, claim.owned, eligible, history, situation)
    }

    /// Said with every new template, so that it is seen and not repeated.
    private func warnings(_ set: KubernetesObject) -> [Action] {
        let surge = CountOrShare(set["spec", "updateStrategy", "rollingUpdate", "maxSurge"])
        guard let surge, surge.resolved(of: 100, .up) > 0 else { return [] }
        let text = "This cluster does not act on maxSurge: the old pod goes before the new one comes"
        return [.record(EventNote(set, .warning, reason: "FieldNotSupported", text))]
    }

    private func steps(
        _ set: KubernetesObject,
        _ pods: [KubernetesObject],
        _ eligible: [KubernetesObject],
        _ history: RevisionHistory,
        _ now: Timestamp
    ) -> [Action] {
        var actions: [Action] = []
        let hash = history.current?.labels[RevisionHistory.hashLabel] ?? ""
        let names = Set(eligible.map(\.name))
        for pod in pods where !pod.isTerminating {
            let node = pod.string("spec", "nodeName") ?? ""
            if pod.isFinished {
                let text = "Found failed daemon pod \(pod.objectName) on node \(node), will try to kill it"
                actions.append(.record(EventNote(set, .warning, reason: "FailedDaemonPod", text)))
                actions.append(.delete(.pods, pod, DeleteOptions(), .podDeleted(set)))
            } else if !node.isEmpty, !names.contains(node) {
                actions.append(.delete(.pods, pod, DeleteOptions(), .podDeleted(set)))
            }
        }
        for node in eligible {
            let present = pods.filter { $0.string("spec", "nodeName") == node.name && !$0.isFinished }
            if present.isEmpty, !pods.contains(where: { $0.isFinished && $0.string("spec", "nodeName") == node.name }) {
                actions.append(.create(.pods, pod(set, on: node, hash: hash), .podCreated(set)))
            }
            // The oldest stays.
            let extra = present.filter { !$0.isTerminating }.sorted { ($0.created, $0.name) < ($1.created, $1.name) }
            actions += extra.dropFirst().map { .delete(.pods, $0, DeleteOptions(), .podDeleted(set)) }
        }
        guard actions.isEmpty, set.string("spec", "updateStrategy", "type") != "OnDelete" else { return actions }
        return update(set, pods, eligible.count, hash, now)
    }

    /// Rolling update: pods of an old template go, as many as may be missing; those not available first.
    private func update(
        _ set: KubernetesObject,
        _ pods: [KubernetesObject],
        _ wanted: Int,
        _ hash: String,
        _ now: Timestamp
    ) -> [Action] {
        let minReadySeconds = max(0, set.int("spec", "minReadySeconds") ?? 0)
        let limit = CountOrShare(set["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]) ?? .count(1)
        let active = pods.filter(\.isActive)
        let available = active.filter { $0.isAvailable(minReadySeconds: minReadySeconds, now: now) }
        let old = active.filter { $0.labels[RevisionHistory.hashLabel] != hash }
        let missing = wanted - available.count
        let broken = old.filter { pod in !available.contains { $0.uid == pod.uid } }
        // `maxSurge` asks for a second pod on the node; here the old one goes first instead.
        let allowed = max(max(1, limit.resolved(of: wanted, .up)) - missing, 0)
        let healthy = old.filter { pod in available.contains { $0.uid == pod.uid } }.prefix(allowed)
        return (broken + healthy).map { .delete(.pods, $0, DeleteOptions(), .podDeleted(set)) }
    }

    private func pod(_ set: KubernetesObject, on node: KubernetesObject, hash: String) -> KubernetesObject {
        var pod = PodTemplate.pod(
            set["spec", "template"] ?? [:],
            owner: set,
            labels: [RevisionHistory.hashLabel: hash, "pod-template-generation": String(max(1, set.generation))]
        )
        pod["metadata", "generateName"] = .string(set.name + "-")
        pod["spec", "nodeName"] = .string(node.name)
        return pod
    }

    private func report(
        _ set: KubernetesObject,
        _ pods: [KubernetesObject],
        _ eligible: [KubernetesObject],
        _ history: RevisionHistory,
        _ situation: Situation
    ) -> Decision {
        let minReadySeconds = max(0, set.int("spec", "minReadySeconds") ?? 0)
        let hash = history.current?.labels[RevisionHistory.hashLabel]
        let names = Set(eligible.map(\.name))
        let active = pods.filter(\.isActive)
        let placed = active.filter { names.contains($0.string("spec", "nodeName") ?? "") }
        let available = placed.count { $0.isAvailable(minReadySeconds: minReadySeconds, now: situation.now) }
        var status = set["status"] ?? [:]
        status["currentNumberScheduled"] = .integer(Int64(placed.count))
        status["numberMisscheduled"] = .integer(Int64(active.count - placed.count))
        status["desiredNumberScheduled"] = .integer(Int64(eligible.count))
        status["numberReady"] = .integer(Int64(placed.count(where: \.isReady)))
        status.setCount("updatedNumberScheduled", placed.count { $0.labels[RevisionHistory.hashLabel] == hash })
        status.setCount("numberAvailable", available)
        status.setCount("numberUnavailable", max(0, eligible.count - available))
        status["observedGeneration"] = .integer(set.generation)
        var decision = Decision([Action.status(set, .daemonSets, status)].compactMap { $0 })
        if decision.actions.isEmpty, situation.failure == nil {
            let inUse = pods.compactMap { $0.labels[RevisionHistory.hashLabel] } + [hash ?? ""]
            decision.actions = history.cleanUp(inUse: Set(inUse))
        }
        let waits = active.compactMap { $0.secondsToAvailable(minReadySeconds: minReadySeconds, now: situation.now) }
        if let wait = waits.filter({ $0 > 0 }).min() { decision.again(after: wait) }
        return decision
    }
}
