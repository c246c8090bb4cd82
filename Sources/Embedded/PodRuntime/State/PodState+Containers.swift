import KubernetesAPI

extension PodState {
    /// Events of one container; those of an earlier launch change nothing.
    mutating func receiveOfContainer(_ event: PodEvent, _ now: Timestamp, _ actions: inout [PodAction]) {
        switch event {
        case .launched(let name, let attempt):
            guard self[name].attempt == attempt else { return }
            launched(name, now)
        case .started(let name, let attempt):
            guard self[name].attempt == attempt, self[name].isAlive, self[name].activity == .starting else { return }
            started(name)
        case .notLaunched(let name, let attempt, let reason, let message, let isFinal):
            guard self[name].attempt == attempt, self[name].activity == .starting else { return }
            notLaunched(name, reason, message, isFinal, now, &actions)
        case .hookFailed(let name, let attempt, let message):
            guard self[name].attempt == attempt, self[name].isAlive else { return }
            started(name)
            let text = "PostStartHook failed: \(message)"
            actions.append(.event(isWarning: true, reason: "FailedPostStartHook", message: text, container: name))
            stop(name, grace: plan.gracePeriod, "FailedPostStartHook", &actions)
        case .exited(let name, let attempt, let code, let signal, let isOutOfMemory, let message):
            guard self[name].attempt == attempt, self[name].isAlive else { return }
            let exitCode = signal == 0 ? code : 128 &+ signal
            let reason = isOutOfMemory ? "OOMKilled" : (exitCode == 0 ? "Completed" : "Error")
            let termination = Termination(
                exitCode: exitCode,
                signal: signal,
                reason: reason,
                message: message,
                startedAt: self[name].startedAt,
                finishedAt: now
            )
            ended(name, termination, &actions)
        case .probed(let name, let attempt, let kind, let verdict):
            guard self[name].attempt == attempt, self[name].isAlive, !self[name].isStopping || kind == .readiness
            else { return }
            probed(name, kind, verdict, &actions)
        default: break
        }
    }

    private mutating func launched(_ name: String, _ now: Timestamp) {
        change(name) { state in
            // A container that never ran before this runtime restarted has nothing to count.
            if let termination = state.termination {
                state.lastTermination = termination
                state.restartCount &+= 1
            }
            state.termination = nil
            state.waitingReason = ""
            state.waitingMessage = ""
            state.startedAt = now
            state.isAlive = true
        }
    }

    private mutating func started(_ name: String) {
        let container = plan.container(name)
        change(name) { state in
            state.activity = .running
            state.isStarted = container?.startup == nil
            state.isReady = state.isStarted && container?.readiness == nil
        }
    }

    private mutating func probed(
        _ name: String,
        _ kind: ProbeKind,
        _ verdict: ProbeVerdict,
        _ actions: inout [PodAction]
    ) {
        let container = plan.container(name)
        switch (kind, verdict) {
        case (.startup, .passed):
            change(name) { state in
                state.isStarted = true
                state.isReady = container?.readiness == nil
            }
        case (.readiness, .passed):
            change(name) { $0.isReady = $0.isStarted }
        case (.readiness, .failed):
            change(name) { $0.isReady = false }
        case (.liveness, .passed): break
        case (.startup, .failed), (.liveness, .failed):
            let probe = kind == .startup ? container?.startup : container?.liveness
            let message = "Container \(name) failed \(kind.rawValue.lowercased()) probe, will be restarted"
            stop(name, grace: max(1, probe?.terminationGracePeriod ?? plan.gracePeriod), message, &actions)
        }
    }

    private mutating func notLaunched(
        _ name: String,
        _ reason: String,
        _ message: String,
        _ isFinal: Bool,
        _ now: Timestamp,
        _ actions: inout [PodAction]
    ) {
        if isFinal {
            let termination = Termination(
                exitCode: 128,
                reason: reason,
                message: message,
                startedAt: now,
                finishedAt: now
            )
            change(name) { state in
                if let former = state.termination {
                    state.lastTermination = former
                    state.restartCount &+= 1
                }
            }
            actions.append(.event(isWarning: true, reason: "Failed", message: "Error: \(message)", container: name))
            ended(name, termination, &actions)
            return
        }
        let isImage = reason == "ErrImagePull"
        let wasImage = ["ErrImagePull", "ImagePullBackOff"].contains(self[name].waitingReason)
        change(name) { state in
            state.activity = .backingOff
            state.waitingReason = isImage && wasImage ? "ImagePullBackOff" : reason
            state.waitingMessage = message
        }
        let text = isImage ? "Failed to pull image \"\(plan.container(name)?.image ?? "")\": \(message)" : message
        if isImage, wasImage {
            let again = "Back-off pulling image \"\(plan.container(name)?.image ?? "")\""
            actions.append(.event(isWarning: false, reason: "BackOff", message: again, container: name))
        } else {
            actions.append(.event(isWarning: true, reason: "Failed", message: text, container: name))
        }
        let retry = isImage ? rules.retryInterval : min(rules.retryInterval, 1)
        actions.append(.remind(.launchAgain(container: name), seconds: retry))
    }

    /// A process is gone: it is over, starts again at once, or waits for its back-off.
    private mutating func ended(_ name: String, _ termination: Termination, _ actions: inout [PodAction]) {
        change(name) { state in
            state.isAlive = false
            state.isReady = false
            state.isStarted = false
            state.isStopping = false
            state.termination = termination
        }
        guard !isEnding, let container = plan.container(name) else {
            change(name) { $0.activity = .finished }
            return
        }
        let startsAgain =
            switch (container.role, plan.restartPolicy) {
            case (.sidecar, _): !isOver
            case (.initialization, .never): false
            case (.initialization, _): !termination.isSuccess
            case (.main, .always): true
            case (.main, .onFailure): !termination.isSuccess
            case (.main, .never): false
            }
        guard startsAgain else {
            change(name) { $0.activity = .finished }
            return
        }
        let ran = Double(termination.finishedAt.seconds - (termination.startedAt ?? termination.finishedAt).seconds)
        let step = ran >= rules.backOffReset ? 0 : self[name].backOffStep
        change(name) { $0.backOffStep = min(step + 1, 30) }
        guard step > 0 else {
            // The first restart waits for nothing, as in Kubernetes.
            change(name) { $0.activity = .idle }
            return
        }
        var delay = rules.backOff
        for _ in 1..<max(step, 2) where step > 1 && delay < rules.maximumBackOff { delay *= 2 }
        delay = min(delay, rules.maximumBackOff)
        let seconds = delay.rounded() == delay ? "\(Int64(delay))s" : "\(delay)s"
        let whole = "\(plan.name.name)_\(plan.name.namespace)(\(plan.uid))"
        let text = "back-off \(seconds) restarting failed container=\(name) pod=\(whole)"
        change(name) { state in
            state.activity = .backingOff
            state.waitingReason = "CrashLoopBackOff"
            state.waitingMessage = text
        }
        actions.append(
            .event(
                isWarning: true,
                reason: "BackOff",
                message:
                    "Back-off restarting failed container \(name) in pod \(whole)",
                container: name
            )
        )
        actions.append(.remind(.launchAgain(container: name), seconds: delay))
    }
}
