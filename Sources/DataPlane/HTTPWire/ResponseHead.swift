/// The head of a response. Confined to one event loop; reuse it with `reset()`.
package struct ResponseHead: Sendable {
    package var headers: HeaderBlock
    /// 100...999.
    package var status: UInt16 = 200
    package var version: HTTPVersion = .http1_1
    package var framing: BodyFraming = .none
    /// Whether the connection stays open after this exchange.
    package var keepAlive = true

    package init() {
        headers = HeaderBlock(reservingBytes: 512, fields: 24)
    }

    /// Makes the head ready for the next message.
    package mutating func reset() {
        headers.removeAll(keepingCapacity: true)
        status = 200
        version = .http1_1
        framing = .none
        keepAlive = true
    }

    /// True for 1xx, after which the final response still comes (101 excepted, which no upstream is asked for).
    @inlinable package var isInformational: Bool { status < 200 }
}
