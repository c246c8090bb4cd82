package import ProxySnapshot

/// What the route table says about a request.
package enum RouteOutcome: Sendable {
    /// A route matched.
    case matched(RouteDecision)
    /// The virtual host requires TLS and the request came without: redirect to https (`RedirectLocation.https`).
    case tlsRequired(VirtualHost)
    /// No virtual host serves the Host header: answer 404, response flag NR.
    case noVirtualHost
    /// No route of the virtual host matched: answer 404, response flag NR.
    case noRoute(VirtualHost)
}

/// The route of a request, with the random choices made.
package struct RouteDecision: Sendable {
    package let table: RouteConfiguration
    package let virtualHost: VirtualHost
    package let route: Route
    /// The cluster of a forwarding route; `nil` for redirects, direct responses, and a cluster header that is missing
    /// or names no cluster.
    package let cluster: ClusterIndex?
    /// The position in `WeightedClusters.entries`, if the route splits.
    package let weightedEntry: Int?

    package init(
        table: RouteConfiguration,
        virtualHost: VirtualHost,
        route: Route,
        cluster: ClusterIndex?,
        weightedEntry: Int? = nil
    ) {
        self.table = table
        self.virtualHost = virtualHost
        self.route = route
        self.cluster = cluster
        self.weightedEntry = weightedEntry
    }

    /// The forwarding action, unless the route redirects or answers itself.
    package var action: RouteAction? {
        guard case .forward(let action) = route.action else { return nil }
        return action
    }

    /// The chosen entry of a split.
    package var weightedCluster: WeightedCluster? {
        guard let weightedEntry, case .weighted(let split)? = action?.cluster,
            split.entries.indices.contains(weightedEntry)
        else { return nil }
        return split.entries[weightedEntry]
    }

    /// The fault that applies: the split entry's, else the route's (which is merged with the virtual host's).
    package var fault: HTTPFault? { weightedCluster?.fault ?? route.fault }
}

/// The first criterion of a route that a request did not meet.
package enum RouteMismatch: Sendable, Equatable {
    case path
    /// The position in `RouteMatch.headers`.
    case header(Int)
    /// The position in `RouteMatch.queryParameters`.
    case queryParameter(Int)
    /// The position in `RouteMatch.metadata`.
    case metadata(Int)
    case notGRPC
    case runtimeFraction
}
