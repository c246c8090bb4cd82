import EmbeddedCluster
import Foundation

/// Shows the progress of a cluster, waits for its end, and ends it when asked to.
struct UpFollower {
    let home: ClusterHome
    /// The process that was started: the cluster's first process is its child.
    let pid: pid_t
    let progress: Int32
    let isDetached: Bool

    /// Returns the exit code: 0 when it ended as asked or, detached, when it is ready.
    func follow(until stop: StopRequests) throws -> Int32 {
        var rest = Data()
        var isRecorded = false
        var isStopping = false
        var failure: ClusterFailure?
        while true {
            if !isRecorded { isRecorded = try record() }
            var waits = [
                pollfd(fd: progress, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waits, 2, isRecorded ? -1 : 20) >= 0 || errno == EINTR else { break }
            if waits[1].revents != 0 {
                stop.take()
                // Asked twice: no more patience.
                end(isStopping ? SIGKILL : SIGTERM)
                if !isStopping { Terminal.say("stopping") }
                isStopping = true
            }
            guard waits[0].revents != 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(progress, &buffer, buffer.count)
            guard count > 0 else { break }
            rest.append(contentsOf: buffer.prefix(count))
            while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest[rest.startIndex..<newline]
                rest.removeSubrange(rest.startIndex...newline)
                guard let event = try? JSONDecoder().decode(ClusterProgress.self, from: line) else { continue }
                Terminal.show(event)
                if case .failed(let why) = event { failure = why }
                if case .ready = event, isDetached { return 0 }
                if case .stuck = event, isDetached { return 1 }
            }
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        if let failure { throw ClusterError(failure.message, remedy: failure.remedy) }
        if isStopping { return 0 }
        if status == 0 {
            Terminal.say("ended by `martlet down`")
            return 0
        }
        throw ClusterError("the cluster ended", remedy: "Its log: \(home.log)")
    }

    /// Notes who runs the cluster, once its first process is there.
    private func record() throws -> Bool {
        guard let child = ClusterLaunch.child(of: pid), var record = home.record() else { return false }
        // The cluster writes its ports; until then there is nothing to add to.
        guard record.processID != child || record.parentProcessID != pid else { return true }
        record.processID = child
        record.parentProcessID = pid
        try home.write(record)
        return false
    }

    private func end(_ signal: Int32) {
        if let child = ClusterLaunch.child(of: pid) { kill(child, signal) } else { kill(pid, SIGKILL) }
    }
}
