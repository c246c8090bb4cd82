package import HTTPWire
package import RegularExpressions

/// A validated `envoy.config.route.v3.RouteAction`: where a request goes and how.
package final class RouteAction: Sendable {
    /// Where it goes.
    package let cluster: ClusterTarget
    /// The answer when the cluster is not there (response flag NC).
    package let clusterNotFoundStatus: UInt16
    /// What happens to the path.
    package let pathRewrite: PathRewrite
    /// What happens to Host.
    package let hostRewrite: HostRewrite
    /// True if a rewritten Host is kept in `x-forwarded-host`.
    package let appendsXForwardedHost: Bool
    /// From the end of the request to the end of the response; `nil` is off.
    package let timeout: Duration?
    /// The stream's idle timeout.
    package let idleTimeout: IdleTimeout
    /// The whole stream may take so long; `nil` is off.
    package let maxStreamDuration: Duration?
    /// Caps `grpc-timeout`, zero for no cap; `nil` ignores that header.
    package let grpcTimeoutHeaderMax: Duration?
    /// The retries, already merged with the virtual host's.
    package let retryPolicy: RetryPolicy?
    /// Where copies go.
    package let mirrors: [MirrorPolicy]
    /// What a hashing balancer hashes.
    package let hashPolicy: [HashPolicy]
    /// Which circuit breaker thresholds count.
    package let priority: RoutingPriority
    /// Upgrades allowed or refused on this route.
    package let upgrades: [RouteUpgrade]

    package init(
        cluster: ClusterTarget,
        clusterNotFoundStatus: UInt16 = 503,
        pathRewrite: PathRewrite = .none,
        hostRewrite: HostRewrite = .none,
        appendsXForwardedHost: Bool = false,
        timeout: Duration? = .seconds(15),
        idleTimeout: IdleTimeout = .inherited,
        maxStreamDuration: Duration? = nil,
        grpcTimeoutHeaderMax: Duration? = nil,
        retryPolicy: RetryPolicy? = nil,
        mirrors: [MirrorPolicy] = [],
        hashPolicy: [HashPolicy] = [],
        priority: RoutingPriority = .default,
        upgrades: [RouteUpgrade] = []
    ) {
        self.cluster = cluster
        self.clusterNotFoundStatus = clusterNotFoundStatus
        self.pathRewrite = pathRewrite
        self.hostRewrite = hostRewrite
        self.appendsXForwardedHost = appendsXForwardedHost
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.maxStreamDuration = maxStreamDuration
        self.grpcTimeoutHeaderMax = grpcTimeoutHeaderMax
        self.retryPolicy = retryPolicy
        self.mirrors = mirrors
        self.hashPolicy = hashPolicy
        self.priority = priority
        self.upgrades = upgrades
    }
}

/// Where a route sends requests.
package enum ClusterTarget: Sendable {
    case cluster(ClusterIndex)
    case weighted(WeightedClusters)
    /// The cluster is named by a request header: look it up with `ProxySnapshot.clusterIndex(named:)`.
    case header(HeaderName)
}

/// A weighted split.
package final class WeightedClusters: Sendable {
    /// The shares in order, at least one.
    package let entries: [WeightedCluster]
    /// The sum of weights, more than zero.
    package let total: UInt32

    package init(entries: [WeightedCluster], total: UInt32) {
        self.entries = entries
        self.total = total
    }
}

/// One share of a split.
package struct WeightedCluster: Sendable {
    /// The cluster.
    package var cluster: ClusterIndex
    /// Its share of the total.
    package var weight: UInt32
    /// Applied to requests before the route's.
    package var requestHeaders: HeaderModifications
    /// Applied to responses before the route's.
    package var responseHeaders: HeaderModifications
    /// Replaces the route's host rewrite.
    package var hostRewrite: [UInt8]?
    /// Replaces the route's fault.
    package var fault: HTTPFault?

    package init(
        cluster: ClusterIndex,
        weight: UInt32,
        requestHeaders: HeaderModifications = HeaderModifications(),
        responseHeaders: HeaderModifications = HeaderModifications(),
        hostRewrite: [UInt8]? = nil,
        fault: HTTPFault? = nil
    ) {
        self.cluster = cluster
        self.weight = weight
        self.requestHeaders = requestHeaders
        self.responseHeaders = responseHeaders
        self.hostRewrite = hostRewrite
        self.fault = fault
    }
}

/// What happens to the path on its way upstream.
package enum PathRewrite: Sendable {
    case none
    /// Replaces the matched prefix (or the whole of an exact or regex match).
    case prefix([UInt8])
    case regex(RegexRewrite)
}

/// `RegexMatchAndSubstitute`: every match in the path is replaced.
package final class RegexRewrite: Sendable {
    /// What is replaced.
    package let pattern: RegularExpression
    /// What by, in RE2 rewrite syntax; checked against the pattern.
    package let substitution: String

    package init(pattern: RegularExpression, substitution: String) {
        self.pattern = pattern
        self.substitution = substitution
    }
}

/// What happens to Host on its way upstream.
package enum HostRewrite: Sendable, Equatable {
    case none
    case literal([UInt8])
    /// Takes the hostname of the chosen endpoint, if it has one.
    case automatic
    case header(HeaderName)
}

/// The idle timeout of a route's streams.
package enum IdleTimeout: Sendable, Equatable {
    /// The connection manager's `streamIdleTimeout`.
    case inherited
    case disabled
    case after(Duration)
}

/// `envoy.config.core.v3.RoutingPriority`.
package enum RoutingPriority: Sendable, Equatable {
    case `default`
    case high
}

/// One entry of a route's `upgrade_configs`.
package struct RouteUpgrade: Sendable, Equatable {
    /// The upgrade, lower case.
    package var type: String
    /// Whether it is allowed, overriding the connection manager.
    package var isEnabled: Bool

    package init(type: String, isEnabled: Bool) {
        self.type = type
        self.isEnabled = isEnabled
    }
}

/// One `request_mirror_policies` entry.
package struct MirrorPolicy: Sendable, Equatable {
    /// Where the copy goes.
    package var cluster: ClusterIndex
    /// The share of requests copied.
    package var fraction: FractionalPercent
    /// True if the copy's Host gets `-shadow`.
    package var appendsShadowSuffix: Bool

    package init(cluster: ClusterIndex, fraction: FractionalPercent = .hundred, appendsShadowSuffix: Bool = true) {
        self.cluster = cluster
        self.fraction = fraction
        self.appendsShadowSuffix = appendsShadowSuffix
    }
}
