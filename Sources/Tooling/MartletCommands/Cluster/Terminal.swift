import EmbeddedCluster
import Foundation

/// What the user sees of a cluster's start: progress on standard error, the three lines on standard output.
enum Terminal {
    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    static func fail(_ error: ClusterError) { say("martlet: \(error)") }

    static func show(_ progress: ClusterProgress) {
        switch progress {
        case .began(let name):
            if isatty(2) == 1 { FileHandle.standardError.write(Data("  \(name) ...\r".utf8)) }
        case .ended(let name, let seconds):
            say("✔ \(name) \(String(format: "%.1f", seconds)) s")
        case .note(let text): say("  \(text)")
        case .ready(let cluster):
            print("kubeconfig: \(cluster.kubeconfig)")
            print("gateway: \(cluster.gateway)")
            print("dashboard: \(cluster.dashboard)")
            fflush(nil)
        case .stuck(let why):
            fail(ClusterError(why.message, remedy: why.remedy))
            say("The cluster goes on, so that you can look at it.")
        case .failed: break
        }
    }
}
