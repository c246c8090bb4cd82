import Logging
package import NIOCore
import NIOPosix
import NIOSSL

/// Where the API server listens.
package enum ListeningSocket: Sendable, Hashable {
    /// Port 0 is any free one.
    case address(host: String, port: Int)
    /// A TCP socket already bound (and not yet listening or listening) in whatever network namespace; the server closes
    /// it at its end.
    case bound(descriptor: CInt)
}

extension ClusterAPIServer {
    /// Serves HTTPS on all sockets until the task is cancelled; then every connection is closed.
    ///
    /// `onListening` is told the addresses in the order of `sockets`, once all accept connections. Throws when one
    /// cannot be listened on. Call ``start()`` before.
    package func run(
        on sockets: [ListeningSocket],
        onListening: @Sendable ([SocketAddress]) async -> Void = { _ in }
    ) async throws {
        let connections = APIChannel(server: self, tls: try tlsContext())
        let logger = logger
        var listeners: [NIOAsyncChannel<APIConnection, Never>] = []
        do {
            for socket in sockets { listeners.append(try await listen(socket, connections)) }
        } catch {
            for listener in listeners { try? await listener.channel.close() }
            throw error
        }
        await onListening(listeners.compactMap(\.channel.localAddress))
        await withDiscardingTaskGroup { group in
            for listener in listeners {
                group.addTask {
                    await withDiscardingTaskGroup { connectionGroup in
                        do {
                            try await listener.executeThenClose { accepted in
                                for try await connection in accepted {
                                    connectionGroup.addTask {
                                        await connections.handle(value: connection, logger: logger)
                                    }
                                }
                            }
                        } catch {
                            if !(error is CancellationError) { logger.error("accepting connections ended: \(error)") }
                        }
                        connectionGroup.cancelAll()
                    }
                }
            }
        }
    }

    private func listen(
        _ socket: ListeningSocket,
        _ connections: APIChannel
    ) async throws -> NIOAsyncChannel<APIConnection, Never> {
        let logger = logger
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        switch socket {
        case .address(let host, let port):
            return try await bootstrap.bind(host: host, port: port) { channel in
                connections.setup(channel: channel, logger: logger)
            }
        case .bound(let descriptor):
            return try await bootstrap.bind(descriptor) { channel in
                connections.setup(channel: channel, logger: logger)
            }
        }
    }

    /// TLS 1.2 and newer; a client certificate is optional, one of another authority ends the handshake.
    private func tlsContext() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(credentials.serving.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(credentials.serving.key.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(credentials.authority.utf8)))
        configuration.certificateVerification = .optionalVerification
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
