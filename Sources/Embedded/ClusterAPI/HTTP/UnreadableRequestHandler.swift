import NIOCore
import NIOHTTP1

/// Answers a first request that is no HTTP with 400 and ends the connection: as long as nobody knows what becomes of a
/// connection there is nobody else to hear of it, and it would stay open and silent for ever.
final class UnreadableRequestHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny
    typealias OutboundOut = HTTPServerResponsePart

    private var isDecided = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isDecided = true
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isDecided, error is HTTPParserError else { return context.fireErrorCaught(error) }
        isDecided = true
        let headers = HTTPHeaders([("Connection", "close"), ("Content-Length", "0")])
        let head = HTTPResponseHead(version: .http1_1, status: .badRequest, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
