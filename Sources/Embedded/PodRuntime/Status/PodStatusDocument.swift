import KubernetesAPI

/// Writes a pod's `status` from its state.
struct PodStatusDocument {
    var plan: PodPlan
    var state: PodState
    var hostAddress: String
    var now: Timestamp
    /// The status that the API holds: transition times and conditions of others are kept.
    var previous: JSONValue?
    /// `spec` of the pod, for its quality of service.
    var spec: JSONValue?
    /// Of two documents about a pod the one with the greater number is the newer.
    var version = 0

    var json: JSONValue {
        var json: JSONValue = [
            "phase": .string(phase), "hostIP": .string(hostAddress), "hostIPs": [["ip": .string(hostAddress)]],
            "startTime": state.startTime.json, "qosClass": .string(QualityOfService.of(spec).rawValue),
            "conditions": .array(conditions),
            "containerStatuses": .array(plan.containers.filter { $0.role == .main }.map(containerStatus)),
        ]
        let inits = plan.containers.filter { $0.role != .main }
        if !inits.isEmpty { json["initContainerStatuses"] = .array(inits.map(containerStatus)) }
        if let address = state.address {
            json["podIP"] = .string(address)
            json["podIPs"] = [["ip": .string(address)]]
        }
        if let failure = state.failure {
            json["reason"] = .string(failure.reason)
            json["message"] = .string(failure.message)
        }
        return json
    }

    var phase: String {
        let mains = plan.containers.filter { $0.role == .main }.map { state[$0.name] }
        let isQuiet = !plan.containers.contains { state[$0.name].isAlive }
        if state.isOver || state.isEnding, isQuiet {
            let isSuccess =
                state.failure == nil && !hasFailedInit && mains.allSatisfy { $0.termination?.isSuccess ?? false }
            if isSuccess { return "Succeeded" }
            if state.isOver || mains.contains(where: { $0.termination != nil }) { return "Failed" }
        }
        let hasRun = mains.allSatisfy { $0.isAlive || $0.termination != nil || $0.lastTermination != nil }
        return hasRun && isInitialized && !mains.isEmpty ? "Running" : "Pending"
    }

    private var hasFailedInit: Bool {
        plan.containers.contains { container in
            let state = state[container.name]
            return container.role == .initialization && state.activity == .finished
                && state.termination?.isSuccess == false
        }
    }

    private var isInitialized: Bool {
        plan.containers.allSatisfy { container in
            let state = state[container.name]
            return switch container.role {
            case .main: true
            case .initialization: state.termination?.isSuccess == true && !state.isAlive
            case .sidecar: state.isStarted || state.isAlive && hasStartedMains
            }
        } || (state.isOver && !hasFailedInit)
    }

    private var hasStartedMains: Bool { plan.containers.contains { $0.role == .main && state[$0.name].attempt > 0 } }

    // MARK: - conditions

    private var conditions: [JSONValue] {
        let unready = plan.containers.filter { $0.role != .initialization && !state[$0.name].isReady }.map(\.name)
        let isComplete = phase == "Succeeded"
        let isReady = unready.isEmpty && state.isPrepared && isInitialized && phase == "Running"
        let why = isComplete ? "PodCompleted" : (phase == "Failed" ? "PodFailed" : "ContainersNotReady")
        let message = isComplete ? "" : "containers with unready status: [\(unready.joined(separator: " "))]"
        let gates = plan.readinessGates.allSatisfy { gate in
            previous?["conditions"]?.array?.contains { $0["type"]?.string == gate && $0["status"]?.string == "True" }
                ?? false
        }
        let waiting = plan.containers.filter {
            $0.role == .initialization && state[$0.name].termination?.isSuccess != true
        }
        var conditions = [
            condition("PodReadyToStartContainers", state.isPrepared && !(state.isOver && !isReady && isComplete)),
            condition(
                "Initialized",
                isInitialized,
                isInitialized ? (isComplete ? why : "") : "ContainersNotInitialized",
                isInitialized
                    ? "" : "containers with incomplete status: [\(waiting.map(\.name).joined(separator: " "))]"
            ),
            condition(
                "Ready",
                isReady && gates,
                isReady ? (gates ? "" : "ReadinessGatesNotReady") : why,
                isReady ? "" : message
            ),
            condition("ContainersReady", isReady, isReady ? "" : why, isReady ? "" : message),
            condition("PodScheduled", true),
        ]
        let own = Set(conditions.compactMap { $0["type"]?.string })
        conditions += (previous?["conditions"]?.array ?? []).filter { !own.contains($0["type"]?.string ?? "") }
        return conditions
    }

    private func condition(
        _ type: String,
        _ isTrue: Bool,
        _ reason: String = "",
        _ message: String = ""
    ) -> JSONValue {
        let status = isTrue ? "True" : "False"
        let former = previous?["conditions"]?.array?.first { $0["type"]?.string == type }
        let since = former?["status"]?.string == status ? former?["lastTransitionTime"]?.string : nil
        var json: JSONValue = [
            "type": .string(type), "status": .string(status),
            "lastTransitionTime": .string(since ?? now.description),
        ]
        if !reason.isEmpty { json["reason"] = .string(reason) }
        if !message.isEmpty { json["message"] = .string(message) }
        return json
    }

    // MARK: - containers

    private func containerStatus(_ container: ContainerPlan) -> JSONValue {
        let state = state[container.name]
        var json: JSONValue = [
            "name": .string(container.name), "image": .string(container.image),
            "imageID": .string(state.attempt > 0 && state.startedAt != nil ? "martlet://\(container.image)" : ""),
            "restartCount": .integer(state.restartCount),
            "ready": .bool(container.role == .initialization ? state.termination?.isSuccess == true : state.isReady),
            "started": .bool(state.isStarted),
        ]
        if state.attempt > 0 {
            json["containerID"] = .string("martlet://\(plan.uid)/\(container.name)/\(state.restartCount)")
        }
        var last = state.lastTermination
        if state.isAlive {
            json["state"] = ["running": ["startedAt": (state.startedAt ?? now).json]]
        } else if state.activity != .backingOff, let termination = state.termination {
            json["state"] = ["terminated": Self.terminated(termination, id: json["containerID"])]
        } else {
            last = state.termination ?? last
            json["state"] = ["waiting": waiting(container, state)]
        }
        json["lastState"] = last.map { ["terminated": Self.terminated($0, id: nil)] } ?? [:]
        return json
    }

    private func waiting(_ container: ContainerPlan, _ state: ContainerState) -> JSONValue {
        var reason = state.waitingReason
        if reason == "ContainerCreating", container.role == .main, !isInitialized { reason = "PodInitializing" }
        var json: JSONValue = ["reason": .string(reason.isEmpty ? "ContainerCreating" : reason)]
        if !state.waitingMessage.isEmpty { json["message"] = .string(state.waitingMessage) }
        return json
    }

    private static func terminated(_ termination: Termination, id: JSONValue?) -> JSONValue {
        var json: JSONValue = [
            "exitCode": .integer(Int64(termination.exitCode)), "reason": .string(termination.reason),
            "finishedAt": termination.finishedAt.json,
        ]
        if let started = termination.startedAt { json["startedAt"] = started.json }
        if termination.signal != 0 { json["signal"] = .integer(Int64(termination.signal)) }
        if !termination.message.isEmpty { json["message"] = .string(termination.message) }
        if let id { json["containerID"] = id }
        return json
    }
}
