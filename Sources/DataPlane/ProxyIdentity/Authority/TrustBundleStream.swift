package import EnvoyAPI
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import Logging
internal import Synchronization
internal import XDSProtocol

/// A small discovery stream of the agent's own for the mesh's roots (SDS `ROOTCA`), where the engine is an Envoy, which
/// keeps what it gets to itself.
package struct TrustBundleStream: Sendable {
    private let access: ControlPlaneAccess
    private let node: Envoy_Config_Core_V3_Node
    private let trust: @Sendable (TrustBundle) -> Void
    private let clock: IdentityClock
    private let logger: Logger

    /// A stream that is not open yet; `trust` gets every bundle that can be used.
    package init(
        access: ControlPlaneAccess,
        node: Envoy_Config_Core_V3_Node,
        clock: IdentityClock = IdentityClock(),
        logger: Logger,
        trust: @escaping @Sendable (TrustBundle) -> Void
    ) {
        self.access = access
        self.node = node
        self.clock = clock
        self.logger = logger
        self.trust = trust
    }

    /// Connects and reconnects, with jittered back-off up to 30 s, until the task is cancelled.
    package func run() async {
        let session = Session()
        var limit = Duration.milliseconds(500)
        var failures = 0
        while !Task.isCancelled {
            await access.waitForCredentials()
            let reason = await stream(session, failures)
            guard !Task.isCancelled else { return }
            if session.close() { (limit, failures) = (.milliseconds(500), 0) } else { failures &+= 1 }
            logger.warning(
                "the stream of roots ended",
                metadata: ["reason": "\(reason)", "server": "\(access.address)"]
            )
            guard (try? await clock.sleep(limit * Double.random(in: 0.5...1))) != nil else { return }
            limit = min(.seconds(30), limit * 2)
        }
    }

    /// What outlives a stream: the machine of the protocol, and whether the last stream was answered.
    private final class Session: Sendable {
        private struct State: Sendable {
            var stream = DeltaClientStream()
            var wasAnswered = false
        }

        private let state = Mutex(State())

        init() { _ = state.withLock { $0.stream.want(.sds, names: [SecretName.roots]) } }

        func open(_ node: Envoy_Config_Core_V3_Node) -> [DeltaClientStream.Request] {
            state.withLock { state in
                state.wasAnswered = false
                return state.stream.open(node: node)
            }
        }

        func conclude(
            _ response: DeltaClientStream.Response,
            rejecting rejections: [ResourceRejection]
        ) -> DeltaClientStream.Request {
            state.withLock { state in
                state.wasAnswered = true
                return state.stream.conclude(response, rejecting: rejections)
            }
        }

        /// Whether the stream was answered.
        func close() -> Bool {
            state.withLock { state in
                state.stream.close()
                return state.wasAnswered
            }
        }
    }

    /// Opens one stream and reads it to its end; returns why it ended.
    private func stream(_ session: Session, _ failures: Int) async -> String {
        do {
            let connection = try access.prepare(failures: failures)
            let transport = try HTTP2ClientTransport.Posix.http2NIOPosix(
                target: .dns(host: access.address.host, port: access.address.port),
                transportSecurity: connection.security,
                config: .defaults { config in
                    config.http2.authority = connection.serverName
                    config.connection.keepalive = .init(
                        time: .seconds(20),
                        timeout: .seconds(10),
                        allowWithoutCalls: false
                    )
                    config.connection.maxIdleTime = nil
                }
            )
            var options = CallOptions.defaults
            options.waitForReady = false
            let opened = session.open(node)
            try await withGRPCClient(transport: transport) { [options] client in
                let discovery = Envoy_Service_Discovery_V3_AggregatedDiscoveryService.Client(wrapping: client)
                let (outgoing, output) = AsyncStream<DeltaClientStream.Request>.makeStream()
                for request in opened { output.yield(request) }
                defer { output.finish() }
                try await discovery.deltaAggregatedResources(
                    metadata: connection.metadata,
                    options: options,
                    requestProducer: { writer in
                        for await request in outgoing { try await writer.write(request) }
                    },
                    onResponse: { response in
                        defer { output.finish() }
                        for try await message in response.messages { output.yield(conclude(message, session)) }
                    }
                )
            }
            return "the server ended the stream"
        } catch let error as RPCError {
            return error.explanation
        } catch {
            return "\(error)"
        }
    }

    private func conclude(
        _ response: DeltaClientStream.Response,
        _ session: Session
    ) -> DeltaClientStream.Request {
        var rejections: [ResourceRejection] = []
        if let resource = response.resources.last(where: { $0.name == SecretName.roots }) {
            do {
                trust(try TrustBundle(resource.resource))
            } catch {
                logger.warning("refused the mesh's roots", metadata: ["reason": "\(error)"])
                rejections = [ResourceRejection(name: SecretName.roots, reason: "\(error)")]
            }
        }
        return session.conclude(response, rejecting: rejections)
    }
}
