import KubernetesAPI

extension Rollout {
    private static let progressing = "Progressing"

    private enum Reason {
        static let available = "NewReplicaSetAvailable"
        static let updated = "ReplicaSetUpdated"
        static let timedOut = "ProgressDeadlineExceeded"
        static let paused = "DeploymentPaused"
        static let resumed = "DeploymentResumed"
        static let created = "NewReplicaSetCreated"
        static let found = "FoundNewReplicaSet"
    }

    /// `DeploymentPaused` or `DeploymentResumed`, when that has just happened: the deadline stands still meanwhile.
    var pauseCondition: Condition? {
        guard deployment.progressDeadlineSeconds != nil else { return nil }
        let present = Conditions(deployment.object)[Self.progressing]
        if present?.reason == Reason.timedOut { return nil }
        let isMarked = present?.reason == Reason.paused
        if deployment.isPaused, !isMarked {
            return Condition(
                type: Self.progressing,
                status: .unknown,
                reason: Reason.paused,
                message: "Deployment is paused"
            )
        }
        if !deployment.isPaused, isMarked {
            return Condition(
                type: Self.progressing,
                status: .unknown,
                reason: Reason.resumed,
                message: "Deployment is resumed"
            )
        }
        return nil
    }

    /// `status` as it should be.
    func status(_ situation: Situation) -> JSONValue {
        let object = deployment.object
        var status = object["status"] ?? [:]
        let pods = all.reduce(0) { $0 + $1.counted("replicas") }
        let available = availablePods
        status["observedGeneration"] = .integer(object.generation)
        status.setCount("replicas", pods)
        status.setCount("updatedReplicas", new?.counted("replicas") ?? 0)
        status.setCount("readyReplicas", all.reduce(0) { $0 + $1.counted("readyReplicas") })
        status.setCount("availableReplicas", available)
        status.setCount("unavailableReplicas", max(0, wantedPods - available))
        var conditions = Conditions(object, withUpdateTimes: true)
        let isAvailable = available >= deployment.replicas - deployment.maxUnavailable
        conditions.set(
            Condition(
                type: "Available",
                status: isAvailable ? .true : .false,
                reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                message: isAvailable
                    ? "Deployment has minimum availability." : "Deployment does not have minimum availability."
            ),
            now: situation.now
        )
        // What a pause says must stand until it ends.
        if !deployment.isPaused { setProgress(&conditions, status, situation) }
        setFailure(&conditions, situation)
        status["conditions"] = conditions.json
        return status
    }

    /// All pods are of the new template, available, and no other is left.
    func isComplete(_ status: JSONValue) -> Bool {
        func count(_ name: String) -> Int { KubernetesObject.int(status[name]) ?? 0 }
        return ["updatedReplicas", "replicas", "availableReplicas"].allSatisfy { count($0) == deployment.replicas }
            && (status["observedGeneration"]?.integer ?? 0) >= deployment.object.generation
    }

    private func setProgress(_ conditions: inout Conditions, _ status: JSONValue, _ situation: Situation) {
        guard let deadline = deployment.progressDeadlineSeconds else {
            conditions.remove(Self.progressing)
            return
        }
        let present = conditions[Self.progressing]
        func count(_ name: String) -> Int { KubernetesObject.int(status[name]) ?? 0 }
        if count("replicas") == count("updatedReplicas"), present?.reason == Reason.available { return }
        let subject = new.map { "ReplicaSet \"\($0.name)\"" } ?? "Deployment \"\(deployment.object.name)\""
        func set(_ status: Condition.Status, _ reason: String, _ text: String, always: Bool = false) {
            let condition = Condition(type: Self.progressing, status: status, reason: reason, message: text)
            conditions.set(condition, now: situation.now, always: always)
        }
        if isComplete(status) {
            set(.true, Reason.available, "\(subject) has successfully progressed.")
        } else if hasProgressed(count) {
            set(.true, Reason.updated, "\(subject) is progressing.", always: true)
        } else if let present {
            if isTimedOut(present, conditions, deadline, now: situation.now) {
                set(.false, Reason.timedOut, "\(subject) has timed out progressing.")
            }
        } else if let new {
            let isNew = situation.now.seconds(since: new.created) <= 1
            set(
                .true,
                isNew ? Reason.created : Reason.found,
                isNew ? "Created new replica set \"\(new.name)\"" : "Found new replica set \"\(new.name)\""
            )
        }
    }

    /// More new pods, fewer old ones, or more that are ready or available than last reported.
    private func hasProgressed(_ count: (String) -> Int) -> Bool {
        let before = deployment.object
        let oldPods = before.counted("replicas") - before.counted("updatedReplicas")
        return count("updatedReplicas") > before.counted("updatedReplicas")
            || count("replicas") - count("updatedReplicas") < oldPods
            || count("readyReplicas") > before.counted("readyReplicas")
            || count("availableReplicas") > before.counted("availableReplicas")
    }

    private func isTimedOut(_ present: Condition, _ conditions: Conditions, _ deadline: Int, now: Timestamp) -> Bool {
        switch present.reason {
        case Reason.available, Reason.paused: return false
        case Reason.timedOut: return true
        default:
            guard let since = conditions.lastUpdate(Self.progressing) else { return false }
            return now.seconds(since: since) > Int64(deadline)
        }
    }

    /// When to look whether the deadline has passed; nil when it does not run.
    func secondsToDeadline(_ status: JSONValue, now: Timestamp) -> Int64? {
        guard let deadline = deployment.progressDeadlineSeconds, !isComplete(status), !deployment.isPaused else {
            return nil
        }
        var reported = deployment.object
        reported["status"] = status
        let conditions = Conditions(reported)
        guard let present = conditions[Self.progressing], let since = conditions.lastUpdate(Self.progressing),
            present.reason != Reason.timedOut, present.reason != Reason.available
        else { return nil }
        return Int64(deadline) - now.seconds(since: since) + 1
    }

    /// The first ReplicaSet that cannot create its pods speaks for the Deployment.
    private func setFailure(_ conditions: inout Conditions, _ situation: Situation) {
        if let failure = situation.failure, new == nil {
            let text = "Failed to create new replica set: \(failure.message)"
            let failed = Condition(
                type: Self.progressing,
                status: .false,
                reason: "ReplicaSetCreateError",
                message: text
            )
            conditions.set(failed, now: situation.now)
        }
        let failures = ((new.map { [$0] } ?? []) + old).compactMap { Conditions($0)["ReplicaFailure"] }
        if let failure = failures.first {
            conditions.set(failure, now: situation.now)
        } else {
            conditions.remove("ReplicaFailure")
        }
    }
}
