package import MeshTelemetry

#if canImport(Glibc)
internal import Glibc
#endif

/// Why an exchange with an upstream broke off; the names and texts are Envoy's `StreamResetReason`.
package enum UpstreamReset: Equatable, Sendable {
    /// The connect failed; the value is the system's error number.
    case remoteConnectionFailure(errno: Int32)
    /// The handshake failed, or the peer is not who it must be; the value is what logs say of it.
    case tlsFailure(String)
    /// No socket, or no source address, on this side.
    case localConnectionFailure(errno: Int32)
    /// The connect took longer than the cluster's `connect_timeout`.
    case connectionTimeout
    /// The peer closed the connection.
    case connectionTermination
    /// A circuit breaker is open.
    case overflow
    /// What came back is no HTTP.
    case protocolError

    /// Envoy's name for it, which gives the reply's body, status, details and flag.
    package var reason: UpstreamResetReason {
        switch self {
        case .remoteConnectionFailure, .tlsFailure: .remoteConnectionFailure
        case .localConnectionFailure: .localConnectionFailure
        case .connectionTimeout: .connectionTimeout
        case .connectionTermination: .connectionTermination
        case .overflow: .overflow
        case .protocolError: .protocolError
        }
    }

    /// What `%UPSTREAM_TRANSPORT_FAILURE_REASON%` says, if anything; makes a String, hence not for the ordinary path.
    package var transportFailureReason: String? {
        switch self {
        case .remoteConnectionFailure(let errno): "delayed connect error: \(Self.message(errno))"
        case .tlsFailure(let reason): reason
        case .localConnectionFailure, .connectionTimeout, .connectionTermination, .overflow, .protocolError: nil
        }
    }

    /// Whether the upstream cannot have seen a byte of the request, as `connect-failure` retries ask.
    package var happenedBeforeRequest: Bool {
        switch self {
        case .remoteConnectionFailure, .tlsFailure, .localConnectionFailure, .connectionTimeout: true
        case .connectionTermination, .overflow, .protocolError: false
        }
    }

    private static func message(_ errno: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        // Both flavours of strerror_r leave the text in the buffer for the numbers a connect can give.
        _ = strerror_r(errno, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
