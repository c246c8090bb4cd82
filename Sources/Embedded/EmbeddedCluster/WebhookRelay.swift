import ClusterAPI
import ClusterNetwork
import Logging

/// Lets the API server, which lives in the host's network, reach webhooks in the pods' network: one loopback port for
/// each endpoint ever called.
actor WebhookRelay {
    private let logger: Logger
    private var hub: NetworkNamespace?
    private var places: [WebhookCall.Endpoint: UInt16] = [:]
    private let forwards: AsyncStream<LoopbackForward>
    private let added: AsyncStream<LoopbackForward>.Continuation

    init(logger: Logger) {
        self.logger = logger
        (forwards, added) = AsyncStream.makeStream(of: LoopbackForward.self)
    }

    func lead(into hub: NetworkNamespace) { self.hub = hub }

    /// Where on loopback this endpoint answers.
    func place(of endpoint: WebhookCall.Endpoint) throws -> WebhookCall.Endpoint {
        if let port = places[endpoint] { return WebhookCall.Endpoint(address: "127.0.0.1", port: Int(port)) }
        guard let hub, let address = IPv4Address(endpoint.address), let port = UInt16(exactly: endpoint.port) else {
            throw WebhookFailure(reason: "\(endpoint.address):\(endpoint.port) is no address of this cluster")
        }
        let listener = try LoopbackListener(port: 0)
        added.yield(LoopbackForward(listener, into: hub, logger: logger) { Endpoint(address, port) })
        places[endpoint] = listener.port
        return WebhookCall.Endpoint(address: "127.0.0.1", port: Int(listener.port))
    }

    /// Carries until cancelled.
    nonisolated func run() async {
        await withDiscardingTaskGroup { group in
            for await forward in forwards { group.addTask { try? await forward.run() } }
        }
    }
}
