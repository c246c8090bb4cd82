/// A validated `envoy.config.route.v3.RouteConfiguration`: one route table.
package final class RouteConfiguration: Sendable {
    /// The resource name.
    package let name: String
    /// Another number for every table that was read: equal numbers are the same table, if one builder read both.
    package let revision: UInt64
    /// The virtual hosts in configuration order.
    package let virtualHosts: [VirtualHost]
    /// Finds the virtual host of a Host header.
    package let hosts: VirtualHostIndex
    /// Applied to requests after the route's and the host's.
    package let requestHeaders: HeaderModifications
    /// Applied to responses after the route's and the host's.
    package let responseHeaders: HeaderModifications
    /// True if a port in Host is not compared.
    package let ignoresPortInHostMatching: Bool
    /// The largest direct response body.
    package let maxDirectResponseBodyBytes: Int
    /// Every cluster named by a route, once.
    package let referencedClusters: [ClusterIndex]

    package init(
        name: String,
        revision: UInt64 = 0,
        virtualHosts: [VirtualHost],
        hosts: VirtualHostIndex,
        requestHeaders: HeaderModifications = HeaderModifications(),
        responseHeaders: HeaderModifications = HeaderModifications(),
        ignoresPortInHostMatching: Bool = false,
        maxDirectResponseBodyBytes: Int = 4096,
        referencedClusters: [ClusterIndex] = []
    ) {
        self.name = name
        self.revision = revision
        self.virtualHosts = virtualHosts
        self.hosts = hosts
        self.requestHeaders = requestHeaders
        self.responseHeaders = responseHeaders
        self.ignoresPortInHostMatching = ignoresPortInHostMatching
        self.maxDirectResponseBodyBytes = maxDirectResponseBodyBytes
        self.referencedClusters = referencedClusters
    }
}

/// A validated `envoy.config.route.v3.VirtualHost`.
package final class VirtualHost: Sendable {
    /// The name, e.g. `reviews.default.svc.cluster.local:9080`.
    package let name: String
    /// The domains as configured.
    package let domains: [String]
    /// The routes; the first match wins.
    package let routes: [Route]
    /// Whether plaintext requests are redirected to https.
    package let requireTLS: TLSRequirement
    /// Applied to requests.
    package let requestHeaders: HeaderModifications
    /// Applied to responses.
    package let responseHeaders: HeaderModifications
    /// True if `x-envoy-attempt-count` is set on requests.
    package let includesRequestAttemptCount: Bool
    /// True if `x-envoy-attempt-count` is set on responses.
    package let includesAttemptCountInResponse: Bool
    /// For routes without one of their own.
    package let retryPolicy: RetryPolicy?
    /// For routes without one of their own.
    package let cors: CORSPolicy?
    /// For routes without one of their own.
    package let fault: HTTPFault?

    package init(
        name: String,
        domains: [String],
        routes: [Route],
        requireTLS: TLSRequirement = .none,
        requestHeaders: HeaderModifications = HeaderModifications(),
        responseHeaders: HeaderModifications = HeaderModifications(),
        includesRequestAttemptCount: Bool = false,
        includesAttemptCountInResponse: Bool = false,
        retryPolicy: RetryPolicy? = nil,
        cors: CORSPolicy? = nil,
        fault: HTTPFault? = nil
    ) {
        self.name = name
        self.domains = domains
        self.routes = routes
        self.requireTLS = requireTLS
        self.requestHeaders = requestHeaders
        self.responseHeaders = responseHeaders
        self.includesRequestAttemptCount = includesRequestAttemptCount
        self.includesAttemptCountInResponse = includesAttemptCountInResponse
        self.retryPolicy = retryPolicy
        self.cors = cors
        self.fault = fault
    }
}

/// `VirtualHost.TlsRequirementType`.
package enum TLSRequirement: Sendable, Equatable {
    case none
    case externalOnly
    case all
}
