package import NIOCore

/// Reads responses off one upstream connection: bytes in, `WireEvent`s out.
package struct ResponseParser: Sendable {
    package let limits: HTTPLimits
    /// The trailer section of the message just read.
    package private(set) var trailers = HeaderBlock()

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Says which request the next final response answers; call it before each request is written.
    package mutating func expect(_ method: HTTPMethod) {}

    /// Reads the next event. An informational response is a `head` followed at once by `end`; the final one follows.
    package mutating func next(_ buffer: inout ByteBuffer, into head: inout ResponseHead) -> WireEvent {
        .needMoreData
    }

    /// The peer closed the connection: `end` if that ends the message properly, else an error, nil between messages.
    package mutating func finish() -> WireEvent? { nil }
}
