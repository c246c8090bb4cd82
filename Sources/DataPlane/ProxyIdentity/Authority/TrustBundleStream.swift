package import EnvoyAPI
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import Logging
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
        var session = Session()
        var limit = Duration.milliseconds(500)
        var failures = 0
        while !Task.isCancelled {
            await access.waitForCredentials()
            let (reason, wasAnswered) = await stream(&session, failures)
            session.stream.close()
            guard !Task.isCancelled else { return }
            if wasAnswered { (limit, failures) = (.milliseconds(500), 0) } else { failures &+= 1 }
            logger.warning("the stream of roots ended", metadata: ["reason": "\(reason)", "server": "\(access.address)"])
            guard (try? await clock.sleep(limit * Double.random(in: 0.5...1))) != nil else { return }
            limit = min(.seconds(30), limit * 2)
        }
    }

    private struct Session: Sendable {
        var stream = DeltaClientStream()
        var wasAnswered = false

        init() { _ = stream.want(.sds, names: [SecretName.roots]) }
    }

    private func stream(_ session: inout Session, _ failures: Int) async -> (reason: String, wasAnswered: Bool) {
        var current = session
        current.wasAnswered = false
        defer { session = current }
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
            let opened = current.stream.open(node: node)
            current = try await withGRPCClient(transport: transport) { [current, options] client in
                let discovery = Envoy_Service_Discovery_V3_AggregatedDiscoveryService.Client(wrapping: client)
                let (outgoing, output) = AsyncStream<DeltaClientStream.Request>.makeStream()
                for request in opened { output.yield(request) }
                defer { output.finish() }
                return try await discovery.deltaAggregatedResources(
                    metadata: connection.metadata,
                    options: options,
                    requestProducer: { writer in
                        for await request in outgoing { try await writer.write(request) }
                    },
                    onResponse: { response in
                        defer { output.finish() }
                        var session = current
                        for try await message in response.messages {
                            session.wasAnswered = true
                            output.yield(conclude(message, &session.stream))
                        }
                        return session
                    }
                )
            }
            return ("the server ended the stream", current.wasAnswered)
        } catch let error as RPCError {
            return (error.explanation, current.wasAnswered)
        } catch {
            return ("\(error)", current.wasAnswered)
        }
    }

    private func conclude(
        _ response: DeltaClientStream.Response,
        _ stream: inout DeltaClientStream
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
        return stream.conclude(response, rejecting: rejections)
    }
}
