/// A command operator of Envoy's access-log format that this proxy can answer.
package enum AccessLogOperator: Equatable, Hashable, Sendable {
    case startTime
    /// `%REQ(X?Y)%`: lower-case names of the header and of the one to try next.
    case requestHeader(String, alternative: String?)
    /// `%RESP(X?Y)%`
    case responseHeader(String, alternative: String?)
    /// `%TRAILER(X?Y)%`
    case responseTrailer(String, alternative: String?)
    /// `%DYNAMIC_METADATA(NAMESPACE:KEY:...)%`: the namespace and the keys on the way to a value.
    case dynamicMetadata([ContiguousArray<UInt8>])
    case `protocol`
    case responseCode
    case responseFlags
    case responseCodeDetails
    case connectionTerminationDetails
    case upstreamTransportFailureReason
    case bytesReceived
    case bytesSent
    /// Milliseconds from the first byte of the request to the last of the response.
    case duration
    case requestDuration
    case responseDuration
    case upstreamHost
    /// The cluster's `alt_stat_name` if it has one, else its name.
    case upstreamCluster
    case upstreamClusterRaw
    case upstreamLocalAddress
    case downstreamLocalAddress
    case downstreamLocalAddressWithoutPort
    case downstreamRemoteAddress
    case downstreamRemoteAddressWithoutPort
    case downstreamDirectRemoteAddress
    case requestedServerName
    case routeName
    case upstreamRequestAttemptCount
    case connectionID
    case hostname

    /// The operators without arguments by name.
    package static let simple: [String: AccessLogOperator] = [
        "START_TIME": .startTime, "PROTOCOL": .protocol, "RESPONSE_CODE": .responseCode,
        "RESPONSE_FLAGS": .responseFlags, "RESPONSE_CODE_DETAILS": .responseCodeDetails,
        "CONNECTION_TERMINATION_DETAILS": .connectionTerminationDetails,
        "UPSTREAM_TRANSPORT_FAILURE_REASON": .upstreamTransportFailureReason, "BYTES_RECEIVED": .bytesReceived,
        "BYTES_SENT": .bytesSent, "DURATION": .duration, "REQUEST_DURATION": .requestDuration,
        "RESPONSE_DURATION": .responseDuration, "UPSTREAM_HOST": .upstreamHost, "UPSTREAM_CLUSTER": .upstreamCluster,
        "UPSTREAM_CLUSTER_RAW": .upstreamClusterRaw, "UPSTREAM_LOCAL_ADDRESS": .upstreamLocalAddress,
        "DOWNSTREAM_LOCAL_ADDRESS": .downstreamLocalAddress,
        "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT": .downstreamLocalAddressWithoutPort,
        "DOWNSTREAM_REMOTE_ADDRESS": .downstreamRemoteAddress,
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": .downstreamRemoteAddressWithoutPort,
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS": .downstreamDirectRemoteAddress,
        "REQUESTED_SERVER_NAME": .requestedServerName, "ROUTE_NAME": .routeName,
        "UPSTREAM_REQUEST_ATTEMPT_COUNT": .upstreamRequestAttemptCount, "CONNECTION_ID": .connectionID,
        "HOSTNAME": .hostname,
    ]

    /// True if JSON renders the value as a number.
    package var isNumber: Bool {
        switch self {
        case .responseCode, .bytesReceived, .bytesSent, .duration, .requestDuration, .responseDuration,
            .upstreamRequestAttemptCount, .connectionID:
            true
        default: false
        }
    }
}

/// Why an access-log format was refused.
package enum AccessLogFormatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A `%` that opens no operator, or one that is never closed; `offset` in bytes.
    case unbalancedPercent(offset: Int)
    /// An operator this proxy does not know.
    case unknownOperator(String)
    /// A known operator with arguments it cannot take.
    case invalidArguments(String)

    package var description: String {
        switch self {
        case .unbalancedPercent(let offset): "'%' at byte \(offset) opens no operator; write '%%' for a percent sign"
        case .unknownOperator(let name): "unknown access log operator %\(name)%"
        case .invalidArguments(let text): "operator %\(text)% has arguments it cannot take"
        }
    }
}
