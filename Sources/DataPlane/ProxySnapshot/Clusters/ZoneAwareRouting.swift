/// `ZoneAwareLbConfig`: how far endpoints of the proxy's own zone are preferred; only for a proxy that knows its like
/// (`LocalCluster`), and there for every cluster.
package struct ZoneAwareRouting: Sendable, Equatable {
    /// The part of the requests that is meant, in percent, 0...100.
    package var routingEnabled: Int
    /// With fewer healthy endpoints zones do not count.
    package var minClusterSize: UInt64
    /// Whether a panic leaves nothing to choose, rather than all endpoints; for proxies that do not know their like, too.
    package var failsTrafficOnPanic: Bool

    package init(routingEnabled: Int = 100, minClusterSize: UInt64 = 6, failsTrafficOnPanic: Bool = false) {
        self.routingEnabled = routingEnabled
        self.minClusterSize = minClusterSize
        self.failsTrafficOnPanic = failsTrafficOnPanic
    }
}

/// The proxies that carry the same load as this one, itself among them (`local_cluster_name` of Envoy's bootstrap).
package struct LocalCluster: Sendable {
    /// The name under which the control plane gives their addresses.
    package static let name = "local_cluster"

    /// Where this proxy is.
    package let locality: Locality
    /// The workloads of all these proxies.
    package let endpoints: LoadAssignment

    package init(locality: Locality, endpoints: LoadAssignment) {
        self.locality = locality
        self.endpoints = endpoints
    }

    /// Whether it is the same version of the same cluster.
    package func isSame(as other: LocalCluster?) -> Bool {
        other.map { endpoints === $0.endpoints && locality == $0.locality } ?? false
    }
}
