import KubernetesAPI

/// Moves a Deployment's pods from the ReplicaSets of old templates to that of the present one.
struct DeploymentController: Controller {
    let name = "deployment-controller"
    let types: Set<ResourceType> = [.deployments, .replicaSets, .pods]

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        switch change.type {
        case .deployments: return change.new.map { [$0.objectName] } ?? []
        case .replicaSets: return situation.cache.owners(.deployments, of: change)
        case .pods:
            // Only Recreate looks at pods: it waits for the last of them to be gone.
            guard let pod = change.object, change.new.map({ !$0.isActive }) ?? true, let set = pod.controller,
                set.kind == ResourceType.replicaSets.kind
            else { return [] }
            let name = ObjectName(namespace: pod.namespace, name: set.name)
            guard let owner = situation.cache.object(.replicaSets, name)?.controller else { return [] }
            let key = ObjectName(namespace: pod.namespace, name: owner.name)
            guard let deployment = situation.cache.object(.deployments, key), Deployment(deployment).isRecreate else {
                return []
            }
            return [key]
        default: return []
        }
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        guard let object = situation.cache.object(.deployments, key) else { return .nothing }
        let deployment = Deployment(object)
        guard let selector = LabelSelector(workload: object["spec", "selector"]) else {
            let note = EventNote(
                object,
                .warning,
                reason: "SelectingAll",
                "This deployment is selecting all pods. A non-empty selector is required."
            )
            return Decision([.record(note)])
        }
        let claim = Claim(object, .replicaSets, selector: selector, situation.cache)
        let rollout = Rollout(deployment, claim.owned)
        if situation.failure != nil { return report(rollout, situation) }
        if !claim.actions.isEmpty { return Decision(claim.actions) }
        if object.deletionTimestamp != nil { return report(rollout, situation) }
        let steps = self.steps(rollout, situation)
        return steps.isEmpty ? report(rollout, situation) : Decision(steps)
    }

    /// What moves the Deployment on; nothing when there is only to report and to wait.
    private func steps(_ rollout: Rollout, _ situation: Situation) -> [Action] {
        let deployment = rollout.deployment
        if let condition = rollout.pauseCondition {
            return setCondition(condition, rollout, now: situation.now)
        }
        let marks = rollout.revisionSteps()
        if !marks.isEmpty { return marks }
        if deployment.isPaused || rollout.wasResized {
            let scaling = rollout.proportionalSteps()
            return scaling.isEmpty && deployment.isPaused ? rollout.cleanUp() : scaling
        }
        if deployment.isRecreate {
            let down = rollout.old.flatMap { $0.replicas > 0 ? rollout.scale($0, to: 0) : [] }
            if !down.isEmpty { return down }
            if rollout.new?.replicas != deployment.replicas, hasOldPods(rollout, situation.cache) { return [] }
        }
        guard let new = rollout.new else { return rollout.createNew(situation.cache) }
        let up = deployment.isRecreate ? rollout.scale(new, to: deployment.replicas) : rollout.rollNew()
        if !up.isEmpty { return up }
        let down = deployment.isRecreate ? [] : rollout.rollOld()
        if !down.isEmpty { return down }
        return rollout.isComplete(rollout.status(situation)) ? rollout.cleanUp() : []
    }

    private func hasOldPods(_ rollout: Rollout, _ cache: ObjectCache) -> Bool {
        rollout.old.contains { set in cache.objects(.pods, ownedBy: set.uid).contains { !$0.isFinished } }
    }

    private func setCondition(_ condition: Condition, _ rollout: Rollout, now: Timestamp) -> [Action] {
        let object = rollout.deployment.object
        var conditions = Conditions(object, withUpdateTimes: true)
        conditions.set(condition, now: now)
        var status = object["status"] ?? [:]
        status["conditions"] = conditions.json
        return [Action.status(object, .deployments, status)].compactMap { $0 }
    }

    private func report(_ rollout: Rollout, _ situation: Situation) -> Decision {
        let object = rollout.deployment.object
        let status = rollout.status(situation)
        var decision = Decision([Action.status(object, .deployments, status)].compactMap { $0 })
        if let seconds = rollout.secondsToDeadline(status, now: situation.now) { decision.again(after: seconds) }
        return decision
    }
}
