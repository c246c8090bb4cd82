/// How one try at an endpoint ended.
package enum AttemptEnding: UInt8, CaseIterable, Sendable {
    /// It had not ended when the request did, or upstream answered it: the response says which.
    case underWay
    /// A response came back; of attempts before the last it was not good enough.
    case response
    case perTryTimeout
    /// The request's own timeout ended it.
    case requestTimeout
    case callerLeft
    case localReset
    case remoteReset
    case localConnectionFailure
    case remoteConnectionFailure
    case connectionTimeout
    case connectionTermination
    case overflow
    case protocolError
    case overloadManager

    package init(_ reason: UpstreamResetReason) {
        self =
            switch reason {
            case .localReset: .localReset
            case .remoteReset: .remoteReset
            case .localConnectionFailure: .localConnectionFailure
            case .remoteConnectionFailure: .remoteConnectionFailure
            case .connectionTimeout: .connectionTimeout
            case .connectionTermination: .connectionTermination
            case .overflow: .overflow
            case .protocolError: .protocolError
            case .overloadManager: .overloadManager
            }
    }

    /// The ending in words.
    package var words: String {
        switch self {
        case .underWay: "no response"
        case .response: "response"
        case .perTryTimeout: "the time for one attempt was over"
        case .requestTimeout: "the time for the whole request was over"
        case .callerLeft: "the caller left"
        case .localReset: "given up by this proxy"
        case .remoteReset: "reset by the endpoint"
        case .localConnectionFailure: "this machine could not open a connection"
        case .remoteConnectionFailure: "the connection was refused or failed"
        case .connectionTimeout: "the time to connect was over"
        case .connectionTermination: "the endpoint closed the connection"
        case .overflow: "a circuit breaker was open"
        case .protocolError: "the answer was no HTTP"
        case .overloadManager: "given up because this proxy was overloaded"
        }
    }
}

/// Why an attempt that failed was not followed by another.
package enum RetryStop: UInt8, CaseIterable, Sendable {
    /// Nothing failed, or the route has no retries.
    case none
    /// The retry policy does not name this failure.
    case notRetriable
    /// As many retries as the policy allows were made.
    case limit
    /// Too many retries of the cluster were under way (`maxRetries`, or the retry budget).
    case budget
    /// The request body was longer than what is kept for retries.
    case body
    /// No endpoint was fit for another attempt.
    case noEndpoint
    /// The response had begun.
    case responseBegan

    /// The reason in words; nil if there is nothing to say.
    package var words: String? {
        switch self {
        case .none: nil
        case .notRetriable: "the retry policy does not name this failure"
        case .limit: "all retries were used"
        case .budget: "too many retries were under way (maxRetries or the retry budget)"
        case .body: "the request body is longer than what is kept for retries"
        case .noEndpoint: "no endpoint was fit for another attempt"
        case .responseBegan: "the response had begun"
        }
    }
}
