import NIOCore
import NIOPosix
import Synchronization

/// An upstream that answers each request head with the next of its scripted answers.
final class ScriptedServer: Sendable {
    /// What to do when a request head is complete.
    enum Step: Sendable {
        case answer(String)
        /// Writes and closes.
        case answerAndClose(String)
        case close
        case silence
    }

    private let requests = Mutex<[String]>([])
    private let connections = Mutex(0)
    private let bytes = Mutex(0)
    private let bound = Mutex<(any Channel)?>(nil)
    let script: @Sendable (Int) -> Step

    /// `script` gets the number of the request, from 0.
    init(_ script: @escaping @Sendable (Int) -> Step) { self.script = script }

    func start(_ group: any EventLoopGroup) async throws {
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                self.connections.withLock { $0 += 1 }
                return channel.pipeline.addHandler(Handler(self))
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        bound.withLock { $0 = channel }
    }

    /// Stops listening; connects are refused from then on.
    func stop() async throws { try await bound.withLock { $0 }?.close().get() }

    var port: Int { bound.withLock { $0?.localAddress?.port ?? 0 } }
    var heads: [String] { requests.withLock { $0 } }
    var connectionCount: Int { connections.withLock { $0 } }
    var bytesReceived: Int { bytes.withLock { $0 } }

    private final class Handler: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer
        private let server: ScriptedServer
        // Confined to the channel's loop.
        private var text = ""

        init(_ server: ScriptedServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            server.bytes.withLock { $0 += buffer.readableBytes }
            if text.utf8.count < 65536 { text += String(buffer: buffer) }
            while let end = text.firstRange(of: "\r\n\r\n") {
                let head = String(text[..<end.upperBound])
                text.removeSubrange(..<end.upperBound)
                guard head.contains(" HTTP/1.1\r\n") else { continue }
                let number = server.requests.withLock { requests in
                    requests.append(head)
                    return requests.count - 1
                }
                perform(server.script(number), context)
            }
        }

        private func perform(_ step: Step, _ context: ChannelHandlerContext) {
            switch step {
            case .answer(let text): context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
            case .answerAndClose(let text):
                let done = context.eventLoop.makePromise(of: Void.self)
                context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: done)
                done.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
            case .close: context.close(promise: nil)
            case .silence: break
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
