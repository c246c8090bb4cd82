import CSandbox
import Glibc
import Synchronization

/// One step on the way to a container's mount namespace; run between clone and exec.
enum SandboxStep: Sendable, Hashable {
    case mount(source: String, at: String, type: String, flags: UInt, data: String)
    /// Recursive; the place must exist.
    case bind(String, at: String, isReadOnly: Bool)
    /// Recursive; the place is made, as a directory or an empty file, as the source is.
    case place(String, at: String, isReadOnly: Bool)
    case directory(String)
    case link(String, to: String)
    case mode(String, UInt)
    /// The new root, and where in it the former one is found.
    case pivot(to: String, formerAt: String)
    case detach(String)
    case write(String, into: String)
    /// Read-only from here down.
    case seal(String)
    /// Unlinks a file or symbolic link.
    case remove(String)
    /// What may fail.
    indirect case optional(SandboxStep)
}

/// What runs, as whom and in which namespaces.
struct SandboxProgram: Sendable {
    var arguments: [String]
    var environment: [String: String] = [:]
    var workingDirectory = "/"
    var hostname: String?
    /// New mount, PID, UTS and IPC namespaces.
    var hasOwnNamespaces = true
    /// A PID namespace to be born in.
    var pidNamespace: Int32 = -1
    var joinedNamespaces: [Int32] = []
    var steps: [SandboxStep] = []
    var standardInput: Int32
    var standardOutput: Int32
    var standardError: Int32
    var hasTerminal = false
    var user: UInt32 = 0
    var group: UInt32 = 0
    var groups: [UInt32] = []
    var capabilities = Capabilities.standard
    var noNewPrivileges = false
    var controlGroup: Int32 = -1

    /// Where `arguments[0]` may be: itself when it has a slash, else each directory of `PATH`.
    var candidates: [String] {
        guard let program = arguments.first, !program.isEmpty else { return [] }
        if program.contains("/") { return [program] }
        let path = environment["PATH"] ?? HostPrograms.standardPath
        return path.split(separator: ":").map { "\($0)/\(program)" }
    }
}

/// Why a process did not start: which step, and the kernel's number.
struct SandboxError: Error, Sendable, CustomStringConvertible {
    var step: String
    var number: Int32

    var description: String { "\(step): \(SystemError(number).description)" }
}

/// A process that was started and is a child of this one.
final class SandboxProcess: Sendable {
    let pid: Int32
    /// A pidfd, negative once the process is reaped: its number may then be another file's.
    private let descriptor: Mutex<Int32>

    init(pid: Int32, descriptor: Int32) {
        self.pid = pid
        self.descriptor = Mutex(descriptor)
    }

    /// Sends a signal; a process that is gone is no error.
    func signal(_ number: Int32) {
        descriptor.withLock { if $0 >= 0 { _ = sandbox_signal($0, number) } }
    }

    /// For waiting on; valid until ``forget()``.
    var pidDescriptor: Int32 { descriptor.withLock { $0 } }

    /// The process is reaped.
    func forget() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }
}

extension SandboxProgram {
    /// Clones and executes; blocks until the program runs or failed to, some milliseconds.
    ///
    /// Call it on a thread that lives as long as this process: the kernel kills the child when that thread ends.
    func spawn() throws(SandboxError) -> SandboxProcess {
        let memory = CMemory()
        var program = sandbox_program()
        program.namespaces =
            hasOwnNamespaces ? SANDBOX_NEW_MOUNT | SANDBOX_NEW_PID | SANDBOX_NEW_UTS | SANDBOX_NEW_IPC : 0
        program.pid_namespace = pidNamespace
        program.joined = memory.array(joinedNamespaces)
        program.joined_count = joinedNamespaces.count
        let steps = memory.array(steps.map { $0.c(memory, isOptional: false) })
        program.steps = steps
        program.step_count = self.steps.count
        program.hostname = hostname.map { memory.string($0) }
        program.working_directory = memory.string(workingDirectory)
        program.paths = memory.strings(candidates)
        program.arguments = memory.strings(arguments)
        program.environment = memory.strings(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        program.standard_input = standardInput
        program.standard_output = standardOutput
        program.standard_error = standardError
        program.has_terminal = hasTerminal ? 1 : 0
        program.user = user
        program.group = group
        program.groups = memory.array(groups)
        program.group_count = groups.count
        program.capabilities = capabilities.bits
        program.no_new_privileges = noNewPrivileges ? 1 : 0
        program.cgroup = controlGroup
        var result = sandbox_result()
        let failed = sandbox_spawn(&program, &result)
        defer { withExtendedLifetime(memory) {} }
        if failed != 0 {
            let step = withUnsafeBytes(of: &result.step) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw SandboxError(step: step, number: result.error)
        }
        return SandboxProcess(pid: result.pid, descriptor: result.pid_descriptor)
    }
}

extension SandboxStep {
    fileprivate func c(_ memory: CMemory, isOptional: Bool) -> sandbox_step {
        var step = sandbox_step()
        step.optional = isOptional ? 1 : 0
        func set(_ kind: sandbox_step_kind, _ source: String?, _ target: String) {
            step.kind = Int32(kind.rawValue)
            step.source = source.map { memory.string($0) }
            step.target = memory.string(target)
        }
        switch self {
        case .mount(let source, let target, let type, let flags, let data):
            set(SANDBOX_MOUNT, source, target)
            step.type = memory.string(type)
            step.flags = flags
            step.data = memory.string(data)
        case .bind(let source, let target, let isReadOnly):
            set(isReadOnly ? SANDBOX_BIND_READ_ONLY : SANDBOX_BIND, source, target)
        case .place(let source, let target, let isReadOnly):
            set(SANDBOX_PLACE, source, target)
            step.flags = isReadOnly ? 1 : 0
        case .directory(let target): set(SANDBOX_DIRECTORY, nil, target)
        case .link(let target, let destination): set(SANDBOX_LINK, destination, target)
        case .mode(let target, let mode):
            set(SANDBOX_MODE, nil, target)
            step.flags = mode
        case .pivot(let target, let former): set(SANDBOX_PIVOT, former, target)
        case .detach(let target): set(SANDBOX_DETACH, nil, target)
        case .write(let text, let target):
            set(SANDBOX_WRITE, nil, target)
            step.data = memory.string(text)
        case .seal(let target): set(SANDBOX_SEAL, nil, target)
        case .remove(let target): set(SANDBOX_REMOVE, nil, target)
        case .optional(let inner): return inner.c(memory, isOptional: true)
        }
        return step
    }
}
