package import NIOCore

/// Reads responses off one upstream connection: bytes in, `WireEvent`s out. Requests are not pipelined upstream.
package struct ResponseParser: Sendable {
    private enum State {
        case head
        case informational
        case body
        case failed(HTTPWireError)
    }

    package let limits: HTTPLimits
    private var state: State = .head
    private var scanner = HeadScanner()
    private var body = BodyReader()
    private var expected: HTTPMethod?
    private var informational = 0

    /// The trailer section of the message just read.
    package var trailers: HeaderBlock { body.trailers }

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Whether a part of a response was read and the rest of it is due.
    package var isInsideMessage: Bool {
        switch state {
        case .head: !scanner.isAtStart
        case .body: true
        case .informational, .failed: false
        }
    }

    /// Says which request the next final response answers; call it when the request is written.
    package mutating func expect(_ method: HTTPMethod) {
        expected = method
        informational = 0
    }

    /// Reads the next event. An informational response is a `head` followed at once by `end`; the final one follows.
    ///
    /// `head` is reset before it is filled. Bytes without a request that asked for them are an error.
    package mutating func next(_ buffer: inout ByteBuffer, into head: inout ResponseHead) -> WireEvent {
        switch state {
        case .failed(let error):
            return .error(error)
        case .informational:
            state = .head
            return .end
        case .body:
            let event = body.next(&buffer, limits: limits)
            switch event {
            case .end:
                state = .head
                expected = nil
            case .error(let error): state = .failed(error)
            default: break
            }
            return event
        case .head:
            return nextHead(&buffer, into: &head)
        }
    }

    /// The peer closed the connection: `end` if that ends the response properly, an error inside a message or where a
    /// response was due, nil between messages.
    package mutating func finish() -> WireEvent? {
        switch state {
        case .failed:
            return nil
        case .head where expected == nil:
            return nil
        case .body where body.endsWithConnection:
            state = .head
            expected = nil
            return .end
        case .head, .informational, .body:
            return fail(.truncated)
        }
    }

    private mutating func nextHead(_ buffer: inout ByteBuffer, into head: inout ResponseHead) -> WireEvent {
        guard buffer.readableBytes > 0 else { return .needMoreData }
        guard let expected else { return fail(.unexpectedResponse) }
        let (result, error) = buffer.withUnsafeReadableBytes { bytes -> (HeadScanner.Result, HTTPWireError?) in
            if scanner.isAtStart {
                // As in `RequestParser`: whole and sound heads need no search for their end.
                var length = 0
                head.reset()
                let most = UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, limits.maxHeadBytes)])
                let error = head.parse(most, answering: expected, limits: limits, length: &length)
                if error == nil { return (.complete(length), nil) }
            }
            // Whatever speaks something else may never send a blank line: nobody has to wait for one.
            guard Self.mayBecomeResponse(bytes) else { return (.incomplete, .malformedStatusLine) }
            let result = scanner.scan(bytes, limit: limits.maxHeadBytes)
            guard case .complete(let length) = result else { return (result, nil) }
            head.reset()
            var parsed = 0
            let whole = UnsafeRawBufferPointer(rebasing: bytes[..<length])
            return (result, head.parse(whole, answering: expected, limits: limits, length: &parsed))
        }
        if let error { return fail(error) }
        switch result {
        case .incomplete: return .needMoreData
        case .failed(let error): return fail(error)
        case .complete(let length): buffer.moveReaderIndex(forwardBy: length)
        }
        if head.isInformational {
            informational &+= 1
            guard head.status != 101, informational <= limits.maxInformationalResponses else {
                return fail(.unexpectedResponse)
            }
            state = .informational
            return .head
        }
        body.start(head.framing)
        state = .body
        return .head
    }

    private static func mayBecomeResponse(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let name: StaticString = "HTTP/1."
        return zip(bytes, UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)).allSatisfy(==)
    }

    private mutating func fail(_ error: HTTPWireError) -> WireEvent {
        state = .failed(error)
        return .error(error)
    }
}
