extension ResponseHead {
    /// Reads the head at the start of `bytes`, blank line included, into this head, which must be reset; `length`
    /// becomes its length unless there is an error.
    mutating func parse(
        _ bytes: UnsafeRawBufferPointer,
        answering method: HTTPMethod,
        limits: HTTPLimits,
        length: inout Int
    ) -> HTTPWireError? {
        guard let end = parseStatusLine(bytes) else {
            headers.load(bytes, method: nil)
            return .malformedStatusLine
        }
        let outcome = headers.parseFields(bytes, from: end, limits: limits)
        if let error = outcome.error { return error }
        length = outcome.end
        keepAlive = ConnectionOptions(headers).keepsAlive(version)
        return settleFraming(method)
    }

    /// Reads `HTTP/1.x SP status [SP reason] CRLF`; the offset after it, nil if malformed.
    private mutating func parseStatusLine(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let name: StaticString = "HTTP/1."
        guard bytes.count >= 14, let base = bytes.baseAddress, bytesEqual(base, name.utf8Start, 7), bytes[8] == 0x20
        else { return nil }
        switch bytes[7] {
        case 0x31: version = .http1_1
        case 0x30: version = .http1_0
        default: return nil
        }
        var code: UInt16 = 0
        for index in 9..<12 {
            guard bytes[index] &- 0x30 < 10 else { return nil }
            code = code &* 10 &+ UInt16(bytes[index] &- 0x30)
        }
        guard code >= 100 else { return nil }
        status = code
        // The blank before an absent reason is often left out; nothing hangs on it.
        var position = 12
        guard bytes[position] == 0x20 || bytes[position] == 0x0D else { return nil }
        let table = ByteClass.table
        while position < bytes.count, table[Int(bytes[position])] & ByteClass.value != 0 { position &+= 1 }
        guard position &+ 1 < bytes.count, bytes[position] == 0x0D, bytes[position &+ 1] == 0x0A else { return nil }
        return position &+ 2
    }

    /// RFC 9112 section 6.3: what the status and the request say about the body comes before what the fields say.
    private mutating func settleFraming(_ method: HTTPMethod) -> HTTPWireError? {
        if status < 200 || status == 204 {
            if headers.isPresent(.transferEncoding) { return .transferEncodingNotAllowed }
            if headers.isPresent(.contentLength) {
                guard headers.value(of: .contentLength, equals: "0") else { return .contentLengthNotAllowed }
                headers.remove(.contentLength)
            }
            framing = .none
            return nil
        }
        framing = .untilClose
        if let error = MessageFraming.check(headers, version: version, into: &framing) { return error }
        if method == .head || status == 304 { framing = .none }
        if framing == .untilClose { keepAlive = false }
        return nil
    }

    /// Makes the body fit what a client of `version` can read: a body that ended with the upstream connection becomes
    /// chunked for HTTP/1.1, a chunked one runs until close for HTTP/1.0.
    package mutating func reframe(for client: HTTPVersion) {
        switch (framing, client) {
        case (.untilClose, .http1_1): framing = .chunked
        case (.chunked, .http1_0): framing = .untilClose
        default: break
        }
        if framing == .untilClose { keepAlive = false }
    }
}
