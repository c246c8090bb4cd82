import Foundation

/// What the cluster's process tells its starter, one line each.
package enum ClusterProgress: Codable, Sendable, Hashable {
    /// A part began to start.
    case began(String)
    /// A part is up; seconds since it began.
    case ended(String, seconds: Double)
    /// Something the user should know.
    case note(String)
    /// Everything answers.
    case ready(ReadyCluster)
    /// Not everything answers; what runs goes on, so that it can be looked at.
    case stuck(ClusterFailure)
    /// It cannot start or cannot go on.
    case failed(ClusterFailure)
}

/// The three lines that `martlet up` ends with.
package struct ReadyCluster: Codable, Sendable, Hashable {
    package var kubeconfig: String
    package var gateway: String
    package var dashboard: String
}

/// ``ClusterError`` on its way to the starter.
package struct ClusterFailure: Codable, Sendable, Hashable {
    package var message: String
    package var remedy: String

    package init(message: String, remedy: String = "") {
        self.message = message
        self.remedy = remedy
    }
}

/// Writes ``ClusterProgress`` for the starter; a starter that has gone is not missed.
package struct ProgressWriter: Sendable {
    private let descriptor: Int32

    package init(descriptor: Int32) { self.descriptor = descriptor }

    /// Writes one line.
    package func tell(_ progress: ClusterProgress) {
        guard var line = try? JSONEncoder().encode(progress) else { return }
        line.append(UInt8(ascii: "\n"))
        line.withUnsafeBytes { bytes in
            // One write: lines of two threads must not mix. They are far shorter than a pipe takes at once.
            _ = write(descriptor, bytes.baseAddress, bytes.count)
        }
    }

    /// Tells when `body` begins and ends.
    package func step<Value>(
        _ name: String,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        tell(.began(name))
        let start = ContinuousClock.now
        let value = try await body()
        let seconds = start.duration(to: .now) / .seconds(1)
        tell(.ended(name, seconds: seconds))
        return value
    }
}
