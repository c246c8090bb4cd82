import NIOCore

/// DNS over TCP: each message after its length in two bytes (RFC 1035 section 4.2.2).
enum DNSFraming {
    /// The channel as a stream of whole messages.
    @Sendable static func wrap(_ channel: any Channel) throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(DNSFrameDecoder()), MessageToByteHandler(DNSFrameEncoder()),
        ])
        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
    }
}

private struct DNSFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let frame = buffer.readLengthPrefixedSlice(as: UInt16.self) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(frame))
        return .continue
    }
}

private struct DNSFrameEncoder: MessageToByteEncoder {
    typealias OutboundIn = ByteBuffer

    func encode(data: ByteBuffer, out: inout ByteBuffer) throws {
        try out.writeLengthPrefixed(as: UInt16.self) { $0.writeImmutableBuffer(data) }
    }
}
