/// Everything the proxy serves by at one moment: validated, immutable, swapped whole by one assignment per event loop.
///
/// Only warm resources are in it. References and indices were resolved when it was built, so that a request never
/// hashes a resource name.
package final class ProxySnapshot: Sendable {
    /// Grows by one with every snapshot of a builder.
    package let generation: UInt64
    /// The listeners, in order of their names.
    package let listeners: [Listener]
    /// The route tables that arrived by RDS, by slot; see `routeConfiguration(for:)`.
    package let routeConfigurationSlots: [RouteConfiguration?]
    /// The clusters by slot; see `cluster(at:)`.
    package let clusterSlots: [Cluster?]
    /// The proxies that carry the same load as this one, if it knows them.
    package let localCluster: LocalCluster?
    /// Secrets of the control plane by name.
    package let secrets: [String: TLSSecret]
    /// The version strings of the resources, for the admin interface.
    package let versions: [ResourceKind: [String: String]]

    private let clusterNames: [String]
    private let clusterIndices: [String: ClusterIndex]

    package init(
        generation: UInt64 = 0,
        listeners: [Listener] = [],
        routeConfigurationSlots: [RouteConfiguration?] = [],
        clusterSlots: [Cluster?] = [],
        clusterNames: [String] = [],
        localCluster: LocalCluster? = nil,
        secrets: [String: TLSSecret] = [:],
        versions: [ResourceKind: [String: String]] = [:]
    ) {
        self.generation = generation
        self.listeners = listeners
        self.routeConfigurationSlots = routeConfigurationSlots
        self.clusterSlots = clusterSlots
        self.clusterNames = clusterNames
        self.localCluster = localCluster
        self.secrets = secrets
        self.versions = versions
        var indices: [String: ClusterIndex] = [:]
        for case let cluster? in clusterSlots { indices[cluster.name] = cluster.index }
        clusterIndices = indices
    }

    /// The cluster in a slot; `nil` when it is not there (answer with the route's `clusterNotFoundStatus`).
    @inline(__always)
    package func cluster(at index: ClusterIndex) -> Cluster? {
        let slot = index.slot
        guard clusterSlots.indices.contains(slot) else { return nil }
        return clusterSlots[slot]
    }

    /// The slot of a cluster that is there. It hashes the name: not for every request.
    package func clusterIndex(named name: String) -> ClusterIndex? { clusterIndices[name] }

    /// The cluster of that name, if it is there.
    package func cluster(named name: String) -> Cluster? { clusterIndices[name].flatMap { cluster(at: $0) } }

    /// The name a slot belongs to, whether or not the cluster is there; for logs and tools.
    package func clusterName(at index: ClusterIndex) -> String {
        if let cluster = cluster(at: index) { return cluster.name }
        return clusterNames.indices.contains(index.slot) ? clusterNames[index.slot] : ""
    }

    /// The clusters that are there, by slot.
    package var clusters: [Cluster] { clusterSlots.compactMap { $0 } }

    /// The route tables that arrived by RDS.
    package var routeConfigurations: [RouteConfiguration] { routeConfigurationSlots.compactMap { $0 } }

    /// The route table a connection manager uses now; `nil` while its RDS resource is missing.
    @inline(__always)
    package func routeConfiguration(for manager: HTTPConnectionManager) -> RouteConfiguration? {
        switch manager.routeSource {
        case .inline(let table): table
        case .rds(_, let index): routeConfiguration(at: index)
        }
    }

    /// The route table in a slot, if it is there.
    @inline(__always)
    package func routeConfiguration(at index: RouteConfigurationIndex) -> RouteConfiguration? {
        let slot = index.slot
        guard routeConfigurationSlots.indices.contains(slot) else { return nil }
        return routeConfigurationSlots[slot]
    }

    /// The route table of that RDS name, if it is there. It searches: not for every request.
    package func routeConfiguration(named name: String) -> RouteConfiguration? {
        for case let table? in routeConfigurationSlots where table.name == name { return table }
        return nil
    }

    /// The listener of that name.
    package func listener(named name: String) -> Listener? { listeners.first { $0.name == name } }
}
