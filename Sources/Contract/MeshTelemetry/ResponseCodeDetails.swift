/// What `%RESPONSE_CODE_DETAILS%` says: who set the status and why, in Envoy 1.40's words.
package enum ResponseCodeDetails {
    package static let viaUpstream: StaticString = "via_upstream"
    package static let directResponse: StaticString = "direct_response"
    package static let routeNotFound: StaticString = "route_not_found"
    package static let clusterNotFound: StaticString = "cluster_not_found"
    package static let noHealthyUpstream: StaticString = "no_healthy_upstream"
    /// The route's timeout ended the request before the response began.
    package static let responseTimeout: StaticString = "response_timeout"
    package static let upstreamPerTryTimeout: StaticString = "upstream_per_try_timeout"
    package static let upstreamMaxStreamDurationReached: StaticString = "upstream_max_stream_duration_reached"
    package static let maxDurationTimeout: StaticString = "max_duration_timeout"
    package static let streamIdleTimeout: StaticString = "stream_idle_timeout"
    package static let requestOverallTimeout: StaticString = "request_overall_timeout"
    package static let requestHeaderTimeout: StaticString = "request_header_timeout"
    package static let faultFilterAbort: StaticString = "fault_filter_abort"
    package static let missingHost: StaticString = "missing_host_header"
    package static let missingPath: StaticString = "missing_path_rejected"
    package static let absolutePathRejected: StaticString = "absolute_path_rejected"
    package static let pathNormalizationFailed: StaticString = "path_normalization_failed"
    package static let lowVersion: StaticString = "low_version"
    package static let upgradeFailed: StaticString = "upgrade_failed"
    package static let requestHeadersTooLarge: StaticString = "http1.headers_too_large"
    package static let requestPayloadTooLarge: StaticString = "request_payload_too_large"
    package static let responsePayloadTooLarge: StaticString = "response_payload_too_large"
    package static let maintenanceMode: StaticString = "maintenance_mode"
    package static let internalRedirect: StaticString = "internal_redirect"
    package static let overload: StaticString = "overload"
    package static let downstreamRemoteDisconnect: StaticString = "downstream_remote_disconnect"
    package static let downstreamLocalDisconnect: StaticString = "downstream_local_disconnect"
}

/// Why an exchange with an upstream broke off; names the reply's body, the details and the flag.
///
/// Spellings were taken from a running Envoy 1.40.
package enum UpstreamResetReason: UInt8, CaseIterable, Sendable {
    case localReset
    case remoteReset
    case localConnectionFailure
    case remoteConnectionFailure
    case connectionTimeout
    case connectionTermination
    case overflow
    case protocolError
    case overloadManager

    /// As a reply's body has it, with blanks; the details have underscores instead.
    package var text: StaticString {
        switch self {
        case .localReset: "local reset"
        case .remoteReset: "remote reset"
        case .localConnectionFailure: "local connection failure"
        case .remoteConnectionFailure: "remote connection failure"
        case .connectionTimeout: "connection timeout"
        case .connectionTermination: "connection termination"
        case .overflow: "overflow"
        case .protocolError: "protocol error"
        case .overloadManager: "overload manager reset"
        }
    }

    package var flags: ResponseFlags {
        switch self {
        case .localReset: .localReset
        case .remoteReset: .upstreamRemoteReset
        case .localConnectionFailure, .remoteConnectionFailure, .connectionTimeout: .upstreamConnectionFailure
        case .connectionTermination: .upstreamConnectionTermination
        case .overflow: .upstreamOverflow
        case .protocolError: .upstreamProtocolError
        case .overloadManager: .overloadManagerTerminated
        }
    }

    /// The status of the reply if no response head had been forwarded.
    package var status: UInt16 { self == .protocolError ? 502 : 503 }

    /// `upstream_reset_before_response_started{reason}` or its `after` form, with `|reason` of the transport if known;
    /// blanks become underscores. A cold path: allocates.
    package func details(afterResponseStarted: Bool, transportFailure: String = "") -> String {
        let start =
            afterResponseStarted ? "upstream_reset_after_response_started" : "upstream_reset_before_response_started"
        let reason = transportFailure.isEmpty ? "\(text)" : "\(text)|\(transportFailure)"
        // A blank in the details would break the fields of the log line.
        return "\(start){\(reason.map { $0.isWhitespace ? "_" : String($0) }.joined())}"
    }
}
