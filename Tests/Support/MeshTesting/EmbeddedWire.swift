internal import NIOCore
package import NIOEmbedded

/// Two channels without sockets, and what carries bytes between them.
package enum EmbeddedWire {
    /// Makes both active and carries what either says until neither says any more.
    package static func connect(_ one: EmbeddedChannel, _ other: EmbeddedChannel) throws {
        one.connect(to: try SocketAddress(unixDomainSocketPath: "/a"), promise: nil)
        other.connect(to: try SocketAddress(unixDomainSocketPath: "/b"), promise: nil)
        var isMoving = true
        while isMoving {
            isMoving = false
            for (from, to) in [(other, one), (one, other)] {
                while let bytes = try? from.readOutbound(as: ByteBuffer.self) {
                    isMoving = true
                    _ = try? to.writeInbound(bytes)
                }
            }
        }
    }
}
