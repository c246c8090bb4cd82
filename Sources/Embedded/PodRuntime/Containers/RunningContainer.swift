import Glibc
import KubernetesAPI

/// One live process of a container, and what starting another one beside it takes.
struct RunningContainer: Sendable {
    var process: SandboxProcess
    var attempt: Int
    var log: LogFile
    var environment: [String: String]
    var workingDirectory: String
    var identity: SecurityIdentity
    var controlGroup: ControlGroup?
    /// On the host; what the container left in it becomes `terminated.message`.
    var messagePath: String
    var messageFromLog: Bool

    /// What `terminated.message` says, 4096 bytes of it.
    func message(failed: Bool) -> String {
        let bytes = (try? FileBytes.read(messagePath, limit: 4096)) ?? []
        if bytes.isEmpty, failed, messageFromLog {
            var options = LogOptions()
            options.tailLines = 80
            var filter = LogFilter(options, now: Timestamp.now())
            let lines = filter.first((try? FileBytes.read(log.path, limit: 1 << 20)) ?? [])
            return String(decoding: lines.suffix(2048), as: UTF8.self)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Why a container was not started.
struct LaunchFailure: Error, Sendable, Hashable {
    var reason: String
    var message: String
    /// Counts as an exit, with code 128; otherwise it is tried again as it is.
    var isFinal = false
}
