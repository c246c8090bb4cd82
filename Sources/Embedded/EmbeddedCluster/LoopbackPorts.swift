import ClusterNetwork
import Foundation

/// The ports of the host's loopback that the cluster opens, bound before anything else starts.
struct LoopbackPorts: Sendable {
    let api: LoopbackListener
    let gateway: LoopbackListener
    let dashboard: LoopbackListener

    /// Ports that were asked for must be free; the others are those of the last run when they can be had.
    init(_ configuration: ClusterConfiguration, before: ClusterRecord?) throws(ClusterError) {
        do {
            if let port = configuration.apiPort {
                api = try LoopbackListener(port: port)
            } else {
                api = try Self.listener(preferring: before?.apiPort ?? 6443)
            }
            dashboard = try Self.listener(preferring: before?.dashboardPort ?? 20001)
            gateway = try LoopbackListener(port: configuration.gatewayPort)
        } catch {
            throw Self.refusal(error)
        }
    }

    fileprivate static func refusal(_ failure: LoopbackListener.Failure) -> ClusterError {
        ClusterError(
            "\(failure)",
            remedy: "Choose another with --gateway-port N (0 takes a free one), or end what uses it."
        )
    }

    private static func listener(preferring port: UInt16) throws(LoopbackListener.Failure) -> LoopbackListener {
        if let listener = try? LoopbackListener(port: port) { return listener }
        return try LoopbackListener(port: 0)
    }
}

extension ClusterConfiguration {
    /// Throws when what was asked for cannot be had: a port that somebody listens on, a file that cannot be read.
    ///
    /// For the process that starts the cluster: the user hears at once, and who listens on a port is not seen from the
    /// cluster's own PID namespace.
    package func check() throws(ClusterError) {
        for sample in samples { _ = try Manifests.folder(of: sample, programs: programs) }
        if !files.isEmpty { _ = try Manifests.read(files) }
        do {
            for descriptor in try LoopbackListener(port: gatewayPort).descriptors { close(descriptor) }
        } catch {
            throw LoopbackPorts.refusal(error)
        }
    }
}
