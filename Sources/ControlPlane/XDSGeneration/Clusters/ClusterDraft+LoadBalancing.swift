import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

extension ClusterDraft {
    /// Choice of the endpoint (Istio `applyLoadBalancer`); LEAST_REQUEST where nothing is said.
    mutating func apply(_ settings: LoadBalancerSettings?, mesh: MeshConfiguration) {
        applyLocality(settings, mesh: mesh)
        if cluster.type == .originalDst {
            cluster.lbPolicy = .clusterProvided
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

    /// Weights by locality, and zones (Istio `LocalityLBSettings.ApplyToCluster`).
    private mutating func applyLocality(_ settings: LoadBalancerSettings?, mesh: MeshConfiguration) {
        if let zones = settings?.zoneAwareLbSetting {
            var config = XDS.Cluster.CommonLbConfig.ZoneAwareLbConfig()
            if zones.enabled == false { config.routingEnabled.value = 0 }
            if let size = zones.minClusterSize { config.minClusterSize = .init(UInt64(size)) }
            cluster.commonLbConfig.zoneAwareLbConfig = config
            return
        }
        guard let locality = LocalityLbSetting.effective(settings, mesh: mesh) else { return }
        let failsOver = cluster.hasOutlierDetection && !(locality.failover.isEmpty && locality.failoverPriority.isEmpty)
        if failsOver || !locality.distribute.isEmpty {
            cluster.commonLbConfig.localityWeightedLbConfig = .init()
        }
    }
}

extension LocalityLbSetting {
    /// Setting in force: the rule's, else the mesh's; nil when localities do not count (Istio `GetEffectiveLbSetting`).
    static func effective(_ settings: LoadBalancerSettings?, mesh: MeshConfiguration) -> LocalityLbSetting? {
        if let own = settings?.localityLbSetting { return own.enabled == false ? nil : own }
        return mesh.localityLbSetting.enabled == false ? nil : mesh.localityLbSetting
    }
}

extension LoadBalancerSettings {
    fileprivate var slowStart: XDS.Cluster.SlowStartConfig? {
        var config = XDS.Cluster.SlowStartConfig()
        if let warmup, let duration = warmup.duration, duration.isPositive {
            config.slowStartWindow = .init(duration)
            config.aggression.defaultValue = max(1, warmup.aggression ?? 1)
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
