/// Why bytes were refused as HTTP/1.1, with the local reply Envoy 1.40 gives for it.
///
/// Every one of them ends the connection: after an error in framing nobody knows where the next message starts.
package enum HTTPWireError: Error, Equatable, Hashable, CaseIterable, Sendable {
    // Start line
    case malformedRequestLine
    case malformedStatusLine
    /// HTTP/0.9, HTTP/1.0 without `acceptHTTP10`, or a version this codec does not know.
    case unsupportedVersion
    /// The first line of the HTTP/2 connection preface (RFC 9113 section 3.4).
    case http2Preface
    case invalidTarget
    case invalidScheme

    // Fields
    case malformedHeaderLine
    /// A line ended by LF alone, or a CR that ends none (RFC 9112 section 2.2 allows to refuse both).
    case bareLineEnd
    case invalidCharacters
    case headTooLarge
    case tooManyHeaders
    case missingHost
    case multipleHosts
    case invalidAuthority
    /// The `connection` field nominates a field that says who the client is.
    case connectionHeaderRejected

    // Framing
    /// No number, a number beyond 64 bits, or more than one (identical ones too, as Envoy).
    case invalidContentLength
    case contentLengthWithTransferEncoding
    /// Anything but exactly `chunked`.
    case unknownTransferCoding
    /// In HTTP/1.0, or in a response that has no body.
    case transferEncodingNotAllowed
    /// A length other than 0 in a response that has no body.
    case contentLengthNotAllowed
    case malformedChunk
    case chunkLineTooLong

    // Exchange
    /// The peer closed the connection inside a message.
    case truncated
    /// A response nobody asked for, more 1xx than the limit, or 101 to a request that did not upgrade.
    case unexpectedResponse

    /// The status of the local reply to a client.
    package var status: UInt16 {
        switch self {
        case .unsupportedVersion: 426
        case .headTooLarge, .tooManyHeaders: 431
        case .unknownTransferCoding: 501
        default: 400
        }
    }

    /// What `%RESPONSE_CODE_DETAILS%` says for a request: Envoy's names.
    package var details: StaticString {
        switch self {
        case .unsupportedVersion: "low_version"
        case .invalidTarget: "http1.invalid_url"
        case .invalidScheme: "http1.invalid_scheme"
        case .invalidCharacters: "http1.invalid_characters"
        case .headTooLarge: "http1.headers_too_large"
        case .tooManyHeaders: "http1.too_many_headers"
        case .missingHost: "missing_host_header"
        case .invalidAuthority: "http.invalid_authority"
        case .connectionHeaderRejected: "http1.connection_header_rejected"
        case .contentLengthWithTransferEncoding: "http1.content_length_and_chunked_not_allowed"
        case .unknownTransferCoding: "http1.invalid_transfer_encoding"
        case .transferEncodingNotAllowed: "http1.transfer_encoding_not_allowed"
        case .contentLengthNotAllowed: "http1.content_length_not_allowed"
        default: "http1.codec_error"
        }
    }

    /// The body of the local reply: the reason phrase, or nothing where Envoy's connection manager, not its codec,
    /// refuses.
    package var replyBody: StaticString {
        self == .missingHost ? "" : ResponseHead.reasonPhrase(status)
    }

    /// Whether the access log shows the response flag `DPE` (downstream protocol error).
    package var isDownstreamProtocolError: Bool { self != .missingHost }

    /// Whether the connection must be closed after the local reply: always.
    package var closesConnection: Bool { true }
}
