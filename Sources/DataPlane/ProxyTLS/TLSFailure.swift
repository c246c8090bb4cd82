internal import NIOSSL

/// What a failed handshake is called in logs, as Envoy prints `%UPSTREAM_TRANSPORT_FAILURE_REASON%`:
/// `TLS_error:|NUMBER:SSL routines:OPENSSL_internal:REASON:TLS_error_end`.
package enum TLSFailure {
    /// A line for logs.
    package static func text(of error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let stack)), BoringSSLError.sslError(let stack):
            "TLS_error:" + stack.map { "|" + shortened($0.description) }.joined() + ":TLS_error_end"
        case NIOSSLError.uncleanShutdown: "the peer closed without goodbye (close_notify)"
        case let error as TLSUnavailable: error.reason
        case let error as PeerRefusal: error.text
        default: "TLS_error: \(error)"
        }
    }

    /// Whether `error` comes from the handshake or the record layer.
    package static func isTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
    }

    /// The library's text without its file and line: `Error: 268435581 error:1000007d:SSL routines:...:REASON at FILE:LINE`.
    private static func shortened(_ text: String) -> String {
        var text = Substring(text)
        if text.hasPrefix("Error: ") { text = text.dropFirst("Error: ".count) }
        if let end = text.firstRange(of: " at ") { text = text[..<end.lowerBound] }
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[1].hasPrefix("error:") else { return String(text) }
        let reason = parts[1].split(separator: ":", maxSplits: 2).last ?? ""
        return "\(parts[0]):\(reason)"
    }
}

extension PeerRefusal {
    /// A sentence for logs.
    package var text: String {
        switch self {
        case .revoked: "TLS_error: the peer's certificate is revoked"
        case .expired: "TLS_error: the peer's certificate has expired"
        case .wrongName: "TLS_error: verify cert failed: SAN matcher"
        case .wrongPin: "TLS_error: verify cert failed: cert hash and spki"
        case .missing: "TLS_error: the peer showed no certificate"
        }
    }
}
