/// When and how a request is tried again (Istio `HTTPRetry`).
package struct HTTPRetry: Sendable, Hashable {
    /// Retries beyond the first try; 0 disables retries.
    package var attempts: Int32 = 0
    /// Time for each try; absent takes the route's timeout.
    package var perTryTimeout: Duration?
    /// Comma-separated conditions of Envoy's `retry_on` and status codes; empty takes the default set.
    package var retryOn = ""
    /// Whether retries may go to other localities; absent is false.
    package var retryRemoteLocalities: Bool?
    /// Whether hosts already tried are avoided; absent is true.
    package var retryIgnorePreviousHosts: Bool?
    /// Base interval between retries; absent is 25 ms.
    package var backoff: Duration?

    package init() {}
}

/// Faults injected into requests (Istio `HTTPFaultInjection`).
package struct HTTPFaultInjection: Sendable, Hashable {
    /// Delay before forwarding (Istio `HTTPFaultInjection.Delay`).
    package struct Delay: Sendable, Hashable {
        /// Time to wait.
        package var fixedDelay: Duration?
        /// Hidden in Istio's API and acted on by nobody.
        package var exponentialDelay: Duration?
        /// Share of requests; absent is none.
        package var percentage: Percent?
        /// Deprecated form of `percentage`, whole percent.
        package var percent: Int32?

        package init() {}
    }

    /// Answer instead of forwarding (Istio `HTTPFaultInjection.Abort`).
    package struct Abort: Sendable, Hashable {
        /// HTTP status; excludes the other two.
        package var httpStatus: Int32?
        /// gRPC status by name, such as `UNAVAILABLE`, or number.
        package var grpcStatus: String?
        /// Hidden in Istio's API and acted on by nobody.
        package var http2Error: String?
        /// Share of requests; absent is none.
        package var percentage: Percent?

        package init() {}
    }

    /// Delay; nil for none.
    package var delay: Delay?
    /// Abort; nil for none.
    package var abort: Abort?

    package init() {}
}

/// A destination that gets copies of requests (Istio `HTTPMirrorPolicy`).
package struct HTTPMirrorPolicy: Sendable, Hashable {
    /// Where the copies go.
    package var destination = Destination()
    /// Share of the requests; absent is all.
    package var percentage: Percent?
    /// Where the policy begins.
    package var source: SourceLocation?

    package init() {}
}

/// Cross-origin resource sharing (Istio `CorsPolicy`).
package struct CorsPolicy: Sendable, Hashable {
    /// What becomes of preflight requests whose origin does not match (Istio `CorsPolicy.UnmatchedPreflights`).
    package enum UnmatchedPreflights: String, Sendable, Hashable, CaseIterable {
        case unspecified = "UNSPECIFIED"
        case forward = "FORWARD"
        case ignore = "IGNORE"
    }

    /// Deprecated list of exact origins.
    package var allowOrigin: [String] = []
    /// Origins, any of which matches.
    package var allowOrigins: [StringMatch] = []
    /// Methods for `access-control-allow-methods`.
    package var allowMethods: [String] = []
    /// Headers for `access-control-allow-headers`.
    package var allowHeaders: [String] = []
    /// Headers for `access-control-expose-headers`.
    package var exposeHeaders: [String] = []
    /// For `access-control-max-age`.
    package var maxAge: Duration?
    /// Whether credentials are allowed; absent leaves the header out.
    package var allowCredentials: Bool?
    /// Preflights that do not match; unspecified is forward.
    package var unmatchedPreflights: UnmatchedPreflights = .unspecified

    package init() {}
}

/// Header changes of requests and answers (Istio `Headers`).
package struct Headers: Sendable, Hashable {
    /// Changes of the request.
    package var request: HeaderOperations?
    /// Changes of the answer.
    package var response: HeaderOperations?

    package init() {}
}

/// Header changes in one direction (Istio `Headers.HeaderOperations`).
package struct HeaderOperations: Sendable, Hashable {
    /// Headers overwritten.
    package var set: [String: String] = [:]
    /// Headers appended.
    package var add: [String: String] = [:]
    /// Headers removed.
    package var remove: [String] = []

    package init() {}
}
