import KubernetesAPI

/// One pod's course of life as a state machine: events in, actions out. It does nothing itself and knows no clock.
struct PodState: Sendable {
    struct Rules: Sendable, Hashable {
        var backOff = 10.0
        var maximumBackOff = 300.0
        var backOffReset = 600.0
        var retryInterval = 10.0
    }

    let plan: PodPlan
    let rules: Rules
    /// By name; ``PodPlan/containers`` has their order.
    private(set) var containers: [String: ContainerState] = [:]
    private(set) var address: String?
    private(set) var startTime: Timestamp
    /// It has network and volumes.
    private(set) var isPrepared = false
    /// All containers are to end, for deletion or for its deadline.
    private(set) var isEnding = false
    private(set) var isDeleted = false
    /// Set when the runtime ended the pod: `status.reason` and `status.message`.
    private(set) var failure: Failure?
    private var isPreparing = false
    private var preparationFailures = 0
    private var isReleased = false
    private var isRemoved = false
    /// Seconds that are given to a pod that ends.
    private var grace: Int64 = 0

    struct Failure: Sendable, Hashable {
        var reason: String
        var message: String
    }

    /// `status` is what the API holds from an earlier run of this runtime, whose processes are all gone.
    init(plan: PodPlan, rules: Rules, status: JSONValue?, at now: Timestamp) {
        self.plan = plan
        self.rules = rules
        startTime = status?["startTime"]?.string.flatMap { Timestamp($0) } ?? now
        let before = PodStatusReader.containers(status)
        for container in plan.containers {
            var state = ContainerState()
            if container.role == .main { state.waitingReason = "ContainerCreating" }
            if let former = before[container.name] {
                Self.resume(&state, former, container, plan.restartPolicy, now)
            }
            containers[container.name] = state
        }
    }

    /// What a container is after its process vanished with the runtime.
    private static func resume(
        _ state: inout ContainerState,
        _ former: PodStatusReader.Container,
        _ container: ContainerPlan,
        _ policy: PodPlan.RestartPolicy,
        _ now: Timestamp
    ) {
        state.restartCount = former.restartCount
        state.lastTermination = former.lastTermination
        if let termination = former.termination {
            // It had ended by itself; what may not run again stays as it was.
            let isOver = policy == .never || (policy == .onFailure && termination.isSuccess)
            state.termination = termination
            if container.role == .main, isOver { state.activity = .finished }
        } else if former.isRunning {
            let vanished = Termination(
                exitCode: 137,
                reason: "ContainerStatusUnknown",
                message: "The container ended when the node's runtime did",
                startedAt: former.startedAt,
                finishedAt: now
            )
            state.termination = vanished
            if container.role == .main, policy == .never { state.activity = .finished }
        }
    }

    subscript(name: String) -> ContainerState { containers[name] ?? ContainerState() }

    /// Takes an event in and says what follows.
    mutating func apply(_ event: PodEvent, at now: Timestamp) -> [PodAction] {
        var actions: [PodAction] = []
        receive(event, now, &actions)
        advance(now, &actions)
        return actions
    }

    /// The actions that begin the pod's life.
    mutating func begin(at now: Timestamp) -> [PodAction] {
        var actions: [PodAction] = []
        if let deadline = plan.activeDeadline {
            let left = Double(startTime.seconds) + Double(deadline) - Double(now.seconds)
            actions.append(.remind(.activeDeadline, seconds: max(0, left)))
        }
        advance(now, &actions)
        return actions
    }

    /// Changes one container's state in place.
    mutating func change(_ name: String, _ body: (inout ContainerState) -> Void) {
        var state = self[name]
        body(&state)
        containers[name] = state
    }

    private mutating func receive(_ event: PodEvent, _ now: Timestamp, _ actions: inout [PodAction]) {
        switch event {
        case .prepared(let address):
            isPreparing = false
            isPrepared = true
            self.address = address
        case .notPrepared(let reason, let message):
            actions.append(.event(isWarning: true, reason: reason, message: message, container: nil))
            // Soon at first: what is missing is often just being created.
            let delay = min(rules.retryInterval, 0.5 * Double(1 << min(preparationFailures, 8)))
            preparationFailures += 1
            actions.append(.remind(.prepareAgain, seconds: delay))
        case .timer(.prepareAgain):
            isPreparing = false
        case .deleted(let seconds):
            let seconds = max(0, seconds)
            if isEnding, isDeleted, seconds >= grace { return }
            isDeleted = true
            end(grace: seconds, &actions)
        case .timer(.activeDeadline):
            guard !isEnding, !isOver else { return }
            let message = "Pod was active on the node longer than the specified deadline"
            failure = Failure(reason: "DeadlineExceeded", message: message)
            actions.append(.event(isWarning: true, reason: "DeadlineExceeded", message: message, container: nil))
            end(grace: plan.gracePeriod, &actions)
        case .timer(.graceOver):
            for container in plan.containers where self[container.name].isAlive {
                actions.append(.kill(container: container.name, attempt: self[container.name].attempt))
            }
        case .timer(.killContainer(let name, let attempt)):
            if self[name].isAlive, self[name].attempt == attempt {
                actions.append(.kill(container: name, attempt: attempt))
            }
        case .timer(.launchAgain(let name)):
            change(name) { if $0.activity == .backingOff { $0.activity = .idle } }
        case .launched, .started, .notLaunched, .hookFailed, .exited, .probed:
            receiveOfContainer(event, now, &actions)
        }
    }

    private mutating func end(grace seconds: Int64, _ actions: inout [PodAction]) {
        isEnding = true
        grace = seconds
        // Hook and SIGTERM of a pod without grace are left out, as Kubernetes does with --grace-period=0.
        actions.append(.remind(.graceOver, seconds: Double(seconds)))
    }

    /// The mains all ended for good, or an init container did without success.
    var isOver: Bool {
        if failure != nil { return true }
        let roles = plan.containers.map { ($0.role, self[$0.name]) }
        if roles.contains(where: {
            $0.0 == .initialization && $0.1.activity == .finished && $0.1.termination?.isSuccess == false
        }) {
            return true
        }
        let mains = roles.filter { $0.0 == .main }
        return !mains.isEmpty && mains.allSatisfy { $0.1.activity == .finished }
    }

    // MARK: - what comes next

    private mutating func advance(_ now: Timestamp, _ actions: inout [PodAction]) {
        if isRemoved { return }
        if isEnding || isOver { return windDown(&actions) }
        guard isPrepared else {
            if !isPreparing {
                isPreparing = true
                actions.append(.prepare)
            }
            return
        }
        for container in plan.containers {
            let state = self[container.name]
            switch container.role {
            case .initialization:
                // Once a main container runs, init containers are history.
                if state.activity == .finished { continue }
                launchIfIdle(container.name, &actions)
                return
            case .sidecar:
                launchIfIdle(container.name, &actions)
                if !self[container.name].isStarted, !hasStartedMains { return }
            case .main:
                launchIfIdle(container.name, &actions)
                // The next one waits for this one's postStart hook; so do an application and its proxy.
                if self[container.name].activity == .starting { return }
            }
        }
    }

    private var hasStartedMains: Bool {
        plan.containers.contains { $0.role == .main && self[$0.name].attempt > 0 }
    }

    private mutating func launchIfIdle(_ name: String, _ actions: inout [PodAction]) {
        guard self[name].activity == .idle else { return }
        change(name) { state in
            state.attempt += 1
            state.activity = .starting
            state.isStopping = false
        }
        actions.append(.launch(container: name, attempt: self[name].attempt))
    }

    /// Mains and init containers together, then sidecars one by one from the last; then the pod's end.
    private mutating func windDown(_ actions: inout [PodAction]) {
        let others = plan.containers.filter { $0.role != .sidecar }
        for container in others { stopIfAlive(container, &actions) }
        if others.contains(where: { isBusy($0.name) }) { return }
        for container in plan.containers.reversed() where container.role == .sidecar {
            stopIfAlive(container, &actions)
            if isBusy(container.name) { return }
        }
        for container in plan.containers {
            change(container.name) { $0.activity = .finished }
        }
        if !isReleased {
            isReleased = true
            actions.append(.release)
        }
        if isDeleted {
            isRemoved = true
            actions.append(.remove)
        }
    }

    private func isBusy(_ name: String) -> Bool {
        let state = self[name]
        return state.isAlive || state.activity == .starting
    }

    private mutating func stopIfAlive(_ container: ContainerPlan, _ actions: inout [PodAction]) {
        let state = self[container.name]
        guard state.isAlive else { return }
        let seconds = isEnding ? grace : plan.gracePeriod
        if state.isStopping {
            if isEnding, grace == 0 { actions.append(.kill(container: container.name, attempt: state.attempt)) }
            return
        }
        stop(container.name, grace: seconds, "Stopping container \(container.name)", &actions)
    }

    /// Begins to end one container.
    mutating func stop(_ name: String, grace: Int64, _ message: String, _ actions: inout [PodAction]) {
        guard self[name].isAlive, !self[name].isStopping else { return }
        change(name) { $0.isStopping = true }
        let attempt = self[name].attempt
        actions.append(.event(isWarning: false, reason: "Killing", message: message, container: name))
        guard grace > 0 else {
            actions.append(.kill(container: name, attempt: attempt))
            return
        }
        actions.append(.stop(container: name, attempt: attempt, grace: grace))
        actions.append(.remind(.killContainer(name, attempt: attempt), seconds: Double(grace)))
    }
}
