import ClusterNetwork
import Glibc
import KubernetesAPI
import Logging

/// Runs one pod: feeds its state machine with what happens and does what that says.
actor PodWorker {
    let context: NodeContext
    let volumes: PodVolumes
    private(set) var pod: KubernetesObject
    private(set) var state: PodState
    private(set) var attachment: PodAttachment?
    private(set) var running: [String: RunningContainer] = [:]
    /// The newest log file of each container, also after its end.
    private(set) var logs: [String: LogFile] = [:]
    private var probes: [ProbeKey: Task<Void, Never>] = [:]
    private var hooks: [String: Task<Void, Never>] = [:]
    private var timers: [PodTimer: Task<Void, Never>] = [:]
    private var preparation: Task<Void, Never>?
    private let publisher: StatusPublisher
    private let finished: @Sendable (String) async -> Void
    private var hasWarned = false
    private var version = 0
    private var isAbandoned = false

    private struct ProbeKey: Hashable {
        var container: String
        var attempt: Int
        var kind: ProbeKind
    }

    /// `finished` is told the uid when nothing of the pod is left.
    init(_ pod: KubernetesObject, context: NodeContext, finished: @escaping @Sendable (String) async -> Void) {
        self.pod = pod
        self.context = context
        self.finished = finished
        volumes = PodVolumes(pod: pod, context: context)
        publisher = StatusPublisher(pod: pod, context: context)
        let configuration = context.configuration
        let rules = PodState.Rules(
            backOff: configuration.backOff,
            maximumBackOff: configuration.maximumBackOff,
            backOffReset: configuration.backOffReset,
            retryInterval: configuration.retryInterval
        )
        state = PodState(plan: PodPlan(pod), rules: rules, status: pod["status"], at: Timestamp.now())
    }

    func begin() {
        perform(state.begin(at: Timestamp.now()))
        settle()
        if pod.deletionTimestamp != nil { send(.deleted(gracePeriod: deletionGrace)) }
    }

    /// The object changed.
    func update(_ fresh: KubernetesObject) async {
        let before = pod
        pod = fresh
        await publisher.saw(fresh)
        if fresh.deletionTimestamp != nil { send(.deleted(gracePeriod: deletionGrace)) }
        if before.labels != fresh.labels || before.annotations != fresh.annotations { await refreshVolumes() }
    }

    /// The object is gone without our doing: `kubectl delete --force`.
    func vanish() { send(.deleted(gracePeriod: 0)) }

    private var deletionGrace: Int64 {
        pod["metadata", "deletionGracePeriodSeconds"]?.integer ?? state.plan.gracePeriod
    }

    /// Ends all processes at once and does nothing further; for the end of the runtime.
    func abandon() {
        isAbandoned = true
        for task in Array(timers.values) + Array(hooks.values) + Array(probes.values) { task.cancel() }
        for container in running.values { container.process.signal(SIGKILL) }
    }

    /// Brings files of volumes up to date: an object they come from changed, or a token grows old.
    func refreshVolumes() async {
        guard state.isPrepared, !state.isEnding, !state.isOver, let address = state.address else { return }
        do throws(PodVolumes.Failure) {
            try await volumes.prepare(pod, address: address)
        } catch {
            await context.events.record(pod, isWarning: true, reason: error.reason, message: error.message)
        }
    }

    /// One event through the machine.
    func send(_ event: PodEvent) {
        guard !isAbandoned else { return }
        let actions = state.apply(event, at: Timestamp.now())
        perform(actions)
        settle()
    }

    /// Probes and status follow the state.
    private func settle() {
        settleProbes()
        version += 1
        let document = PodStatusDocument(
            plan: state.plan,
            state: state,
            hostAddress: context.configuration.nodeAddress,
            now: Timestamp.now(),
            previous: nil,
            spec: pod["spec"],
            version: version
        )
        Task { await publisher.publish(document) }
    }

    private func perform(_ actions: [PodAction]) {
        for action in actions {
            switch action {
            case .prepare:
                preparation = Task { await prepare() }
            case .launch(let name, let attempt):
                let restart = state[name].restartCount &+ (state[name].termination == nil ? 0 : 1)
                Task { await launch(name, attempt, restart) }
            case .stop(let name, let attempt, let grace):
                if let container = running[name], container.attempt == attempt {
                    Task { await stop(name, container, grace) }
                }
            case .kill(let name, let attempt):
                if let container = running[name], container.attempt == attempt { container.process.signal(SIGKILL) }
            case .remind(let timer, let seconds): remind(timer, seconds)
            case .event(let isWarning, let reason, let message, let container):
                record(isWarning, reason, message, container)
            case .release: Task { await release() }
            case .remove: Task { await remove() }
            }
        }
    }

    func record(_ isWarning: Bool, _ reason: String, _ message: String, _ container: String?) {
        let isInit = container.flatMap { state.plan.container($0) }.map { $0.role != .main } ?? false
        let pod = pod
        Task {
            await context.events.record(
                pod,
                isWarning: isWarning,
                reason: reason,
                message: message,
                container: container,
                isInit: isInit
            )
        }
    }

    private func remind(_ timer: PodTimer, _ seconds: Double) {
        timers[timer]?.cancel()
        timers[timer] = Task { [weak self] in
            do {
                try await Task.sleep(for: .seconds(seconds))
            } catch {
                return
            }
            await self?.fired(timer)
        }
    }

    private func fired(_ timer: PodTimer) {
        timers[timer] = nil
        send(.timer(timer))
    }

    // MARK: - sandbox

    private func prepare() async {
        let pod = pod
        if !hasWarned {
            hasWarned = true
            for message in PodPlan.unsupported(pod) + volumes.warnings {
                record(true, "Unsupported", message, nil)
            }
            for container in state.plan.containers {
                if let message = context.controlGroups.unenforced(container.json) {
                    record(true, "Unsupported", message, container.name)
                }
            }
        }
        let directory = context.podDirectory(pod.uid)
        do {
            try FileBytes.makeDirectory(directory + "/etc")
            if attachment == nil { attachment = try await context.network.attach(pod.objectName, uid: pod.uid) }
            guard let attachment else { return }
            let host = (try? FileBytes.read("/etc/resolv.conf", limit: 65536)) ?? []
            let files = NetworkFiles(
                pod: pod,
                address: attachment.address,
                nameserver: context.network.nameserver,
                clusterDomain: context.configuration.clusterDomain,
                hostResolv: String(decoding: host, as: UTF8.self)
            )
            try FileBytes.write(files.resolv.utf8, to: directory + "/etc/resolv.conf")
            try FileBytes.write(files.hosts.utf8, to: directory + "/etc/hosts")
            try FileBytes.write((files.hostname + "\n").utf8, to: directory + "/etc/hostname")
            try await volumes.prepare(pod, address: attachment.address)
            send(.prepared(address: attachment.address))
        } catch let failure as PodVolumes.Failure {
            send(.notPrepared(reason: failure.reason, message: failure.message))
        } catch {
            send(.notPrepared(reason: "FailedCreatePodSandBox", message: "Failed to create pod sandbox: \(error)"))
        }
    }

    private func release() async {
        await preparation?.value
        await context.network.detach(uid: pod.uid)
        attachment = nil
        await volumes.release()
    }

    private func remove() async {
        await release()
        for task in timers.values { task.cancel() }
        await publisher.finish()
        FileBytes.removeTree(context.podDirectory(pod.uid))
        var delay = 0.2
        while !isAbandoned {
            do throws(StatusError) {
                try await context.api.delete(
                    .pods,
                    pod.objectName,
                    DeleteOptions(gracePeriodSeconds: 0, uid: pod.uid)
                )
                break
            } catch {
                if error.reason == .notFound || error.reason == .conflict { break }
                context.logger.warning("pod not removed", metadata: ["pod": "\(pod.objectName)", "error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(delay))
            delay = min(delay * 2, 10)
        }
        await finished(pod.uid)
    }

    // MARK: - containers

    private func launch(_ name: String, _ attempt: Int, _ restart: Int64) async {
        guard let container = state.plan.container(name), let attachment else { return }
        let launch = ContainerLaunch(
            context: context,
            pod: pod,
            container: container,
            attachment: attachment,
            volumes: volumes,
            attempt: attempt,
            restartCount: restart
        )
        do throws(LaunchFailure) {
            let launched = try await launch.run()
            launchSucceeded(name, container, launched)
        } catch {
            send(
                .notLaunched(
                    container: name,
                    attempt: attempt,
                    reason: error.reason,
                    message: error.message,
                    isFinal: error.isFinal
                )
            )
        }
    }

    private func launchSucceeded(_ name: String, _ container: ContainerPlan, _ launched: RunningContainer) {
        running[name] = launched
        logs[name] = launched.log
        record(false, "Pulled", "Container image \"\(container.image)\" stands for a program of this machine", name)
        record(false, "Created", "Created container: \(name)", name)
        record(false, "Started", "Started container \(name)", name)
        let attempt = launched.attempt
        // Before the reaper, so that its exit is never heard first.
        send(.launched(container: name, attempt: attempt))
        context.reaper.own(launched.process) { exit in
            Task { await self.exited(name, launched, exit) }
        }
        if isAbandoned { launched.process.signal(SIGKILL) }
        guard let hook = container.postStart, let attachment else {
            send(.started(container: name, attempt: attempt))
            return
        }
        hooks[name] = Task {
            let run = HandlerRun(context: context, container: launched, attachment: attachment)
            switch await run.run(hook.handler, timeout: 3600) {
            case .success: send(.started(container: name, attempt: attempt))
            case .failure(let message): send(.hookFailed(container: name, attempt: attempt, message: message))
            }
        }
    }

    private func exited(_ name: String, _ container: RunningContainer, _ exit: ProcessReaper.Exit) async {
        // Its last words are in the log before its end is told.
        await container.log.drained(within: .seconds(1))
        let isOutOfMemory = container.controlGroup?.ranOutOfMemory ?? false
        container.controlGroup?.remove()
        if running[name]?.attempt == container.attempt { running[name] = nil }
        hooks.removeValue(forKey: name)?.cancel()
        timers.removeValue(forKey: .killContainer(name, attempt: container.attempt))?.cancel()
        let message = container.message(failed: exit.code != 0 || exit.signal != 0)
        send(
            .exited(
                container: name,
                attempt: container.attempt,
                code: exit.code,
                signal: exit.signal,
                isOutOfMemory: isOutOfMemory,
                message: message
            )
        )
    }

    private func stop(_ name: String, _ container: RunningContainer, _ grace: Int64) async {
        if pod.deletionTimestamp != nil, state[name].isReady {
            let notice = min(context.configuration.endpointNotice, Double(grace) / 10)
            if notice > 0 { try? await Task.sleep(for: .seconds(notice)) }
        }
        if let hook = state.plan.container(name)?.preStop, let attachment {
            let run = HandlerRun(context: context, container: container, attachment: attachment)
            if case .failure(let message) = await run.run(hook.handler, timeout: Double(max(1, grace))) {
                record(true, "FailedPreStopHook", "PreStopHook failed: \(message)", name)
            }
        }
        container.process.signal(SIGTERM)
    }

    // MARK: - probes

    private func settleProbes() {
        var wanted: [ProbeKey: ProbePlan] = [:]
        for container in state.plan.containers {
            let now = state[container.name]
            guard now.isAlive, now.activity == .running else { continue }
            let key = { (kind: ProbeKind) in ProbeKey(container: container.name, attempt: now.attempt, kind: kind) }
            if let startup = container.startup, !now.isStarted {
                if !now.isStopping { wanted[key(.startup)] = startup }
                continue
            }
            if let readiness = container.readiness { wanted[key(.readiness)] = readiness }
            if let liveness = container.liveness, !now.isStopping { wanted[key(.liveness)] = liveness }
        }
        for (key, task) in probes where wanted[key] == nil {
            task.cancel()
            probes[key] = nil
        }
        for (key, plan) in wanted where probes[key] == nil {
            guard let container = running[key.container], let attachment else { continue }
            let run = HandlerRun(context: context, container: container, attachment: attachment)
            probes[key] = Task { [weak self] in
                var counter = ProbeCounter(plan)
                try? await Task.sleep(for: .seconds(plan.initialDelay))
                while !Task.isCancelled {
                    let result = await run.run(plan.handler, timeout: plan.timeout)
                    if Task.isCancelled { return }
                    await self?.probed(key.container, key.attempt, key.kind, result, counter.count(result))
                    try? await Task.sleep(for: .seconds(plan.period))
                }
            }
        }
    }

    private func probed(
        _ name: String,
        _ attempt: Int,
        _ kind: ProbeKind,
        _ result: ProbeResult,
        _ verdict: ProbeVerdict?
    ) {
        if case .failure(let message) = result {
            record(true, "Unhealthy", "\(kind.rawValue) probe failed: \(message)", name)
        }
        if let verdict { send(.probed(container: name, attempt: attempt, kind, verdict)) }
    }
}
