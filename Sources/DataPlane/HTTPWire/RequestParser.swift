package import NIOCore

/// Reads requests off one connection: bytes in, `WireEvent`s out. Pull the next event until `needMoreData`.
///
/// Strict by RFC 9112; where Envoy is laxer than the RFC demands of a server (a line ended by LF alone, folded lines,
/// two blanks in the request line, two `host` fields) this parser refuses, because a request two hops read
/// differently can be smuggled. Methods outside RFC 9110 pass, which Envoy refuses.
package struct RequestParser: Sendable {
    private enum State {
        case head
        case body
        case failed(HTTPWireError)
    }

    package let limits: HTTPLimits
    private var state: State = .head
    private var scanner = HeadScanner()
    private var body = BodyReader()
    private var blankLines = 0
    private var isFirstLook = true

    /// The trailer section of the message just read.
    package var trailers: HeaderBlock { body.trailers }

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Reads the next event from `buffer`, moving its reader index past what was used.
    ///
    /// `head` is reset before it is filled, so it must not be in use for the previous request any more when the next
    /// head is asked for: after `end`, ask again only once the answer is written. Bytes of following requests wait in
    /// the buffer.
    package mutating func next(_ buffer: inout ByteBuffer, into head: inout RequestHead) -> WireEvent {
        switch state {
        case .failed(let error):
            return .error(error)
        case .body:
            let event = body.next(&buffer, limits: limits)
            switch event {
            case .end: state = .head
            case .error(let error): state = .failed(error)
            default: break
            }
            return event
        case .head:
            return nextHead(&buffer, into: &head)
        }
    }

    /// The peer sends no more: nil between messages, else the error. Call it when `next` has no more to say.
    package mutating func finish(_ buffer: borrowing ByteBuffer) -> WireEvent? {
        if case .head = state, buffer.readableBytes == 0 { return nil }
        if case .failed = state { return nil }
        state = .failed(.truncated)
        return .error(.truncated)
    }

    private mutating func nextHead(_ buffer: inout ByteBuffer, into head: inout RequestHead) -> WireEvent {
        guard skipBlankLines(&buffer) else { return fail(.malformedRequestLine) }
        guard buffer.readableBytes > 0 else { return .needMoreData }
        let (result, error) = buffer.withUnsafeReadableBytes { bytes -> (HeadScanner.Result, HTTPWireError?) in
            if scanner.isAtStart {
                // Most heads arrive whole and sound: read at once. All others are first looked through for their end,
                // which decides between an error and a wait.
                var length = 0
                head.reset()
                let most = UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, limits.maxHeadBytes)])
                if head.parse(most, limits: limits, length: &length) == nil { return (.complete(length), nil) }
            }
            let result = scanner.scan(bytes, limit: limits.maxHeadBytes)
            guard case .complete(let length) = result else {
                return (result, isFirstLook && !Self.mayBeRequest(bytes) ? .malformedRequestLine : nil)
            }
            head.reset()
            var parsed = 0
            let whole = UnsafeRawBufferPointer(rebasing: bytes[..<length])
            return (result, head.parse(whole, limits: limits, length: &parsed))
        }
        if let error { return fail(error) }
        switch result {
        case .failed(let error): return fail(error)
        case .incomplete:
            isFirstLook = false
            return .needMoreData
        case .complete(let length):
            buffer.moveReaderIndex(forwardBy: length)
            blankLines = 0
            isFirstLook = true
            body.start(head.framing)
            state = .body
            return .head
        }
    }

    private mutating func fail(_ error: HTTPWireError) -> WireEvent {
        state = .failed(error)
        return .error(error)
    }

    /// RFC 9112 section 2.2: an empty line or two after a body of a clumsy client is ignored; not a stream of them.
    private mutating func skipBlankLines(_ buffer: inout ByteBuffer) -> Bool {
        while buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) == 0x0D {
            guard let line = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) else { return true }
            guard line == 0x0D0A, blankLines < 4 else { return false }
            blankLines &+= 1
            buffer.moveReaderIndex(forwardBy: 2)
        }
        return true
    }

    /// Tells TLS and other noise from an unfinished head at once, rather than wait for a line that never ends.
    private static func mayBeRequest(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for (index, byte) in bytes.enumerated() {
            if byte == 0x20 { return index > 0 }
            if byte == 0x0D, index == 0 { return true }
            guard index < 32, ByteClass.isToken(byte) else { return false }
        }
        return true
    }
}
