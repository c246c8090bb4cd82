import KubernetesAPI
import NIOCore
import NIOPosix

@testable import ClusterAPI

/// TCP on loopback: says back what it hears, and closes once the other side has.
struct EchoServer: Sendable {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let listener: any Channel
    let port: Int

    init() async throws {
        listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
    }

    func close() { listener.close(promise: nil) }

    static func dial(_ port: Int) async throws -> Connection {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
    }

    /// What comes back for `bytes` and a half-close.
    static func exchange(_ bytes: [UInt8], port: Int) async throws -> [UInt8] {
        try await dial(port).executeThenClose { inbound, outbound in
            async let sent: Void = {
                try await outbound.write(ByteBuffer(bytes: bytes))
                outbound.finish()
            }()
            var received: [UInt8] = []
            for try await part in inbound { received += part.readableBytesView }
            try await sent
            return received
        }
    }

    /// A connection as a node offers it.
    func connection() async throws -> PodConnection {
        let channel = try await Self.dial(port)
        let received = BoundedPipe<[UInt8]>(bytes: 64 << 10)
        let sent = BoundedPipe<[UInt8]>(bytes: 64 << 10)
        let work = Task {
            try await channel.executeThenClose { inbound, outbound in
                async let writing: Void = {
                    while let bytes = await sent.next() { try await outbound.write(ByteBuffer(bytes: bytes)) }
                    outbound.finish()
                }()
                for try await part in inbound {
                    guard await received.send(Array(part.readableBytesView)) else { break }
                }
                received.finish()
                sent.finish()
                try await writing
            }
        }
        return PodConnection(
            received: AsyncThrowingStream { await received.next() },
            send: { guard await sent.send($0) else { throw ChannelError.ioOnClosedChannel } },
            finish: { sent.finish() },
            close: { work.cancel() }
        )
    }
}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }
}
