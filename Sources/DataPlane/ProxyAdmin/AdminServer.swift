internal import HTTPWire
package import NIOCore
internal import NIOPosix

/// A small HTTP/1.1 server for pages that are made now and then: one listener, bodies ignored, answers of any length.
package enum AdminServer {
    /// Serves `answer` at an address until the channel is closed.
    ///
    /// - Throws: when the address cannot be bound.
    package static func start(
        host: String,
        port: Int,
        group: any EventLoopGroup,
        answer: @escaping @Sendable (AdminRequest) async -> AdminResponse
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AdminHandler(answer))
                }
            }
            .bind(host: host, port: port)
            .get()
    }
}

/// One admin connection; requests are answered in order.
private final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: @Sendable (AdminRequest) async -> AdminResponse
    private var parser = RequestParser()
    private var head = RequestHead()
    private var input = ByteBuffer()
    private var isAnswering = false

    init(_ answer: @escaping @Sendable (AdminRequest) async -> AdminResponse) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        // Nobody sends an admin page a megabyte.
        guard input.readableBytes + bytes.readableBytes <= 1 << 20 else { return context.close(promise: nil) }
        input.writeBuffer(&bytes)
        parse(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func parse(_ context: ChannelHandlerContext) {
        while !isAnswering {
            switch parser.next(&input, into: &head) {
            case .needMoreData: return
            case .head, .body, .trailers: continue
            case .end: begin(context)
            case .error(let error):
                write(AdminResponse(status: error.status, body: "\(error.replyBody)\n"), close: true, context)
                return
            }
        }
    }

    private func begin(_ context: ChannelHandlerContext) {
        isAnswering = true
        let target = head.path.map { head.headers.string($0) } ?? "/"
        let request = AdminRequest(isPost: head.method == .post, target: target)
        let answer = answer
        let closes = !head.keepAlive
        let isHead = head.method == .head
        let promise = context.eventLoop.makePromise(of: AdminResponse.self)
        promise.completeWithTask { await answer(request) }
        promise.futureResult.assumeIsolated().whenSuccess { [self] response in
            write(response, close: closes, isHead: isHead, context)
            isAnswering = false
            if !closes { parse(context) }
        }
    }

    private func write(
        _ response: AdminResponse,
        close: Bool,
        isHead: Bool = false,
        _ context: ChannelHandlerContext
    ) {
        var head = ResponseHead()
        head.status = response.status
        head.keepAlive = !close
        head.headers.set(.contentType, response.contentType)
        head.headers.set(.cacheControl, "no-cache, max-age=0")
        head.framing = .length(UInt64(response.body.utf8.count))
        var buffer = context.channel.allocator.buffer(capacity: response.body.utf8.count + 256)
        buffer.writeResponseHead(head)
        if !isHead { buffer.writeString(response.body) }
        let done = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(buffer), promise: done)
        if close { done.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
    }
}
