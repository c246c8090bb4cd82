import NIOCore
import NIOPosix
import Synchronization

/// A socket that sends text and waits for text; for tests of what really goes over the wire.
final class RawClient: Sendable {
    private struct State {
        var received = ""
        var isClosed = false
        var waiters: [(isDone: @Sendable (String, Bool) -> Bool, CheckedContinuation<String, Never>)] = []
    }

    let channel: any Channel
    private let state: Sink

    final class Sink: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let values = Mutex(State())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            change { $0.received += text }
        }

        func channelInactive(context: ChannelHandlerContext) { change { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func change(_ body: (inout State) -> Void) {
            let ready = values.withLock { state in
                body(&state)
                let done = state.waiters.filter { $0.isDone(state.received, state.isClosed) }
                state.waiters.removeAll { $0.isDone(state.received, state.isClosed) }
                return done.map { ($0.1, state.received) }
            }
            for (continuation, text) in ready { continuation.resume(returning: text) }
        }

        /// A test whose time is over gets what is there, so that it fails instead of waiting for ever.
        func wait(_ isDone: @escaping @Sendable (String, Bool) -> Bool) async -> String {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let text: String? = values.withLock { state in
                        if isDone(state.received, state.isClosed) || Task.isCancelled { return state.received }
                        state.waiters.append((isDone, continuation))
                        return nil
                    }
                    if let text { continuation.resume(returning: text) }
                }
            } onCancel: {
                let waiters = values.withLock { state in
                    defer { state.waiters = [] }
                    return state.waiters.map { ($0.1, state.received) }
                }
                for (continuation, text) in waiters { continuation.resume(returning: text) }
            }
        }
    }

    private init(_ channel: any Channel, _ sink: Sink) {
        self.channel = channel
        state = sink
    }

    static func connect(to port: Int, group: any EventLoopGroup) async throws -> RawClient {
        let sink = Sink()
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { $0.pipeline.addHandler(sink) }
            .connect(host: "127.0.0.1", port: port)
            .get()
        return RawClient(channel, sink)
    }

    func close() async throws { try await channel.close() }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// Everything received once `isDone` holds or the peer closed.
    func receive(until isDone: @escaping @Sendable (String) -> Bool) async -> String {
        await state.wait { isDone($0) || $1 }
    }

    func receiveToEnd() async -> String { await state.wait { $1 } }
}
