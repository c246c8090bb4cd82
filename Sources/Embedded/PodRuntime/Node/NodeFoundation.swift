import CSandbox
import ClusterNetwork
import Glibc
import KubernetesAPI
import Logging
import NIOCore
import NIOPosix

/// Why the runtime cannot work on this machine: what is wrong and what helps.
package struct PodRuntimeError: Error, Sendable, CustomStringConvertible {
    package var description: String
}

/// Brings about what all pods need, once.
enum NodeFoundation {
    static func lay(
        api: any KubernetesAPI,
        network: any PodNetwork,
        catalogue: ImageCatalogue,
        configuration: PodRuntime.Configuration,
        requestToken: @escaping TokenSource,
        logger: Logger
    ) async throws(PodRuntimeError) -> NodeContext {
        raiseDescriptorLimit()
        let threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
        let socketThread = NIOThreadPool(numberOfThreads: 1)
        socketThread.start()
        do {
            for name in ["", "/pods", "/root", "/memory"] {
                try FileBytes.makeDirectory(configuration.stateDirectory + name, mode: 0o711)
            }
            guard let directory = FileBytes.canonical(configuration.stateDirectory) else {
                throw SystemError.last(configuration.stateDirectory)
            }
            if configuration.ownsMountNamespace { try mountMemory(directory + "/memory") }
            let watch = try DescriptorWatch()
            let reaper = ProcessReaper(watch: watch)
            var context = NodeContext(
                api: api,
                network: network,
                catalogue: catalogue,
                configuration: configuration,
                requestToken: requestToken,
                logger: logger,
                events: EventRecorder(api: api, nodeName: configuration.nodeName, logger: logger),
                watch: watch,
                reaper: reaper,
                logs: LogPump(watch: watch),
                sockets: NamespaceSockets(
                    thread: socketThread,
                    watch: watch,
                    group: .singletonMultiThreadedEventLoopGroup
                ),
                controlGroups: ControlGroups.find(name: "martlet-\(getpid())"),
                capacity: NodeCapacity.read(),
                layout: HostLayout.read(stateDirectory: directory),
                rootKind: .overlay,
                threads: threads,
                starts: StartGate(configuration.concurrentStarts),
                stateDirectory: directory
            )
            context.rootKind = try await rootKind(context)
            logger.debug("containers' root file system", metadata: ["kind": "\(context.rootKind)"])
            return context
        } catch {
            throw PodRuntimeError(description: "the pod runtime cannot start: \(error)")
        }
    }

    /// The first kind of root file system that this kernel lets us have, tried with `true`.
    private static func rootKind(_ context: NodeContext) async throws -> RootFileSystem.Kind {
        var last: (any Error)?
        for kind in RootFileSystem.Kind.allCases {
            if kind == .binds { try await copyEtc(context) }
            let root = RootFileSystem(kind: kind, layout: context.layout, stateDirectory: context.stateDirectory)
            do {
                // It must also let programs be added, as pods need them.
                let program = RootFileSystem.Mount(
                    source: FileBytes.canonical("/bin/true") ?? "/bin/true",
                    target: HostLayout.localPrograms + "/.martlet-probe",
                    isReadOnly: true
                )
                let steps = root.steps(mounts: [program], workingDirectory: "/", isPrivileged: false, isReadOnly: false)
                try await run(["/bin/true"], context, steps)
                return kind
            } catch {
                context.logger.debug("no root file system by \(kind)", metadata: ["error": "\(error)"])
                last = error
            }
        }
        throw last ?? SystemError(ENOSYS)
    }

    static func copyEtc(_ context: NodeContext) async throws {
        let copy = context.stateDirectory + "/etc"
        FileBytes.removeTree(copy)
        // Files that only root may read stay behind when this is not root.
        try? await run(["/bin/cp", "-a", "/etc", copy], context, nil)
        try FileBytes.makeDirectory(copy)
        for name in ["resolv.conf", "hosts", "hostname"] {
            unlink("\(copy)/\(name)")
            try FileBytes.write([], to: "\(copy)/\(name)")
        }
    }

    /// `steps` nil is a plain child of this process.
    private static func run(_ arguments: [String], _ context: NodeContext, _ steps: [SandboxStep]?) async throws {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        var program = SandboxProgram(
            arguments: arguments,
            standardInput: null,
            standardOutput: null,
            standardError: null
        )
        program.steps = steps ?? []
        program.hasOwnNamespaces = steps != nil
        if steps == nil { program.capabilities = .all }
        let prepared = program
        let process = try await context.threads.runIfActive { try prepared.spawn() }
        let exit = await withCheckedContinuation { done in
            context.reaper.own(process) { done.resume(returning: $0) }
        }
        guard exit.code == 0, exit.signal == 0 else {
            throw SystemError(EIO, "\(arguments[0]) ended with \(exit.code), signal \(exit.signal)")
        }
    }

    private static func mountMemory(_ path: String) throws(SystemError) {
        // A second runtime in one namespace finds the first one's.
        let table = (try? FileBytes.read("/proc/self/mountinfo", limit: 16 << 20)) ?? []
        if HostLayout.mountPoints(String(decoding: table, as: UTF8.self)).contains(path) { return }
        let error = sandbox_mount_memory(path)
        guard error == 0 else { throw SystemError(error, "mount tmpfs at \(path)") }
    }

    /// Each container takes about six descriptors here.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
