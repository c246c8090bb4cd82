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
        let subset = destinations.count == 1 ? first.destination.subset : ""
        apply(context.scope.destinationPolicy(for: Hostname(first.destination.host)), subset: subset)
        applyIdleTimeout(of: context.node)
    }

    /// Time limits and source hash of a DestinationRule, which TCP keeps in the listener rather than the cluster.
    mutating func apply(_ rule: DestinationPolicy?, subset: String) {
        guard let rule else { return }
        let tcp = rule.trafficPolicy?.connectionPool?.tcp
        if let idle = tcp?.idleTimeout { idleTimeout = .init(idle) }
        if let life = tcp?.maxConnectionDuration, life >= .milliseconds(1) {
            maxDownstreamConnectionDuration = .init(life)
        }
        let own = rule.subset(named: subset)?.trafficPolicy?.loadBalancer
        let hash = own.map(\.consistentHash) ?? rule.trafficPolicy?.loadBalancer?.consistentHash
        if case .useSourceIp(true) = hash?.hashKey {
            var policy = Envoy_Type_V3_HashPolicy()
            policy.sourceIp = .init()
            hashPolicy = [policy]
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
