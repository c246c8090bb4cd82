import KubernetesAPI

/// Runs a Job's pods until enough succeeded, too many failed or its time is up.
struct JobController: Controller {
    let name = "job-controller"
    let types: Set<ResourceType> = [.jobs, .pods]

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        switch change.type {
        case .jobs: change.new.map { [$0.objectName] } ?? []
        case .pods: situation.cache.owners(.jobs, of: change)
        default: []
        }
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        guard let object = situation.cache.object(.jobs, key), object.deletionTimestamp == nil else { return .nothing }
        let claim = Claim(object, .pods, selector: Job.selector(object), situation.cache)
        let job = Job(object: object, pods: claim.owned)
        let now = situation.now
        if job.isFinished { return expire(job, now: now) }
        if situation.failure != nil { return Decision([status(job, job.conditions, now)].compactMap { $0 }) }
        if !claim.actions.isEmpty { return Decision(claim.actions) }
        if let failed = job.failure(now: now) { return finish(job, failed, .warning, now) }
        if job.isComplete, !job.isSuspended {
            let text = "Reached expected number of succeeded pods"
            let complete = Condition(type: "Complete", status: .true, reason: "CompletionsReached", message: text)
            return finish(job, complete, .normal, now)
        }
        if let change = suspension(job, now) { return change }
        var decision = manage(job, now)
        if decision.actions.isEmpty, let report = status(job, job.conditions, now) { decision.actions = [report] }
        if !job.isSuspended, let left = job.secondsToDeadline(now: now) { decision.again(after: left) }
        return decision
    }

    /// Ends the Job: pods still at work go, then the condition says why.
    private func finish(
        _ job: Job,
        _ condition: Condition,
        _ severity: EventNote.Severity,
        _ now: Timestamp
    ) -> Decision {
        var conditions = job.conditions
        let isComplete = condition.type == "Complete"
        conditions.set(
            Condition(
                type: isComplete ? "SuccessCriteriaMet" : "FailureTarget",
                status: .true,
                reason: condition.reason,
                message: condition.message
            ),
            now: now
        )
        conditions.set(condition, now: now)
        var actions = remove(job.active, job)
        if let report = status(job, conditions, now, ended: true) { actions.append(report) }
        let reason = isComplete ? "Completed" : condition.reason
        let text = isComplete ? "Job completed" : condition.message
        actions.append(.record(EventNote(job.object, severity, reason: reason, text)))
        return Decision(actions)
    }

    /// `ttlSecondsAfterFinished`.
    private func expire(_ job: Job, now: Timestamp) -> Decision {
        guard let lifetime = job.object.int("spec", "ttlSecondsAfterFinished") else { return .nothing }
        let type = job.conditions.isTrue("Complete") ? "Complete" : "Failed"
        guard let finished = job.conditions.lastTransition(type) else { return .nothing }
        let left = Int64(lifetime) - now.seconds(since: finished)
        if left > 0 { return Decision(again: left) }
        return Decision([.delete(.jobs, job.object, DeleteOptions(propagation: .background), nil)])
    }

    /// The first look at a Job, and each change of `suspend`.
    private func suspension(_ job: Job, _ now: Timestamp) -> Decision? {
        var conditions = job.conditions
        let wasSuspended = conditions.isTrue("Suspended")
        guard wasSuspended != job.isSuspended || (!job.isSuspended && job.startTime == nil) else { return nil }
        var actions = wasSuspended ? [] : warnings(job)
        if job.isSuspended || wasSuspended {
            let reason = job.isSuspended ? "JobSuspended" : "JobResumed"
            let text = job.isSuspended ? "Job suspended" : "Job resumed"
            conditions.set(
                Condition(
                    type: "Suspended",
                    status: job.isSuspended ? .true : .false,
                    reason: reason,
                    message: text
                ),
                now: now
            )
            actions.append(.record(EventNote(job.object, reason: job.isSuspended ? "Suspended" : "Resumed", text)))
        }
        var resumed = job
        resumed.object["status", "startTime"] = job.isSuspended ? nil : .string(now.description)
        if let report = status(resumed, conditions, now, before: job.object) { actions.append(report) }
        return Decision(actions)
    }

    private func warnings(_ job: Job) -> [Action] {
        let ignored = ["podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "maxFailedIndexes"]
            .filter { job.object["spec", $0] != nil }
        guard !ignored.isEmpty else { return [] }
        let text = "This cluster does not act on \(ignored.map { "spec." + $0 }.joined(separator: ", "))"
        return [.record(EventNote(job.object, .warning, reason: "FieldNotSupported", text))]
    }

    private func manage(_ job: Job, _ now: Timestamp) -> Decision {
        let excess = job.active.count - job.wanted
        if excess > 0 { return Decision(remove(Array(PodDeletionOrder.sorted(job.active).prefix(excess)), job)) }
        var missing = -excess
        if job.object.string("spec", "podReplacementPolicy") == "Failed" {
            missing = max(0, missing - job.terminating.count)
        }
        guard missing > 0 else { return .nothing }
        let wait = job.secondsToRetry(now: now)
        if wait > 0 { return Decision(again: wait) }
        missing = min(missing, ReplicaSetController.burst)
        let pods =
            job.isIndexed
            ? job.missingIndexes(missing).map { job.newPod(index: $0) }
            : Array(repeating: job.newPod(index: nil), count: missing)
        return Decision(pods.map { .create(.pods, $0, .podCreated(job.object)) })
    }

    private func remove(_ pods: [KubernetesObject], _ job: Job) -> [Action] {
        pods.map { .delete(.pods, $0, DeleteOptions(), .podDeleted(job.object)) }
    }

    private func status(
        _ job: Job,
        _ conditions: Conditions,
        _ now: Timestamp,
        ended: Bool = false,
        before: KubernetesObject? = nil
    ) -> Action? {
        var status = job.object["status"] ?? [:]
        status.setCount("active", ended ? 0 : job.active.count)
        status["ready"] = .integer(Int64(ended ? 0 : job.active.count(where: \.isReady)))
        status["terminating"] = .integer(Int64(job.terminating.count + (ended ? job.active.count : 0)))
        status.setCount("succeeded", job.succeeded)
        status.setCount("failed", job.failed)
        status["uncountedTerminatedPods"] = [:]
        if job.isIndexed { status["completedIndexes"] = .string(Job.text(job.succeededIndexes)) }
        if conditions.isTrue("Complete") { status["completionTime"] = .string(now.description) }
        status["conditions"] = conditions.json
        return .status(before ?? job.object, .jobs, status)
    }
}
