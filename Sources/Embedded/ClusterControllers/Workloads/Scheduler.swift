import KubernetesAPI

/// Gives every pending pod its node: the first that may run it.
struct Scheduler: Controller {
    let name = "default-scheduler"
    let types: Set<ResourceType> = [.pods, .nodes]

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        if change.type == .pods { return change.new.map { isWaiting($0) ? [$0.objectName] : [] } ?? [] }
        guard change.type == .nodes, let node = change.new else { return [] }
        // Heartbeats change nothing that matters here.
        if let old = change.old, old["spec"] == node["spec"], old.labels == node.labels { return [] }
        return situation.cache.objects(.pods).filter(isWaiting).map(\.objectName)
    }

    private func isWaiting(_ pod: KubernetesObject) -> Bool {
        (pod.string("spec", "nodeName") ?? "").isEmpty && pod.isActive
            && pod.string("spec", "schedulerName").map { $0.isEmpty || $0 == name } ?? true
            && pod["spec", "schedulingGates"]?.array?.isEmpty ?? true
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        guard let pod = situation.cache.object(.pods, key), isWaiting(pod) else { return .nothing }
        var refusals: [NodeSelection.Refusal: Int] = [:]
        let nodes = situation.cache.objects(.nodes).filter { !$0.isTerminating }
        for node in nodes {
            guard let refusal = NodeSelection.refusal(pod["spec"], node) else {
                return bind(pod, node, now: situation.now)
            }
            refusals[refusal, default: 0] += 1
        }
        let reasons = refusals.map { "\($0.value) \($0.key.text)" }.sorted().joined(separator: ", ")
        let text =
            nodes.isEmpty
            ? "no nodes available to schedule pods" : "0/\(nodes.count) nodes are available: \(reasons)."
        let condition = Condition(type: "PodScheduled", status: .false, reason: "Unschedulable", message: text)
        let actions = scheduled(pod, condition, now: situation.now)
        // Told once with the condition, not with every look.
        let note = EventNote(pod, .warning, reason: "FailedScheduling", text)
        return Decision(actions.isEmpty ? [] : actions + [.record(note)])
    }

    private func bind(_ pod: KubernetesObject, _ node: KubernetesObject, now: Timestamp) -> Decision {
        // The condition first: once the pod has a node its status is the node's to write.
        let condition = Condition(type: "PodScheduled", status: .true, reason: "", message: "")
        let text = "Successfully assigned \(pod.objectName) to \(node.name)"
        return Decision(
            scheduled(pod, condition, now: now) + [
                .patch(
                    .pods,
                    pod.objectName,
                    ["metadata": ["uid": .string(pod.uid)], "spec": ["nodeName": .string(node.name)]],
                    nil
                ),
                .record(EventNote(pod, reason: "Scheduled", text)),
            ] + warnings(pod)
        )
    }

    /// With one node, rules about other pods cannot be kept by choosing another.
    private func warnings(_ pod: KubernetesObject) -> [Action] {
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        let ignored = ["podAffinity", "podAntiAffinity"].filter { rule in
            pod["spec", "affinity", rule, required]?.array?.isEmpty == false
        }
        guard !ignored.isEmpty else { return [] }
        let text = "This cluster does not act on \(ignored.map { "spec.affinity." + $0 }.joined(separator: ", "))"
        return [.record(EventNote(pod, .warning, reason: "FieldNotSupported", text))]
    }

    private func scheduled(_ pod: KubernetesObject, _ condition: Condition, now: Timestamp) -> [Action] {
        var conditions = Conditions(pod)
        conditions.set(condition, now: now)
        var status = pod["status"] ?? [:]
        status["conditions"] = conditions.json
        return [Action.status(pod, .pods, status)].compactMap { $0 }
    }
}
