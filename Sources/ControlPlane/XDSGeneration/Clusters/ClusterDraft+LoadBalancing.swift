import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

extension ClusterDraft {
    /// Choice of the endpoint (Istio `applyLoadBalancer`); LEAST_REQUEST where nothing is said.
    mutating func apply(_ settings: LoadBalancerSettings?, service: Service, mesh: MeshConfiguration) {
        // Endpoints that are not ready are named only so that others are turned to, never to be used.
        if service.trafficDistribution != nil { cluster.commonLbConfig.healthyPanicThreshold.value = 0 }
        apply(LocalityPreference(settings, service: service, mesh: mesh))
        if cluster.type == .originalDst {
            cluster.lbPolicy = .clusterProvided
            return
        }
        if let utilization = settings?.backendUtilization {
            apply(utilization)
            return
        }
        switch settings?.simple ?? .unspecified {
        case .unspecified, .leastConn, .leastRequest:
            cluster.lbPolicy = .leastRequest
            if let start = settings?.slowStart { cluster.leastRequestLbConfig.slowStartConfig = start }
        case .roundRobin:
            cluster.lbPolicy = .roundRobin
            if let start = settings?.slowStart { cluster.roundRobinLbConfig.slowStartConfig = start }
        case .random:
            cluster.lbPolicy = .random
        case .passthrough:
            cluster.type = .originalDst
            cluster.lbPolicy = .clusterProvided
            cluster.clearLoadAssignment()
        }
        if let hash = settings?.consistentHash, cluster.type != .originalDst { apply(hash) }
    }

    private mutating func apply(_ hash: ConsistentHashLB) {
        switch hash.hashAlgorithm {
        case .maglev(let tableSize):
            cluster.lbPolicy = .maglev
            if let tableSize, tableSize > 0 {
                cluster.maglevLbConfig.tableSize = .init(tableSize)
            } else {
                cluster.lbConfig = nil
            }
        case .ringHash(let size):
            cluster.lbPolicy = .ringHash
            if let size, size > 0 {
                cluster.ringHashLbConfig.minimumRingSize = .init(Self.ringSize(size))
            } else {
                cluster.lbConfig = nil
            }
        case nil:
            cluster.lbPolicy = .ringHash
            let size = hash.minimumRingSize > 0 ? hash.minimumRingSize : 1024
            cluster.ringHashLbConfig.minimumRingSize = .init(Self.ringSize(size))
        }
    }

    /// Envoy refuses rings above 8 Mi entries.
    private static func ringSize(_ size: UInt64) -> UInt64 { min(size, 8_388_608) }

    /// Weights by what endpoints report of their load; a proxy that does not know how goes round.
    ///
    /// Envoy refuses weights of localities beside it.
    private mutating func apply(_ rule: BackendUtilizationLB) {
        var config = XDS.ClientSideWeightedRoundRobin()
        config.metricNamesForComputingUtilization = rule.metricNamesForComputingUtilization
        if let percent = rule.errorUtilizationPenaltyPercent {
            config.errorUtilizationPenalty = .init(Float(percent) / 100)
        }
        if let period = rule.weightStabilizationPeriod { config.blackoutPeriod = .init(period) }
        if let period = rule.weightExpirationPeriod { config.weightExpirationPeriod = .init(period) }
        if let period = rule.weightUpdatePeriod { config.weightUpdatePeriod = .init(period) }
        var policy = Envoy_Config_Cluster_V3_LoadBalancingPolicy.Policy()
        policy.typedExtensionConfig.name = ExtensionName.clientSideWeightedRoundRobin
        policy.typedExtensionConfig.typedConfig = .init(packing: config)
        cluster.loadBalancingPolicy.policies = [policy]
        cluster.lbPolicy = .roundRobin
        cluster.commonLbConfig.localityConfigSpecifier = nil
    }

    /// Weights by locality, and zones (Istio `LBSettings.ApplyToCluster`).
    private mutating func apply(_ preference: LocalityPreference) {
        switch preference {
        case .none: break
        case .zones(let setting):
            var config = XDS.Cluster.CommonLbConfig.ZoneAwareLbConfig()
            if setting.enabled == false { config.routingEnabled.value = 0 }
            if let size = setting.minClusterSize { config.minClusterSize = .init(UInt64(size)) }
            cluster.commonLbConfig.zoneAwareLbConfig = config
        case .localities(let setting, let always):
            let ordersLocalities = !(setting.failover.isEmpty && setting.failoverPriority.isEmpty)
            let failsOver = (always || cluster.hasOutlierDetection) && ordersLocalities
            if failsOver || !setting.distribute.isEmpty {
                cluster.commonLbConfig.localityWeightedLbConfig = .init()
            }
        }
    }
}

extension LoadBalancerSettings {
    fileprivate var slowStart: XDS.Cluster.SlowStartConfig? {
        var config = XDS.Cluster.SlowStartConfig()
        if let warmup, let duration = warmup.duration, duration.isPositive {
            config.slowStartWindow = .init(duration)
            config.aggression.defaultValue = warmup.aggression.flatMap { $0 > 0 ? $0 : nil } ?? 1
            // The field is required and never looked up in the runtime; Istio writes the same placeholder.
            config.aggression.runtimeKey = "("
            config.minWeightPercent.value = max(0, min(100, warmup.minimumPercent ?? 10))
            return config
        }
        if let duration = warmupDurationSecs, duration.isPositive {
            config.slowStartWindow = .init(duration)
            return config
        }
        return nil
    }
}
