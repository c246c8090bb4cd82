import NIOCore
import NIOPosix
import Synchronization

/// Accepts connections of a listening socket made elsewhere and serves each in a task of its own.
enum SocketServer {
    /// Serves until cancelled or until accepting fails; owns and closes the descriptor and every connection.
    ///
    /// A connection beyond `limit` is closed at once. `wrap` runs on the connection's event loop before its first byte is
    /// read. What `body` throws ends its connection only.
    static func serve(
        _ descriptor: Int32,
        limit: Int,
        halfClosure: Bool = false,
        wrap: @escaping @Sendable (any Channel) throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        body: @escaping @Sendable (NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws -> Void
    ) async throws {
        let (accepted, continuation) = AsyncStream.makeStream(of: (any Channel).self)
        let open = OpenChannels(limit: limit)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: halfClosure)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard open.add(channel) else { throw ChannelError.inappropriateOperationForState }
                    try channel.pipeline.syncOperations.addHandler(Activation { continuation.yield(channel) })
                }
            }
            .withBoundSocket(descriptor)
            .get()
        server.closeFuture.whenComplete { _ in continuation.finish() }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await channel in accepted {
                    group.addTask { try? await body(begin(channel, wrap)) }
                }
                group.cancelAll()
            }
        } onCancel: {
            server.close(promise: nil)
        }
        // Those accepted and not yet taken have nobody else to close them.
        open.closeAll()
        try? await server.closeFuture.get()
        if !Task.isCancelled { throw ChannelError.eof }
    }

    private static func begin(
        _ channel: any Channel,
        _ wrap: @escaping @Sendable (any Channel) throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer>
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await channel.eventLoop.submit {
            let wrapped = try wrap(channel)
            // Fails on a channel that is closed already; then its stream ends at once.
            try? channel.syncOptions?.setOption(.autoRead, value: true)
            return wrapped
        }.get()
    }
}

/// Tells once that the connection can be written to, and leaves.
private final class Activation: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    private let isActive: () -> Void

    init(isActive: @escaping () -> Void) { self.isActive = isActive }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        isActive()
    }
}

/// The connections of a server, as many as the limit allows.
private final class OpenChannels: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False when there are too many, or no more are wanted.
    func add(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let isAdded = state.withLock { state in
            guard !state.isClosed, state.channels.count < limit else { return false }
            state.channels[key] = channel
            return true
        }
        if isAdded {
            channel.closeFuture.whenComplete { [self] _ in state.withLock { _ = $0.channels.removeValue(forKey: key) } }
        }
        return isAdded
    }

    func closeAll() {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
