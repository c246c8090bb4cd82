import Foundation

/// The directory that a cluster lives in; everything that is kept is below it.
///
///     cluster.db, pki/     objects, keys and certificates: they outlive the cluster
///     kubeconfig           for kubectl
///     lock, cluster.json   held and written while the cluster runs
///     cluster.log, pods/   the log of the cluster, the logs and volumes of its pods
package struct ClusterHome: Sendable, Hashable {
    /// Absolute, without a slash at the end.
    package let path: String
    /// What a command of this home is written with: ` --home /a`; empty where the commands find it by themselves.
    package let option: String

    /// `path`, or `MARTLET_HOME`, or `~/.martlet`; relative paths are taken from the working directory.
    package init(_ path: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        let named = [path, environment["MARTLET_HOME"]].compactMap { $0 }.first { !$0.isEmpty }
        let wish = named ?? (environment["HOME"] ?? "/root") + "/.martlet"
        let absolute = URL(fileURLWithPath: wish).standardizedFileURL.path
        self.path = absolute
        let needsQuotes = absolute.contains { !($0.isLetter || $0.isNumber || "/._-+@".contains($0)) }
        let word = needsQuotes ? "'\(absolute.replacing("'", with: "'\\''"))'" : absolute
        option = path == nil ? "" : " --home \(word)"
    }

    package var kubeconfig: String { path + "/kubeconfig" }
    package var database: String { path + "/cluster.db" }
    package var keys: String { path + "/pki" }
    package var pods: String { path + "/pods" }
    package var log: String { path + "/cluster.log" }
    private var lockFile: String { path + "/lock" }
    private var recordFile: String { path + "/cluster.json" }

    /// Makes the directory, for its owner only; throws when that cannot be.
    package func make() throws(ClusterError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ClusterError(
                "the home \(path) cannot be made: \(error.localizedDescription)",
                remedy: "Choose a directory that you may write to with --home DIR."
            )
        }
    }

    /// Takes the lock of the home and hands over its descriptor, which whoever runs the cluster keeps open.
    ///
    /// The kernel gives the lock back when the last process that has the descriptor ends, however it ends.
    package func lock() throws(ClusterError) -> Int32 {
        let descriptor = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ClusterError("\(lockFile) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            let who = record().map { " (pid \($0.processID))" } ?? ""
            throw ClusterError(
                "a cluster already runs in \(path)\(who)",
                remedy: "Use it (`martlet env\(option)`), end it (`martlet down\(option)`), or choose another home with"
                    + " --home DIR."
            )
        }
        return descriptor
    }

    /// Whether a cluster runs here now.
    package var isRunning: Bool {
        let descriptor = open(lockFile, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return true }
        return false
    }

    /// What the running cluster wrote of itself, or the last one that ran.
    package func record() -> ClusterRecord? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: recordFile)) else { return nil }
        return try? JSONDecoder().decode(ClusterRecord.self, from: data)
    }

    /// Replaces the record at once: a reader sees the former or this one.
    package func write(_ record: ClusterRecord) throws(ClusterError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(record).write(to: URL(fileURLWithPath: recordFile), options: .atomic)
        } catch {
            throw ClusterError("\(recordFile) cannot be written: \(error.localizedDescription)")
        }
    }
}

/// What `martlet down`, `martlet env` and the next start know of a cluster.
package struct ClusterRecord: Codable, Sendable, Hashable {
    /// Of the cluster's first process, as the host counts.
    package var processID: Int32
    /// Of the process beside it that waits for its end; both are gone when it is down.
    package var parentProcessID: Int32
    /// Ports of the host's loopback; a second start asks for the same.
    package var apiPort: UInt16
    package var gatewayPort: UInt16
    package var dashboardPort: UInt16

    package init(
        processID: Int32 = 0,
        parentProcessID: Int32 = 0,
        apiPort: UInt16,
        gatewayPort: UInt16,
        dashboardPort: UInt16
    ) {
        self.processID = processID
        self.parentProcessID = parentProcessID
        self.apiPort = apiPort
        self.gatewayPort = gatewayPort
        self.dashboardPort = dashboardPort
    }
}
