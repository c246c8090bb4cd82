import Glibc
import NIOPosix
import Synchronization

/// Runs further programs beside a container's own: in its namespaces, as its user, with its environment.
struct ContainerExec: Sendable {
    var context: NodeContext
    var container: RunningContainer

    /// The descriptors are the caller's, before and after.
    func spawn(
        _ command: [String],
        input: Int32,
        output: Int32,
        error: Int32,
        hasTerminal: Bool
    ) async throws -> SandboxProcess {
        let pid = container.process.pid
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        for name in ["pid", "ipc", "uts", "net", "mnt"] {
            let descriptor = open("/proc/\(pid)/ns/\(name)", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemError.last("the container's \(name) namespace") }
            opened.append(descriptor)
        }
        var program = SandboxProgram(
            arguments: command,
            standardInput: input,
            standardOutput: output,
            standardError: error
        )
        program.environment = container.environment
        if hasTerminal, program.environment["TERM"] == nil { program.environment["TERM"] = "xterm" }
        program.workingDirectory = container.workingDirectory
        program.hasOwnNamespaces = false
        program.pidNamespace = opened[0]
        program.joinedNamespaces = Array(opened.dropFirst())
        program.hasTerminal = hasTerminal
        program.user = container.identity.user
        program.group = container.identity.group
        program.groups = container.identity.groups
        program.capabilities = container.identity.capabilities
        program.noNewPrivileges = container.identity.noNewPrivileges
        let procs = container.controlGroup?.open() ?? -1
        defer { if procs >= 0 { close(procs) } }
        program.controlGroup = procs
        let prepared = program
        return try await context.threads.runIfActive { try prepared.spawn() }
    }

    /// Runs to its end or for `timeout` seconds; what it wrote comes back, 10 kB of it at most.
    func run(_ command: [String], timeout: Double) async throws -> (exit: ProcessReaper.Exit?, output: String) {
        let (reading, writing) = try Descriptors.pipe()
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        defer {
            close(reading)
            close(null)
        }
        let process: SandboxProcess
        do {
            process = try await spawn(command, input: null, output: writing, error: writing, hasTerminal: false)
            close(writing)
        } catch {
            close(writing)
            throw error
        }
        let (exits, continuation) = AsyncStream.makeStream(of: ProcessReaper.Exit.self)
        context.reaper.own(process) { exit in
            continuation.yield(exit)
            continuation.finish()
        }
        let box = Drain(reading)
        context.watch.add(reading, .readable) { [watch = context.watch] in
            if !box.read() { watch.remove(reading) }
        }
        let clock = Task {
            try? await Task.sleep(for: .seconds(timeout))
            if !Task.isCancelled {
                continuation.finish()
                process.signal(SIGKILL)
            }
        }
        defer { clock.cancel() }
        var result: ProcessReaper.Exit?
        for await exit in exits { result = exit }
        context.watch.remove(reading)
        _ = box.read()
        return (result, String(decoding: box.bytes, as: UTF8.self))
    }

    /// The beginning of what comes through a pipe; the rest is read and dropped.
    private final class Drain: Sendable {
        private let descriptor: Int32
        private let kept = Mutex<[UInt8]>([])

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        var bytes: [UInt8] { kept.withLock { $0 } }

        /// False at the end.
        func read() -> Bool {
            kept.withLock { kept in
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count > 0 {
                    kept += buffer.prefix(min(count, max(0, 10240 - kept.count)))
                    return true
                }
                return count < 0 && (errno == EAGAIN || errno == EINTR)
            }
        }
    }
}
