/// A request method (RFC 9110 section 9); `other` methods are known by the bytes of the `:method` pseudo-header.
package enum HTTPMethod: UInt8, CaseIterable, Sendable {
    case get, head, post, put, delete, connect, options, trace, patch, other

    package var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .connect: "CONNECT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        case .other: ""
        }
    }

    /// Recognises a method; methods are case-sensitive.
    package init(_ bytes: UnsafeRawBufferPointer) {
        let candidate: HTTPMethod
        switch bytes.count {
        case 3: candidate = bytes[0] == 0x47 ? .get : .put
        case 4: candidate = bytes[0] == 0x50 ? .post : .head
        case 5: candidate = bytes[0] == 0x50 ? .patch : .trace
        case 6: candidate = .delete
        case 7: candidate = bytes[0] == 0x43 ? .connect : .options
        default: candidate = .other
        }
        guard candidate != .other, let base = bytes.baseAddress,
            bytesEqual(base, candidate.name.utf8Start, bytes.count)
        else {
            self = .other
            return
        }
        self = candidate
    }
}

/// The two versions this codec speaks.
package enum HTTPVersion: UInt8, Sendable {
    case http1_0, http1_1

    /// As access logs print it.
    package var name: StaticString { self == .http1_0 ? "HTTP/1.0" : "HTTP/1.1" }
}

/// How the end of a body is known (RFC 9112 section 6).
package enum BodyFraming: Equatable, Sendable {
    /// No body.
    case none
    /// Exactly so many bytes.
    case length(UInt64)
    /// The chunked transfer coding.
    case chunked
    /// Everything until the connection closes; responses only.
    case untilClose

    package var hasBody: Bool {
        switch self {
        case .none, .length(0): false
        case .length, .chunked, .untilClose: true
        }
    }
}
