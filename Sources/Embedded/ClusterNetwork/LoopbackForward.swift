package import Logging
import NIOCore
import NIOPosix

/// Carries connections to a loopback port of the host into a network namespace.
///
/// Bytes wait in the kernel when the other side does not read; each side's end is told to the other alone.
package struct LoopbackForward: Sendable {
    package let listener: LoopbackListener
    private let namespace: NetworkNamespace
    /// Of each address family.
    private let connectionLimit: Int
    private let logger: Logger
    /// Where a connection leads; nil closes it.
    private let destination: @Sendable () async -> Endpoint?

    package init(
        _ listener: LoopbackListener,
        into namespace: NetworkNamespace,
        connectionLimit: Int = 1024,
        logger: Logger,
        destination: @escaping @Sendable () async -> Endpoint?
    ) {
        self.listener = listener
        self.namespace = namespace
        self.connectionLimit = connectionLimit
        self.logger = logger
        self.destination = destination
    }

    /// Serves until cancelled; owns and closes the listener's sockets.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for descriptor in listener.descriptors {
                group.addTask {
                    try await SocketServer.serve(
                        descriptor,
                        limit: connectionLimit,
                        halfClosure: true,
                        wrap: Self.wrap
                    ) { client in
                        do {
                            try await relay(client)
                        } catch {
                            logger.debug(
                                "connection failed",
                                metadata: ["port": "\(listener.port)", "error": "\(error)"]
                            )
                        }
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    @Sendable private static func wrap(_ channel: any Channel) throws -> Connection {
        try Connection(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
    }

    private func relay(_ client: Connection) async throws {
        try await client.executeThenClose { fromClient, toClient in
            guard let endpoint = await destination() else { return }
            let descriptor = try await namespace.connectTCP(endpoint.address, port: endpoint.port)
            let server = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .withConnectedSocket(descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.wrap(channel) }
                }
            try await server.executeThenClose { fromServer, toServer in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await Self.copy(fromClient, toServer) }
                    group.addTask { try await Self.copy(fromServer, toClient) }
                    // A failure of one direction ends both.
                    for try await _ in group {}
                }
            }
        }
    }

    private static func copy(
        _ source: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ destination: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        for try await bytes in source { try await destination.write(bytes) }
        destination.finish()
    }
}
