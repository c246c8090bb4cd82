package import HTTPWire
internal import MeshTelemetry
package import ProxySnapshot

/// What an external authorization service decided.
package enum CheckAnswer: Sendable {
    /// The request goes on, changed like this.
    case allowed(CheckChanges)
    /// The request is refused with this answer; `metadata` is kept.
    case denied(
        status: UInt16,
        headers: [LocalResponse.Header],
        body: ContiguousArray<UInt8>,
        metadata: [MetadataMember] = []
    )
    /// Nobody answered, or nothing that can be read.
    case failed
}

/// What the service changes of a request that it lets pass; names and values are sound.
package struct CheckChanges: Sendable {
    /// Set or, where they do not replace, added.
    package var requestHeaders: [LocalResponse.Header] = []
    package var removals: [HeaderName] = []
    /// Added to the response.
    package var responseHeaders: [LocalResponse.Header] = []
    /// Query parameters that get this value alone, as they stand in the path.
    package var queryParameters: [QueryEdit] = []
    /// What is kept as dynamic metadata.
    package var metadata: [MetadataMember] = []

    /// A change of one query parameter.
    package struct QueryEdit: Sendable, Equatable {
        package var name: ContiguousArray<UInt8>
        /// nil removes it.
        package var value: ContiguousArray<UInt8>?

        package init(name: ContiguousArray<UInt8>, value: ContiguousArray<UInt8>?) {
            self.name = name
            self.value = value
        }
    }

    package init() {}
}

extension LocalResponse {
    /// Whether a stranger's header may go into a message: a token, no pseudo-header, nothing that ends a line, and no
    /// field that frames the message or names its host.
    package static func isSound(_ header: Header) -> Bool {
        guard header.name.isValid, header.name.bytes.first != UInt8(ascii: ":") else { return false }
        switch header.name.known {
        case .authority, .method, .path, .scheme, .contentLength, .transferEncoding, .connection, .upgrade, .te,
            .trailer, .keepAlive, .proxyConnection:
            return false
        default: return header.value.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }
        }
    }

    /// The answer that an external authorization gave (`ext_authz_denied`).
    package static func denied(
        status: UInt16,
        headers: [Header],
        body: ContiguousArray<UInt8>
    ) -> LocalResponse {
        var reply = LocalResponse(
            status: (200..<600).contains(status) ? status : 403,
            body: body,
            details: "ext_authz_denied",
            flags: ResponseFlags(.unauthorizedExternalService)
        )
        reply.headers = headers.filter(isSound)
        return reply
    }

    /// The answer when an external authorization gave none (`ext_authz_error`).
    package static func unauthorized(status: UInt16) -> LocalResponse {
        LocalResponse(status: status, details: "ext_authz_error", flags: ResponseFlags(.unauthorizedExternalService))
    }

    /// The answer to a body that is longer than an external authorization is to see.
    package static var payloadTooLarge: LocalResponse {
        var reply = LocalResponse(status: 413, text: "Payload Too Large", details: "request_payload_too_large")
        reply.closesConnection = true
        return reply
    }
}
