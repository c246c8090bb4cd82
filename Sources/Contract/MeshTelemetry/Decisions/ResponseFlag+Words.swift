extension ResponseFlag {
    /// What the flag says, in words: for people who ask what became of a request.
    package var words: String {
        switch self {
        case .failedLocalHealthCheck: "this proxy's own health check failed"
        case .noHealthyUpstream: "the cluster has no endpoint that is fit"
        case .upstreamRequestTimeout: "the time for the request was over before upstream answered"
        case .localReset: "this proxy reset the connection to upstream"
        case .upstreamRemoteReset: "upstream reset the connection"
        case .upstreamConnectionFailure: "no connection to upstream could be made"
        case .upstreamConnectionTermination: "upstream closed the connection in the middle of the exchange"
        case .upstreamOverflow: "circuit breaker open"
        case .noRouteFound: "no route matches"
        case .delayInjected: "a fault delayed the request"
        case .faultInjected: "a fault ended the request"
        case .rateLimited: "the rate limit was reached"
        case .unauthorizedExternalService: "the external authorization service denied the request"
        case .rateLimitServiceError: "the rate limit service failed"
        case .downstreamConnectionTermination: "the caller closed the connection before the answer was complete"
        case .upstreamRetryLimitExceeded: "all retries were used"
        case .streamIdleTimeout: "nothing was sent either way for too long"
        case .invalidEnvoyRequestHeaders: "an x-envoy-* request header has no sound value"
        case .downstreamProtocolError: "what the caller sent is no sound HTTP"
        case .upstreamMaxStreamDurationReached: "the time for the whole stream to upstream was over"
        case .responseFromCacheFilter: "the answer came from a cache"
        case .noFilterConfigFound: "a filter's configuration had not arrived"
        case .durationTimeout: "the time for the whole exchange with the caller was over"
        case .upstreamProtocolError: "what upstream sent is no sound HTTP"
        case .noClusterFound: "the cluster that the route names does not exist"
        case .overloadManagerTerminated: "this proxy was overloaded"
        case .dnsResolutionFailed: "the name of the endpoint could not be resolved"
        case .dropOverLoad: "the control plane asks for this share of requests to be dropped"
        case .downstreamRemoteReset: "the caller reset the stream"
        case .unconditionalDropOverload: "the control plane asks for every request to be dropped"
        }
    }
}
