import KubernetesAPI
import NIOCore

/// Bytes of one of the numbered channels that share a WebSocket: the number first, in base64 a digit.
struct ChannelMessage: Sendable, Equatable {
    enum Encoding: Sendable {
        case binary
        /// Text: a digit and base64; only for channels 0 to 9.
        case base64
    }

    var channel: UInt8
    var bytes: [UInt8]

    init(channel: UInt8, bytes: [UInt8]) {
        self.channel = channel
        self.bytes = bytes
    }

    /// Nil for an empty message and for what is no base64.
    init?(_ message: ByteBuffer, _ encoding: Encoding) {
        guard let first = message.readableBytesView.first else { return nil }
        let rest = message.readableBytesView.dropFirst()
        switch encoding {
        case .binary: self.init(channel: first, bytes: Array(rest))
        case .base64:
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
                let bytes = Base64.decode(String(decoding: rest, as: UTF8.self))
            else { return nil }
            self.init(channel: first - UInt8(ascii: "0"), bytes: bytes)
        }
    }

    func encoded(_ encoding: Encoding) -> ByteBuffer {
        switch encoding {
        case .binary:
            var buffer = ByteBuffer()
            buffer.reserveCapacity(bytes.count + 1)
            buffer.writeInteger(channel)
            buffer.writeBytes(bytes)
            return buffer
        case .base64: return ByteBuffer(string: "\(channel % 10)" + Base64.encode(bytes))
        }
    }
}
