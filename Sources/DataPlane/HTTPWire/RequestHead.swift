#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The head of a request: the start line and the header fields in one `HeaderBlock`, and what the codec made of them.
///
/// Target parts live in the block as pseudo-headers: `:method`, `:path` (origin form, query included; `*` for a
/// server-wide OPTIONS; absent for CONNECT), `:scheme` (set from an absolute target, else by the connection manager)
/// and `:authority` (the target's, else the `host` field; a line called `host` when written).
/// Confined to one event loop; reuse it with `reset()`.
package struct RequestHead: Sendable {
    package var headers: HeaderBlock
    package var method: HTTPMethod = .get
    package var version: HTTPVersion = .http1_1
    package var framing: BodyFraming = .none
    /// Whether the peer leaves the connection open after this exchange (RFC 9112 section 9.3).
    package var keepAlive = true
    /// The client waits for `100 (Continue)` before it sends the body.
    package var expectsContinue = false
    /// The client asked for another protocol (`connection: upgrade`); upgrades are not done, so the field is dropped
    /// with the other hop-by-hop fields and the request goes on as HTTP/1.1 (RFC 9110 section 7.8 allows it).
    package var upgradeRequested = false

    package init() {
        headers = HeaderBlock(reservingBytes: 1024, fields: 32)
    }

    /// Makes the head ready for the next message.
    package mutating func reset() {
        headers.removeAll(keepingCapacity: true)
        method = .get
        version = .http1_1
        framing = .none
        keepAlive = true
        expectsContinue = false
        upgradeRequested = false
    }

    /// The path with its query, as sent; nil for CONNECT.
    package var path: ByteRange? { headers.value(of: .path) }
    package var authority: ByteRange? { headers.value(of: .authority) }
    package var scheme: ByteRange? { headers.value(of: .scheme) }

    /// Replaces path and query.
    package mutating func setPath(_ bytes: UnsafeRawBufferPointer) { headers.setStartLine(.path, bytes) }

    /// Replaces path and query.
    package mutating func setPath(_ bytes: ContiguousArray<UInt8>) { bytes.withUnsafeBytes { setPath($0) } }

    /// Replaces the authority, hence the `host` line that is written.
    package mutating func setAuthority(_ bytes: UnsafeRawBufferPointer) { headers.set(.authority, bytes) }

    /// Sets `:scheme`, which no HTTP/1.1 line carries; `x-forwarded-proto` and redirects are made from it.
    package mutating func setScheme(_ scheme: StaticString) { headers.setStartLine(.scheme, scheme.bytes) }

    /// Replaces the method; for requests made here.
    package mutating func setMethod(_ method: HTTPMethod) {
        self.method = method
        headers.setStartLine(.method, method.name.bytes)
    }

    /// The path before `?`; Envoy matches prefixes and exact paths on this part.
    package var pathWithoutQuery: ByteRange? {
        guard let path else { return nil }
        let length = headers.withBytes(path) { bytes in
            guard let base = bytes.baseAddress, let mark = memchr(base, 0x3F, bytes.count) else { return bytes.count }
            return UnsafeRawPointer(mark) - base
        }
        return ByteRange(path.start, length)
    }

    /// The query after `?`, empty if there is none.
    package var query: ByteRange? {
        guard let path, let bare = pathWithoutQuery else { return nil }
        let start = min(bare.end &+ 1, path.end)
        return ByteRange(start, path.end &- start)
    }
}

extension HeaderBlock {
    /// Sets a pseudo-header, which has a value but no line of its own.
    mutating func setStartLine(_ part: KnownHeader, _ value: UnsafeRawBufferPointer) {
        let start = storage.count
        storage.append(value)
        setStartLine(part, ByteRange(start, value.count))
    }

    mutating func setStartLine(_ part: KnownHeader, _ range: ByteRange) {
        if let index = firstIndex(of: part) { return rewrite(index, to: range) }
        fields.append(HeaderField(part, range))
        notePresence(part)
    }
}
