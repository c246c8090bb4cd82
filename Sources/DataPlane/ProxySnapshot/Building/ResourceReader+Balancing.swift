import EnvoyAPI
import SwiftProtobuf

extension ResourceReader {
    mutating func balancing(_ message: Envoy_Config_Cluster_V3_Cluster) throws(InvalidResource) -> BalancingPolicy {
        if Self.weightingPolicy(message) != nil { return .roundRobin }
        if message.hasLoadBalancingPolicy { warn("load_balancing_policy", "is not done yet; lb_policy counts") }
        switch message.lbPolicy {
        case .roundRobin: return .roundRobin
        case .leastRequest:
            let options = message.leastRequestLbConfig
            let choices = options.hasChoiceCount ? options.choiceCount.value : 2
            guard choices >= 2 else { throw invalid("least_request_lb_config.choice_count", "must be at least 2") }
            let bias = options.hasActiveRequestBias ? options.activeRequestBias.defaultValue : 1
            guard bias >= 0, bias.isFinite else {
                throw invalid("least_request_lb_config.active_request_bias", "must not be negative")
            }
            return .leastRequest(choices: Int(choices), activeRequestBias: bias)
        case .random: return .random
        case .ringHash: return try ringHash(message.ringHashLbConfig)
        case .maglev:
            let size = message.maglevLbConfig.hasTableSize ? message.maglevLbConfig.tableSize.value : 65_537
            guard size <= 5_000_011, Self.isPrime(size) else {
                throw invalid("maglev_lb_config.table_size", "must be a prime number up to 5000011")
            }
            return .maglev(tableSize: size)
        case .clusterProvided: return .clusterProvided
        case .loadBalancingPolicyConfig: throw invalid("lb_policy", "LOAD_BALANCING_POLICY_CONFIG is not supported")
        case .UNRECOGNIZED(let value): throw invalid("lb_policy", "\(value) is not known")
        }
    }

    /// The first policy of `load_balancing_policy`, if it is the one that is done.
    private static func weightingPolicy(
        _ message: Envoy_Config_Cluster_V3_Cluster
    ) -> Google_Protobuf_Any? {
        guard message.hasLoadBalancingPolicy,
            let config = message.loadBalancingPolicy.policies.first?.typedExtensionConfig.typedConfig,
            config.isA(ClientSideWeightedRoundRobin.self)
        else { return nil }
        return config
    }

    private typealias ClientSideWeightedRoundRobin =
        Envoy_Extensions_LoadBalancingPolicies_ClientSideWeightedRoundRobin_V3_ClientSideWeightedRoundRobin

    /// What `ClientSideWeightedRoundRobin` adds to round robin.
    mutating func clientSideWeights(
        _ message: Envoy_Config_Cluster_V3_Cluster
    ) throws(InvalidResource) -> ClientSideWeights? {
        guard let config = Self.weightingPolicy(message) else { return nil }
        let policy = try unpack(config, ClientSideWeightedRoundRobin.self)
        noteUnknownFields(policy)
        var result = ClientSideWeights(
            errorUtilizationPenalty: Double(policy.errorUtilizationPenalty.value),
            utilizationMetrics: policy.metricNamesForComputingUtilization.compactMap { LoadMetric($0) }
        )
        guard result.errorUtilizationPenalty >= 0 else {
            throw invalid("load_balancing_policy.error_utilization_penalty", "must not be negative")
        }
        if policy.hasBlackoutPeriod {
            result.blackoutMilliseconds = try milliseconds("blackout_period", policy.blackoutPeriod)
        }
        if policy.hasWeightExpirationPeriod {
            result.expirationMilliseconds = try milliseconds("weight_expiration_period", policy.weightExpirationPeriod)
        }
        if policy.hasWeightUpdatePeriod {
            result.updateMilliseconds = try milliseconds("weight_update_period", policy.weightUpdatePeriod)
        }
        return result
    }

    /// Envoy counts whole percents.
    mutating func zoneAwareRouting(
        _ config: Envoy_Config_Cluster_V3_Cluster.CommonLbConfig
    ) throws(InvalidResource) -> ZoneAwareRouting {
        var result = ZoneAwareRouting()
        guard case .zoneAwareLbConfig(let zones)? = config.localityConfigSpecifier else { return result }
        noteUnknownFields(zones)
        if zones.hasRoutingEnabled {
            guard (0...100).contains(zones.routingEnabled.value) else {
                throw invalid("zone_aware_lb_config.routing_enabled", "must be 0...100")
            }
            result.routingEnabled = Int(zones.routingEnabled.value.rounded())
        }
        if zones.hasMinClusterSize { result.minClusterSize = zones.minClusterSize.value }
        result.failsTrafficOnPanic = zones.failTrafficOnPanic
        return result
    }

    private mutating func ringHash(
        _ options: Envoy_Config_Cluster_V3_Cluster.RingHashLbConfig
    ) throws(InvalidResource) -> BalancingPolicy {
        let minimum = options.hasMinimumRingSize ? options.minimumRingSize.value : 1024
        let maximum = options.hasMaximumRingSize ? options.maximumRingSize.value : 8 << 20
        guard minimum <= maximum, maximum <= 8 << 20 else {
            throw invalid("ring_hash_lb_config", "the ring sizes must be 0...8388608, minimum before maximum")
        }
        if options.hashFunction == .murmurHash2 {
            warn("ring_hash_lb_config.hash_function", "MURMUR_HASH_2 is not done; XX_HASH is used")
        }
        return .ringHash(minimumSize: minimum, maximumSize: maximum)
    }

    /// The table sizes allowed have at most 2,236 candidates for a divisor.
    private static func isPrime(_ number: UInt64) -> Bool {
        guard number > 1 else { return false }
        var divisor: UInt64 = 2
        while divisor * divisor <= number {
            if number % divisor == 0 { return false }
            divisor += 1
        }
        return true
    }

    /// Only the two policies that have a `slow_start_config` read it.
    mutating func slowStart(_ message: Envoy_Config_Cluster_V3_Cluster) throws(InvalidResource) -> SlowStart? {
        let config: Envoy_Config_Cluster_V3_Cluster.SlowStartConfig
        switch message.lbPolicy {
        case .roundRobin where message.roundRobinLbConfig.hasSlowStartConfig:
            config = message.roundRobinLbConfig.slowStartConfig
        case .leastRequest where message.leastRequestLbConfig.hasSlowStartConfig:
            config = message.leastRequestLbConfig.slowStartConfig
        default: return nil
        }
        let window = try duration("slow_start_config.slow_start_window", config.slowStartWindow)
        // Envoy counts in milliseconds; a window of none is no slow start.
        guard window >= .milliseconds(1) else { return nil }
        let aggression = config.hasAggression ? config.aggression.defaultValue : 1
        let percent = config.hasMinWeightPercent ? config.minWeightPercent.value : 10
        guard (0...100).contains(percent) else {
            throw invalid("slow_start_config.min_weight_percent", "must be 0...100")
        }
        return SlowStart(
            window: window,
            // What Envoy does with a value that is no positive number.
            aggression: aggression > 0 && aggression.isFinite ? aggression : 1,
            minimumWeight: percent / 100
        )
    }

    /// Envoy counts whole percents.
    func panicThreshold(
        _ config: Envoy_Config_Cluster_V3_Cluster.CommonLbConfig
    ) throws(InvalidResource) -> Double {
        guard config.hasHealthyPanicThreshold else { return 50 }
        guard (0...100).contains(config.healthyPanicThreshold.value) else {
            throw invalid("common_lb_config.healthy_panic_threshold", "must be 0...100")
        }
        return config.healthyPanicThreshold.value.rounded(.down)
    }
}
