package import NIOCore

/// What a parser found next in its buffer.
package enum WireEvent {
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
    /// The bytes are no HTTP; the connection cannot be used for further messages.
    case error(HTTPWireError)
}

/// Reads requests off one connection: bytes in, `WireEvent`s out. Pull the next event until `needMoreData`.
package struct RequestParser: Sendable {
    package let limits: HTTPLimits
    /// The trailer section of the message just read.
    package private(set) var trailers = HeaderBlock()

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Reads the next event from `buffer`, moving its reader index past what was used.
    ///
    /// Bytes of a following request stay in the buffer: do not ask for them before the answer to this one is written
    /// unless pipelined requests are to be held back in some other way.
    package mutating func next(_ buffer: inout ByteBuffer, into head: inout RequestHead) -> WireEvent {
        .needMoreData
    }
}
