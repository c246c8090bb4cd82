import NIOCore
import NIOWebSocket

/// Turns frames into messages and answers what belongs to the protocol itself: pings and the closing handshake
/// (RFC 6455 sections 5.5 and 7).
///
/// Stands behind an aggregator, so that every frame is a whole message.
final class WebSocketMessages: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private var saidGoodbye = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .text: context.fireChannelRead(wrapInboundOut(frame.unmaskedData))
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose: close(context, .normalClosure)
        default: break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if unwrapOutboundIn(data).opcode == .connectionClose { saidGoodbye = true }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let code: WebSocketErrorCode =
            switch error {
            case NIOWebSocketError.invalidFrameLength: .messageTooLarge
            case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error: .protocolError
            default: .unexpectedServerError
            }
        close(context, code)
    }

    private func close(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode) {
        guard !saidGoodbye else {
            context.close(promise: nil)
            return
        }
        saidGoodbye = true
        context.write(wrapOutboundOut(.closing(code, context.channel.allocator)), promise: nil)
        context.flush()
        context.close(promise: nil)
    }
}

extension WebSocketFrame {
    /// A close frame with its status code (RFC 6455 section 5.5.1).
    static func closing(_ code: WebSocketErrorCode, _ allocator: ByteBufferAllocator = .init()) -> WebSocketFrame {
        var buffer = allocator.buffer(capacity: 2)
        buffer.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: buffer)
    }
}
