extension RequestHead {
    /// Reads the head at the start of `bytes`, blank line included, into this head, which must be reset; `length`
    /// becomes its length unless there is an error.
    mutating func parse(
        _ bytes: UnsafeRawBufferPointer,
        limits: HTTPLimits,
        length: inout Int
    ) -> HTTPWireError? {
        var line = RequestLine()
        if let error = parseRequestLine(bytes, limits: limits, into: &line) {
            headers.load(bytes, method: line.method)
            return error
        }
        let outcome = headers.parseFields(
            bytes,
            from: line.end &+ 2,
            startLine: StartLineFields(method: line.method ?? ByteRange(0, 0), path: line.path),
            limits: limits
        )
        if let error = outcome.error { return error }
        length = outcome.end
        if let error = settleAuthority(line) { return error }
        if let error = MessageFraming.check(headers, version: version, into: &framing) { return error }
        let options = ConnectionOptions(headers)
        if options.contains(.nominatesProtected) { return .connectionHeaderRejected }
        keepAlive = options.keepsAlive(version)
        expectsContinue = version == .http1_1 && headers.value(of: .expect, contains: "100-continue")
        upgradeRequested = options.contains(.upgrade) && headers.mayContain(.upgrade)
        return nil
    }

    /// What the request line says beyond method and version.
    struct RequestLine {
        /// Offset of the CR that ends the line.
        var end = 0
        var method: ByteRange?
        var path: ByteRange?
        /// From an absolute target or of CONNECT: replaces `host`.
        var authority: ByteRange?
        var isHTTPS: Bool?
        /// An absolute target without a path, perhaps with a query: `/` goes in front.
        var lacksSlash = false
    }

    private mutating func parseRequestLine(
        _ bytes: UnsafeRawBufferPointer,
        limits: HTTPLimits,
        into line: inout RequestLine
    ) -> HTTPWireError? {
        guard let base = bytes.baseAddress else { return .malformedRequestLine }
        let table = ByteClass.table
        var position = 0
        while position < bytes.count, table[Int(bytes[position])] & ByteClass.token != 0 { position &+= 1 }
        let methodLength = position
        guard methodLength > 0, methodLength <= 32, position < bytes.count, bytes[position] == 0x20 else {
            return .malformedRequestLine
        }
        let targetStart = position &+ 1
        position = Self.endOfTargetWords(base, from: targetStart, count: bytes.count)
        while position < bytes.count, table[Int(bytes[position])] & ByteClass.target != 0 { position &+= 1 }
        let target = ByteRange(targetStart, position &- targetStart)
        guard !target.isEmpty, position < bytes.count else { return .malformedRequestLine }
        // The simple request of HTTP/0.9 ends here.
        if bytes[position] == 0x0D { return .unsupportedVersion }
        guard bytes[position] == 0x20 else { return .malformedRequestLine }
        line.end = position &+ 9
        method = HTTPMethod(UnsafeRawBufferPointer(rebasing: bytes[..<methodLength]))
        line.method = ByteRange(0, methodLength)
        let start = position &+ 1
        // "HTTP/1.1" CR LF as it nearly always is; anything else is looked at byte by byte.
        if start &+ 9 < bytes.count, base.word(start) == 0x312E_312F_5054_5448, base[start &+ 8] == 0x0D,
            base[start &+ 9] == 0x0A
        {
            version = .http1_1
        } else if let error = parseVersion(bytes, at: start, limits: limits) {
            return error
        }
        return parseTarget(bytes, target, into: &line)
    }

    /// Skips eight bytes at a time while all may stand in a target; never reads at or behind `count`.
    @inline(__always)
    private static func endOfTargetWords(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        var position = start
        while position &+ 8 <= count {
            let word = base.word(position)
            let hash = word ^ 0x2323_2323_2323_2323
            // Marks bytes below 0x21, above 0x7E and equal to `#`; the lowest mark is exact.
            let outside = (word &- 0x2121_2121_2121_2121) | (word &+ 0x0101_0101_0101_0101) | word
            let marks = (outside | ((hash &- 0x0101_0101_0101_0101) & ~hash)) & 0x8080_8080_8080_8080
            if marks != 0 { return position &+ marks.trailingZeroBitCount &>> 3 }
            position &+= 8
        }
        return position
    }

    private mutating func parseVersion(
        _ bytes: UnsafeRawBufferPointer,
        at start: Int,
        limits: HTTPLimits
    ) -> HTTPWireError? {
        guard start &+ 9 < bytes.count else { return .malformedRequestLine }
        let name: StaticString = "HTTP/"
        guard let base = bytes.baseAddress, bytesEqual(base + start, name.utf8Start, 5), bytes[start &+ 6] == 0x2E,
            bytes[start &+ 5] &- 0x30 < 10, bytes[start &+ 7] &- 0x30 < 10,
            bytes[start &+ 8] == 0x0D, bytes[start &+ 9] == 0x0A
        else { return .malformedRequestLine }
        switch (bytes[start &+ 5], bytes[start &+ 7]) {
        case (0x31, 0x31): version = .http1_1
        case (0x31, 0x30) where limits.acceptHTTP10: version = .http1_0
        case (0x32, 0x30) where bytes.prefix(6).elementsEqual("PRI * ".utf8): return .http2Preface
        default: return .unsupportedVersion
        }
        return nil
    }

    private func parseTarget(
        _ bytes: UnsafeRawBufferPointer,
        _ target: ByteRange,
        into line: inout RequestLine
    ) -> HTTPWireError? {
        if method == .connect {
            line.authority = target
            let authority = UnsafeRawBufferPointer(rebasing: bytes[target.start..<target.end])
            return Authority.isValid(authority, requiresPort: true) && authority.first != 0x3A ? nil : .invalidTarget
        }
        if bytes[target.start] == 0x2F {
            line.path = target
            return nil
        }
        if target.count == 1, bytes[target.start] == 0x2A {
            line.path = target
            return method == .options ? nil : .invalidTarget
        }
        return parseAbsolute(bytes, target, into: &line)
    }

    /// RFC 9112 section 3.2.2: `http://host:port/path`.
    private func parseAbsolute(
        _ bytes: UnsafeRawBufferPointer,
        _ target: ByteRange,
        into line: inout RequestLine
    ) -> HTTPWireError? {
        let text = UnsafeRawBufferPointer(rebasing: bytes[target.start..<target.end])
        guard let colon = text.firstIndex(of: 0x3A), colon &+ 2 < text.count, text[colon &+ 1] == 0x2F,
            text[colon &+ 2] == 0x2F
        else { return .malformedRequestLine }
        let scheme = UnsafeRawBufferPointer(rebasing: text[..<colon])
        line.isHTTPS = scheme.equalsIgnoringCase("https")
        guard line.isHTTPS == true || scheme.equalsIgnoringCase("http") else { return .invalidScheme }
        let start = colon &+ 3
        var end = start
        while end < text.count, text[end] != 0x2F, text[end] != 0x3F { end &+= 1 }
        let authority = UnsafeRawBufferPointer(rebasing: text[start..<end])
        guard !authority.isEmpty, authority.first != 0x3A, Authority.isValid(authority) else { return .invalidTarget }
        line.authority = ByteRange(target.start &+ start, end &- start)
        line.path = ByteRange(target.start &+ end, text.count &- end)
        line.lacksSlash = end == text.count || text[end] == 0x3F
        return nil
    }

    /// Exactly one valid `host` in HTTP/1.1 (RFC 9112 section 3.2); the target's authority wins over it.
    private mutating func settleAuthority(_ line: RequestLine) -> HTTPWireError? {
        if let path = line.path, line.lacksSlash { prefixSlash(path) }
        if let isHTTPS = line.isHTTPS { setScheme(isHTTPS ? "https" : "http") }
        if let host = headers.firstIndex(of: .authority) {
            if headers.index(of: .authority, from: host &+ 1) != nil { return .multipleHosts }
            guard headers.withBytes(headers.fields[host].valueRange, { Authority.isValid($0) }) else {
                return .invalidAuthority
            }
        } else if version == .http1_1 {
            return .missingHost
        }
        if let authority = line.authority { headers.set(.authority, copying: authority) }
        return nil
    }

    private mutating func prefixSlash(_ path: ByteRange) {
        let start = headers.storage.count
        let slash: StaticString = "/"
        headers.storage.append(slash.bytes)
        headers.storage.append(copying: path)
        headers.setStartLine(.path, ByteRange(start, path.count &+ 1))
    }
}
