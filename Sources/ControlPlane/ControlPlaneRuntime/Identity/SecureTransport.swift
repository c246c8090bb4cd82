internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import SwiftASN1
internal import Synchronization
internal import X509

/// What TLS has found out about whoever makes a call.
struct ConnectedPeer: ServerContext.TransportSpecific {
    /// Verified against the trust bundle at the handshake; nil when the client showed none.
    var certificate: Certificate?
}

/// HTTP/2 over TLS with client certificates that may be left out, and the peer's certificate in every call's context.
///
/// The transport of grpc-swift either demands a certificate or looks at none; this one listens for itself.
struct SecureTransport: ServerTransport {
    typealias Bytes = GRPCNIOTransportBytes

    private let inner: HTTP2ServerTransport.Custom<SecureListenerFactory>
    private let connections = SecureConnections()

    /// Listens once asked to.
    init(address: ListenAddress, contexts: ServingContexts, logger: Logger) {
        var config = HTTP2ServerTransport.Custom<SecureListenerFactory>.Config.defaults
        config.http2.maxConcurrentStreams = XDSListener.maximumStreams
        config.connection.keepalive = XDSListener.keepalive
        config.rpc.maxRequestPayloadSize = XDSListener.maximumMessageBytes
        inner = HTTP2ServerTransport.Custom(
            listenerFactory: SecureListenerFactory(
                address: address,
                contexts: contexts,
                connections: connections,
                logger: logger
            ),
            config: config
        )
    }

    /// The port that is bound; nil once it is not.
    var port: Int? {
        get async {
            let address = await inner.listeningAddress
            return address?.ipv4?.port ?? address?.ipv6?.port
        }
    }

    func configure(context: GRPCServerContext) { inner.configure(context: context) }

    func listen(
        streamHandler: @escaping @Sendable (RPCStream<Inbound, Outbound>, ServerContext) async -> Void
    ) async throws {
        try await inner.listen { [connections] stream, context in
            var context = context
            context.transportSpecific = await connections.peer(of: context)
            await streamHandler(stream, context)
        }
    }

    func beginGracefulShutdown() { inner.beginGracefulShutdown() }
}

/// The connections that are open, by their two addresses, which no two of them share.
final class SecureConnections: Sendable {
    private struct Ends: Hashable {
        var remote: String
        var local: String
    }

    private let channels = Mutex<[Ends: any Channel]>([:])

    /// Knows the channel until it closes.
    func insert(_ channel: any Channel) {
        let ends = Ends(remote: Self.text(channel.remoteAddress), local: Self.text(channel.localAddress))
        channels.withLock { $0[ends] = channel }
        channel.closeFuture.whenComplete { _ in
            self.channels.withLock { channels in
                if channels[ends] === channel { channels[ends] = nil }
            }
        }
    }

    /// What TLS knows of the peer of a call.
    func peer(of context: ServerContext) async -> ConnectedPeer {
        let ends = Ends(remote: context.remotePeer, local: context.localPeer)
        guard let channel = channels.withLock({ $0[ends] }),
            let certificate = try? await channel.nioSSL_peerCertificate().get(),
            let bytes = try? certificate.toDERBytes()
        else { return ConnectedPeer() }
        return ConnectedPeer(certificate: try? Certificate(derEncoded: bytes))
    }

    /// As the transport of grpc-swift writes the ends of a call.
    private static func text(_ address: NIOCore.SocketAddress?) -> String {
        switch address {
        case .v4(let v4)?: "ipv4:\(v4.host):\(address?.port ?? 0)"
        case .v6(let v6)?: "ipv6:[\(v6.host)]:\(address?.port ?? 0)"
        default: ""
        }
    }
}

/// Listens, and puts the TLS of the moment in front of every connection.
struct SecureListenerFactory: HTTP2ServerTransport.ListenerFactory {
    let address: ListenAddress
    let contexts: ServingContexts
    let connections: SecureConnections
    let logger: Logger
    var eventLoopGroup: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
            .bind(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = NIOSSLServerHandler(context: try contexts.current())
                    try channel.pipeline.syncOperations.addHandler(handler)
                    try channel.pipeline.syncOperations.addHandler(HandshakeDeadline())
                    connections.insert(channel)
                }.flatMap {
                    connectionConfigurator.configure(channel: channel, tls: .configured(requireALPN: true))
                }
            }
    }
}
