package import Foundation

/// How the cluster's process is started: in namespaces of its own, tied to whoever started it.
///
/// It becomes process 1 of a PID namespace with its own mounts. When it ends, however it ends, the kernel ends all its
/// processes, and with them go their network namespaces, interfaces, rules and mounts: nothing has a name outside.
package struct ClusterLaunch: Sendable {
    /// Descriptors the cluster's process finds open.
    package static let progressDescriptor: Int32 = 3
    package static let lockDescriptor: Int32 = 4

    /// The program and what follows it.
    package var command: [String]
    /// The cluster goes on when its starter ends.
    package var isDetached: Bool

    package init(command: [String], isDetached: Bool) {
        self.command = command
        self.isDetached = isDetached
    }

    /// The whole command line. Pure.
    package func arguments(isRoot: Bool) -> [String] {
        var arguments: [String] = []
        // The kernel kills the chain from the top when its starter is killed.
        if !isDetached { arguments += ["setpriv", "--pdeathsig", "KILL", "--"] }
        arguments += ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
        if !isRoot { arguments += ["--user", "--map-root-user", "--map-auto"] }
        return arguments + ["--"] + command
    }

    /// Starts it from this thread, which must outlive it unless detached; answers its pid.
    ///
    /// `progress` becomes ``progressDescriptor`` and `lock` ``lockDescriptor``. A detached cluster has a session of its
    /// own and writes to the log.
    package func start(progress: Int32, lock: Int32, log: String) throws(ClusterError) -> pid_t {
        let arguments = arguments(isRoot: geteuid() == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Through high numbers, so that neither is overwritten before it is copied.
        posix_spawn_file_actions_adddup2(&actions, progress, 103)
        posix_spawn_file_actions_adddup2(&actions, lock, 104)
        posix_spawn_file_actions_adddup2(&actions, 103, Self.progressDescriptor)
        posix_spawn_file_actions_adddup2(&actions, 104, Self.lockDescriptor)
        posix_spawn_file_actions_addclose(&actions, 103)
        posix_spawn_file_actions_addclose(&actions, 104)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Its own group: Ctrl-C reaches the starter, which ends the cluster in order.
        // POSIX_SPAWN_SETSID (glibc's, 0x80) is not in the Swift view of <spawn.h>.
        let group: Int16 = isDetached ? 0x80 : Int16(POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(&attributes, group | Int16(POSIX_SPAWN_SETSIGDEF))
        // What the starter ignores would stay ignored in every program of every pod.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        guard let program = arguments.first else { throw ClusterError("nothing to start") }
        let code = posix_spawnp(&pid, program, &actions, &attributes, &pointers, environ)
        guard code == 0 else {
            throw ClusterError("\(program) cannot be started: \(String(cString: strerror(code)))")
        }
        return pid
    }

    /// The only child of a process: the cluster's first process under `unshare`; nil when there is none.
    package static func child(of pid: pid_t) -> pid_t? {
        let file = "/proc/\(pid)/task/\(pid)/children"
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        return text.split(separator: " ").first.flatMap { pid_t($0) }
    }
}
