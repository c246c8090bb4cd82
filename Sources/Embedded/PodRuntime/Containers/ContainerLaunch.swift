import ClusterNetwork
import Glibc
import KubernetesAPI
import NIOPosix

/// Starts one container: resolves what its spec refers to, then spawns it.
struct ContainerLaunch: Sendable {
    var context: NodeContext
    var pod: KubernetesObject
    var container: ContainerPlan
    var attachment: PodAttachment
    var volumes: PodVolumes
    var attempt: Int
    /// Names the log file.
    var restartCount: Int64

    func run() async throws(LaunchFailure) -> RunningContainer {
        var variables = try await environment()
        let command = try decideCommand(variables)
        for (name, value) in command.environment where variables[name] == nil { variables[name] = value }
        if variables["PATH"] == nil { variables["PATH"] = HostPrograms.standardPath }
        if variables["HOSTNAME"] == nil { variables["HOSTNAME"] = NetworkFiles.hostname(pod) }
        let identity: SecurityIdentity
        do throws(SecurityIdentity.Refusal) {
            identity = try SecurityIdentity.decide(
                pod: pod["spec"],
                container: container.json,
                imageUser: command.user
            )
        } catch {
            throw LaunchFailure(reason: "CreateContainerConfigError", message: error.message)
        }
        if variables["HOME"] == nil { variables["HOME"] = identity.user == 0 ? "/root" : "/" }
        let workingDirectory = container.json["workingDir"]?.string ?? command.workingDirectory
        let mounts: [RootFileSystem.Mount]
        do throws(PodVolumes.Failure) {
            mounts = try await volumes.mounts(of: container.json, variables: variables)
        } catch {
            throw LaunchFailure(reason: "CreateContainerConfigError", message: error.message)
        }
        return try await context.starts.pass { [variables] () async throws(LaunchFailure) -> RunningContainer in
            try await spawn(command, variables, identity, workingDirectory, mounts)
        }
    }

    private func environment() async throws(LaunchFailure) -> [String: String] {
        var configMaps: [String: KubernetesObject] = [:]
        var secrets: [String: KubernetesObject] = [:]
        let services: [KubernetesObject]
        do throws(StatusError) {
            for (type, name) in references {
                let object = try await context.find(type, name, in: pod.namespace)
                if type == .configMaps { configMaps[name] = object } else { secrets[name] = object }
            }
            var found = try await context.api.list(.services, ListOptions(namespace: pod.namespace)).items
            if pod.namespace != "default", let master = try await context.find(.services, "kubernetes", in: "default") {
                found.append(master)
            }
            services = found
        } catch {
            throw LaunchFailure(reason: "CreateContainerConfigError", message: error.message)
        }
        let decision = ContainerEnvironment(
            pod: pod,
            downward: context.downward(pod, address: attachment.address),
            configMap: { configMaps[$0] },
            secret: { secrets[$0] },
            services: services
        )
        do throws(ContainerEnvironment.Missing) {
            return try decision.variables(of: container.json)
        } catch {
            throw LaunchFailure(reason: "CreateContainerConfigError", message: error.message)
        }
    }

    /// The ConfigMaps and Secrets that `env` and `envFrom` name.
    private var references: [(ResourceType, String)] {
        let json = container.json
        let whole = (json["envFrom"]?.array ?? []).map { ($0["configMapRef"], $0["secretRef"]) }
        let keys = (json["env"]?.array ?? []).map {
            ($0[path: ["valueFrom", "configMapKeyRef"]], $0[path: ["valueFrom", "secretKeyRef"]])
        }
        return (whole + keys).flatMap { map, secret in
            [(ResourceType.configMaps, map?["name"]?.string), (ResourceType.secrets, secret?["name"]?.string)]
                .compactMap { type, name in name.map { (type, $0) } }
        }
    }

    private func decideCommand(_ variables: [String: String]) throws(LaunchFailure) -> ContainerCommand {
        func expanded(_ field: String) -> [String] {
            (container.json[field]?.array ?? []).compactMap(\.string).map { VariableExpansion.expand($0, variables) }
        }
        do throws(ContainerCommand.Refusal) {
            return try ContainerCommand.decide(
                image: container.image,
                command: expanded("command"),
                arguments: expanded("args"),
                path: variables["PATH"],
                catalogue: context.catalogue,
                exists: HostPrograms.exists
            )
        } catch {
            throw LaunchFailure(reason: error.reason, message: error.message)
        }
    }

    private func spawn(
        _ command: ContainerCommand,
        _ variables: [String: String],
        _ identity: SecurityIdentity,
        _ workingDirectory: String,
        _ mounts: [RootFileSystem.Mount]
    ) async throws(LaunchFailure) -> RunningContainer {
        let directory = "\(context.podDirectory(pod.uid))/containers/\(container.name)"
        let messagePath = "\(directory)/termination-log"
        let key = "\(pod.uid)-\(container.name)"
        let group = context.controlGroups.make(key, container.json)
        do {
            try FileBytes.makeDirectory(directory)
            try FileBytes.write([], to: messagePath, mode: 0o666)
            chmod(messagePath, 0o666)
            let log = LogFile(
                path: LogFiles.path(context.podDirectory(pod.uid), container.name, restartCount),
                limit: context.configuration.logFileBytes
            )
            LogFiles.prune(context.podDirectory(pod.uid), container.name, newest: restartCount)
            let pipes = try context.logs.open(into: log)
            defer { pipes.closeAll() }
            let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
            defer { close(null) }
            let procs = group?.open() ?? -1
            defer { if procs >= 0 { close(procs) } }
            var program = SandboxProgram(
                arguments: command.arguments,
                standardInput: null,
                standardOutput: pipes.standardOutput,
                standardError: pipes.standardError
            )
            program.environment = variables
            program.workingDirectory = workingDirectory
            program.hostname = NetworkFiles.hostname(pod)
            program.joinedNamespaces = [attachment.namespaceDescriptor]
            program.user = identity.user
            program.group = identity.group
            program.groups = identity.groups
            program.capabilities = identity.capabilities
            program.noNewPrivileges = identity.noNewPrivileges
            program.controlGroup = procs
            program.steps = steps(command, identity, workingDirectory, mounts, messagePath)
            let prepared = program
            let process = try await context.threads.runIfActive { try prepared.spawn() }
            return RunningContainer(
                process: process,
                attempt: attempt,
                log: log,
                environment: variables,
                workingDirectory: workingDirectory,
                identity: identity,
                controlGroup: group,
                messagePath: messagePath,
                messageFromLog: container.json["terminationMessagePolicy"]?.string == "FallbackToLogsOnError"
            )
        } catch let error as SandboxError {
            group?.remove()
            let isMapping = error.number == EINVAL && ["set user", "set group"].contains(error.step)
            let remedy =
                isMapping
                ? " (user \(identity.user), group \(identity.group) are not mapped in this user namespace: add"
                    + " ranges to /etc/subuid and /etc/subgid, or run as root)" : ""
            throw LaunchFailure(
                reason: error.step.hasPrefix("exec") ? "ContainerCannotRun" : "StartError",
                message: "failed to start container \"\(container.name)\": \(error)\(remedy)",
                isFinal: true
            )
        } catch {
            group?.remove()
            throw LaunchFailure(reason: "CreateContainerError", message: "\(error)")
        }
    }

    private func steps(
        _ command: ContainerCommand,
        _ identity: SecurityIdentity,
        _ workingDirectory: String,
        _ volumes: [RootFileSystem.Mount],
        _ messagePath: String
    ) -> [SandboxStep] {
        let etc = context.podDirectory(pod.uid) + "/etc"
        var mounts = ["hosts", "hostname", "resolv.conf"].map {
            RootFileSystem.Mount(source: "\(etc)/\($0)", target: "/etc/\($0)", isReadOnly: false)
        }
        for (target, source) in command.files.sorted(by: { $0.key < $1.key }) {
            guard let canonical = FileBytes.canonical(source) else { continue }
            mounts.append(RootFileSystem.Mount(source: canonical, target: target, isReadOnly: true))
        }
        mounts += volumes
        mounts.append(
            RootFileSystem.Mount(
                source: messagePath,
                target: container.json["terminationMessagePath"]?.string ?? "/dev/termination-log",
                isReadOnly: false
            )
        )
        let root = RootFileSystem(
            kind: context.rootKind,
            layout: context.layout,
            stateDirectory: context.stateDirectory
        )
        return root.steps(
            mounts: mounts,
            workingDirectory: workingDirectory,
            isPrivileged: identity.isPrivileged,
            isReadOnly: identity.hasReadOnlyRoot
        )
    }
}
