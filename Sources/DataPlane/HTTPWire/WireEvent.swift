package import NIOCore

/// What a parser found next in its buffer.
package enum WireEvent: Equatable, Sendable {
    /// All that was there is used; come back with more bytes.
    case needMoreData
    /// The head given to `next` is filled in.
    case head
    /// A stretch of the body, a slice of the buffer without its chunk framing; never empty.
    case body(ByteBuffer)
    /// The trailer section is in `trailers`; comes only if it is not empty, right before `end`.
    case trailers
    /// The message is complete; the next call starts the next one.
    case end
    /// The bytes are no HTTP; every further call says so again, and the connection is to be closed.
    case error(HTTPWireError)
}
