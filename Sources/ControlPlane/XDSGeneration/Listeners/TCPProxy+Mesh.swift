import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

extension XDS.TCPProxy {
    /// Connections to one cluster, which is also the prefix of the statistics.
    init(cluster: String, accessLog: [XDS.AccessLog] = []) {
        self.init()
        statPrefix = cluster
        self.cluster = cluster
        self.accessLog = accessLog
    }

    /// Connections to the destinations of a rule (Istio `buildOutboundNetworkFilters`); nil when all weights are zero.
    init?(_ destinations: [RouteDestination], of object: ObjectMetadata, in context: RouteContext) {
        guard let first = destinations.first else { return nil }
        self.init(cluster: context.cluster(first.destination), accessLog: AccessLogs(context.mesh).filter)
        if destinations.count > 1 {
            statPrefix = "\(object.name).\(object.namespace)"
            var weighted = WeightedCluster()
            for destination in destinations where destination.weight > 0 {
                var cluster = WeightedCluster.ClusterWeight()
                cluster.name = context.cluster(destination.destination)
                cluster.weight = UInt32(clamping: destination.weight)
                weighted.clusters.append(cluster)
            }
            guard !weighted.clusters.isEmpty else { return nil }
            weightedClusters = weighted
        }
        var destination = first.destination
        if destinations.count > 1 { destination.subset = "" }
        apply(context.trafficPolicy(destination))
        applyIdleTimeout(of: context.node)
    }

    /// Time limits and source hash of a policy, which TCP keeps in the listener rather than the cluster.
    mutating func apply(_ policy: TrafficPolicy?) {
        apply(policy?.connectionPool?.tcp)
        if case .useSourceIp(true) = policy?.loadBalancer?.consistentHash?.hashKey {
            var policy = Envoy_Type_V3_HashPolicy()
            policy.sourceIp = .init()
            hashPolicy = [policy]
        }
    }

    /// Time limits of connections.
    mutating func apply(_ settings: TCPSettings?) {
        if let idle = settings?.idleTimeout { idleTimeout = .init(idle) }
        if let life = settings?.maxConnectionDuration, life >= .milliseconds(1) {
            maxDownstreamConnectionDuration = .init(life)
        }
    }

    mutating func applyIdleTimeout(of node: ProxyNode) {
        guard !hasIdleTimeout, let idle = node.metadata["IDLE_TIMEOUT"]?.text.flatMap(Duration.init(goText:)) else {
            return
        }
        idleTimeout = .init(idle)
    }

    /// The proxy as the last filter of a chain.
    var filter: XDS.Filter {
        var filter = XDS.Filter()
        filter.name = ExtensionName.tcpProxy
        filter.typedConfig = .init(packing: self)
        return filter
    }
}
