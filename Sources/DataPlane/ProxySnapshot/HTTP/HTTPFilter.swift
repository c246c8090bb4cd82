/// One HTTP filter of a chain; the set is closed, an unknown required one rejects the listener.
package enum HTTPFilter: Sendable {
    /// `envoy.filters.http.router`, always the last.
    case router(RouterOptions)
    /// `envoy.filters.http.fault`: its own faults, unless the route brings some.
    case fault(HTTPFault?)
    /// `envoy.filters.http.cors`: the policy is the route's or the virtual host's.
    case cors
    /// `envoy.filters.http.rbac`: refuses requests by rules.
    case authorization(AuthorizationFilter)
    /// `envoy.filters.http.jwt_authn`: refuses requests with bad tokens, and tells what good ones say.
    case tokens(TokenAuthentication)
    /// `envoy.filters.http.ext_authz`: another service decides.
    case externalAuthorization(ExternalAuthorization)
}

/// `envoy.extensions.filters.http.router.v3.Router`.
package struct RouterOptions: Sendable, Equatable {
    /// True if no `x-envoy-*` headers are added.
    package var suppressesEnvoyHeaders: Bool

    package init(suppressesEnvoyHeaders: Bool = false) {
        self.suppressesEnvoyHeaders = suppressesEnvoyHeaders
    }
}

/// `envoy.extensions.filters.http.fault.v3.HTTPFault`: delays and aborts for a share of requests.
package final class HTTPFault: Sendable {
    /// The delay and its share.
    package let delay: FaultDelay?
    /// The abort and its share; decided after the delay.
    package let abort: FaultAbort?
    /// Only requests matching all of these are touched.
    package let headers: [HeaderMatcher]
    /// Only requests routed to this cluster are touched.
    package let upstreamCluster: ClusterIndex?

    package init(
        delay: FaultDelay? = nil,
        abort: FaultAbort? = nil,
        headers: [HeaderMatcher] = [],
        upstreamCluster: ClusterIndex? = nil
    ) {
        self.delay = delay
        self.abort = abort
        self.headers = headers
        self.upstreamCluster = upstreamCluster
    }
}

/// A fixed delay before a request goes on.
package struct FaultDelay: Sendable, Equatable {
    /// How long, more than zero.
    package var duration: Duration
    /// For what share of requests.
    package var percentage: FractionalPercent

    package init(duration: Duration, percentage: FractionalPercent) {
        self.duration = duration
        self.percentage = percentage
    }
}

/// An answer in place of the upstream's.
package struct FaultAbort: Sendable, Equatable {
    /// The HTTP status, 200...599; for gRPC faults 200 with `grpcStatus` set.
    package var status: UInt16
    /// The gRPC status, if the abort is one of gRPC.
    package var grpcStatus: UInt32?
    /// For what share of requests.
    package var percentage: FractionalPercent

    package init(status: UInt16, grpcStatus: UInt32? = nil, percentage: FractionalPercent) {
        self.status = status
        self.grpcStatus = grpcStatus
        self.percentage = percentage
    }
}

/// `envoy.extensions.filters.http.cors.v3.CorsPolicy`.
package final class CORSPolicy: Sendable {
    /// Origins allowed.
    package let allowOrigins: [StringMatcher]
    /// `access-control-allow-methods`.
    package let allowMethods: String
    /// `access-control-allow-headers`.
    package let allowHeaders: String
    /// `access-control-expose-headers`.
    package let exposeHeaders: String
    /// `access-control-max-age`.
    package let maxAge: String
    /// `access-control-allow-credentials`.
    package let allowCredentials: Bool
    /// Whether a preflight of a foreign origin reaches the upstream.
    package let forwardsNotMatchingPreflights: Bool
    /// False if `filter_enabled` is 0 %.
    package let isEnabled: Bool

    package init(
        allowOrigins: [StringMatcher] = [],
        allowMethods: String = "",
        allowHeaders: String = "",
        exposeHeaders: String = "",
        maxAge: String = "",
        allowCredentials: Bool = false,
        forwardsNotMatchingPreflights: Bool = true,
        isEnabled: Bool = true
    ) {
        self.allowOrigins = allowOrigins
        self.allowMethods = allowMethods
        self.allowHeaders = allowHeaders
        self.exposeHeaders = exposeHeaders
        self.maxAge = maxAge
        self.allowCredentials = allowCredentials
        self.forwardsNotMatchingPreflights = forwardsNotMatchingPreflights
        self.isEnabled = isEnabled
    }
}
