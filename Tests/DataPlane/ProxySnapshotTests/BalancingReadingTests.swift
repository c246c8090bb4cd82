import EnvoyAPI
import HTTPWire
import ProxySnapshot
import SwiftProtobuf
import Testing

/// What of balancing, outlier detection and hashing a resource says, and what is refused or warned of.
@Suite struct BalancingReadingTests {
    private typealias Message = Envoy_Config_Cluster_V3_Cluster

    private func read(_ change: (inout Envoy_Config_Cluster_V3_Cluster) -> Void) throws
        -> (cluster: Cluster?, refusal: String?, warnings: [String])
    {
        var builder = SnapshotBuilder()
        var message = Resource.cluster("c", eds: false)
        change(&message)
        let refused = builder.apply(.cluster, upserts: [try Resource.update("c", message)])
        let cluster = builder.snapshot()?.cluster(named: "c")
        return (cluster, refused.first?.reason, builder.warnings.map(\.reason))
    }

    // MARK: Policies

    @Test func hashingPoliciesHaveEnvoysDefaults() throws {
        let ring = try read { $0.lbPolicy = .ringHash }
        #expect(ring.cluster?.balancing == .ringHash(minimumSize: 1024, maximumSize: 8_388_608))
        #expect(ring.warnings.isEmpty)
        let maglev = try read { $0.lbPolicy = .maglev }
        #expect(maglev.cluster?.balancing == .maglev(tableSize: 65537))
        #expect(maglev.warnings.isEmpty)
    }

    @Test(arguments: [0, 1, 4, 100, 65535, 5_000_012, UInt64.max])
    func aMaglevTableThatIsNotPrimeIsRefused(size: UInt64) throws {
        let read = try read {
            $0.lbPolicy = .maglev
            $0.maglevLbConfig.tableSize = .init(size)
        }
        #expect(read.cluster == nil)
        #expect(read.refusal == "maglev_lb_config.table_size: must be a prime number up to 5000011")
    }

    @Test(arguments: [2, 3, 101, 65537, 5_000_011] as [UInt64])
    func primeTablesAreTaken(size: UInt64) throws {
        let read = try read {
            $0.lbPolicy = .maglev
            $0.maglevLbConfig.tableSize = .init(size)
        }
        #expect(read.cluster?.balancing == .maglev(tableSize: size))
    }

    @Test func anotherHashFunctionIsWarnedOf() throws {
        let read = try read {
            $0.lbPolicy = .ringHash
            $0.ringHashLbConfig.hashFunction = .murmurHash2
        }
        #expect(read.warnings == ["ring_hash_lb_config.hash_function: MURMUR_HASH_2 is not done; XX_HASH is used"])
    }

    // MARK: Load reports

    private typealias WeightedRoundRobin =
        Envoy_Extensions_LoadBalancingPolicies_ClientSideWeightedRoundRobin_V3_ClientSideWeightedRoundRobin

    private static func policy(_ change: (inout WeightedRoundRobin) -> Void) throws
        -> Envoy_Config_Cluster_V3_LoadBalancingPolicy
    {
        var config = WeightedRoundRobin()
        change(&config)
        var policy = Envoy_Config_Cluster_V3_LoadBalancingPolicy.Policy()
        policy.typedExtensionConfig.name = "envoy.load_balancing_policies.client_side_weighted_round_robin"
        policy.typedExtensionConfig.typedConfig = try Google_Protobuf_Any(message: config)
        return .with { $0.policies = [policy] }
    }

    @Test func weightsByReportsHaveEnvoysDefaults() throws {
        let policy = try Self.policy { _ in }
        let read = try read {
            $0.lbPolicy = .random
            $0.loadBalancingPolicy = policy
        }
        #expect(read.cluster?.balancing == .roundRobin)
        #expect(read.cluster?.clientSideWeights == ClientSideWeights())
        #expect(read.warnings.isEmpty)
        #expect(try self.read { _ in }.cluster?.clientSideWeights == nil)
    }

    @Test func weightsByReportsAreReadWhole() throws {
        let policy = try Self.policy {
            $0.blackoutPeriod = .init(seconds: 1, nanos: 500_000_000)
            $0.weightExpirationPeriod = .init(seconds: 20, nanos: 0)
            $0.weightUpdatePeriod = .init(seconds: 0, nanos: 100_000_000)
            $0.errorUtilizationPenalty.value = 1.5
            $0.metricNamesForComputingUtilization = ["named_metrics.a", "cpu_utilization", "utilization.*", "other"]
        }
        #expect(
            try read { $0.loadBalancingPolicy = policy }.cluster?.clientSideWeights
                == ClientSideWeights(
                    blackoutMilliseconds: 1500,
                    expirationMilliseconds: 20_000,
                    updateMilliseconds: 100,
                    errorUtilizationPenalty: 1.5,
                    utilizationMetrics: [
                        .entry(.namedMetrics, key: [0x61]), .field(.cpuUtilization), .all(.utilization),
                    ]
                )
        )
        let negative = try Self.policy { $0.errorUtilizationPenalty.value = -1 }
        #expect(
            try read { $0.loadBalancingPolicy = negative }.refusal
                == "load_balancing_policy.error_utilization_penalty: must not be negative"
        )
    }

    @Test func anotherPolicyIsWarnedOf() throws {
        let read = try read { $0.loadBalancingPolicy = .init() }
        #expect(read.warnings == ["load_balancing_policy: is not done yet; lb_policy counts"])
    }

    // MARK: Zones and budgets

    @Test func zonesAreReadWithEnvoysDefaults() throws {
        #expect(try read { _ in }.cluster?.zoneAwareRouting == ZoneAwareRouting(routingEnabled: 100, minClusterSize: 6))
        let zones = try read {
            $0.commonLbConfig.zoneAwareLbConfig.routingEnabled.value = 49.6
            $0.commonLbConfig.zoneAwareLbConfig.minClusterSize.value = 2
            $0.commonLbConfig.zoneAwareLbConfig.failTrafficOnPanic = true
        }
        #expect(
            zones.cluster?.zoneAwareRouting
                == ZoneAwareRouting(routingEnabled: 50, minClusterSize: 2, failsTrafficOnPanic: true)
        )
        #expect(zones.cluster?.isLocalityWeighted == false)
        let wrong = try read { $0.commonLbConfig.zoneAwareLbConfig.routingEnabled.value = 101 }
        #expect(wrong.refusal == "zone_aware_lb_config.routing_enabled: must be 0...100")
    }

    @Test(
        arguments: [(nil, nil), (0, nil), (999_999, nil), (1_000_000, 1), (2_500_000_000, 2500)] as [(Int64?, Int64?)]
    )
    func anIntervalOfTheRetryBudgetIsWholeMilliseconds(nanoseconds: Int64?, milliseconds: Int64?) throws {
        let read = try read { message in
            var threshold = Envoy_Config_Cluster_V3_CircuitBreakers.Thresholds()
            threshold.retryBudget.budgetPercent.value = 25
            if let nanoseconds {
                threshold.retryBudget.budgetInterval = .init(
                    seconds: nanoseconds / 1_000_000_000,
                    nanos: Int32(nanoseconds % 1_000_000_000)
                )
            }
            message.circuitBreakers.thresholds = [threshold]
        }
        #expect(
            read.cluster?.defaultThresholds.retryBudget
                == RetryBudget(percent: 25, minimumConcurrency: 3, intervalMilliseconds: milliseconds)
        )
    }

    // MARK: Slow start

    @Test func slowStartIsReadForThePolicyInForce() throws {
        let read = try read {
            $0.lbPolicy = .leastRequest
            $0.leastRequestLbConfig.slowStartConfig.slowStartWindow = .init(seconds: 30, nanos: 0)
            $0.leastRequestLbConfig.slowStartConfig.aggression.defaultValue = 2
            $0.leastRequestLbConfig.slowStartConfig.minWeightPercent.value = 25
        }
        #expect(
            read.cluster?.slowStart == SlowStart(window: .seconds(30), aggression: 2, minimumWeight: 0.25)
        )
        #expect(read.warnings.isEmpty)
    }

    @Test func slowStartHasEnvoysDefaults() throws {
        let read = try read { $0.roundRobinLbConfig.slowStartConfig.slowStartWindow = .init(seconds: 1, nanos: 0) }
        #expect(read.cluster?.slowStart == SlowStart(window: .seconds(1), aggression: 1, minimumWeight: 0.1))
    }

    @Test(arguments: [-1, 0, .nan, .infinity] as [Double])
    func anAggressionThatIsNoneCountsAsOne(aggression: Double) throws {
        let read = try read {
            $0.roundRobinLbConfig.slowStartConfig.slowStartWindow = .init(seconds: 1, nanos: 0)
            $0.roundRobinLbConfig.slowStartConfig.aggression.defaultValue = aggression
        }
        #expect(read.cluster?.slowStart?.aggression == 1)
    }

    @Test func noWindowIsNoSlowStart() throws {
        let read = try read { $0.roundRobinLbConfig.slowStartConfig.minWeightPercent.value = 5 }
        #expect(read.cluster != nil && read.cluster?.slowStart == nil)
    }

    // MARK: Outlier detection

    @Test func outlierDetectionIsReadWhole() throws {
        let read = try read {
            $0.outlierDetection.enforcingSuccessRate = .init(0)
            $0.outlierDetection.consecutive5Xx = .init(7)
            $0.outlierDetection.consecutiveGatewayFailure = .init(3)
            $0.outlierDetection.enforcingConsecutiveGatewayFailure = .init(100)
            $0.outlierDetection.splitExternalLocalOriginErrors = true
            $0.outlierDetection.interval = .init(seconds: 1, nanos: 0)
            $0.outlierDetection.baseEjectionTime = .init(seconds: 400, nanos: 0)
            $0.outlierDetection.maxEjectionPercent = .init(50)
            $0.outlierDetection.alwaysEjectOneHost = .init(true)
            $0.outlierDetection.maxEjectionTimeJitter = .init(seconds: 2, nanos: 0)
        }
        #expect(
            read.cluster?.outlierDetection
                == OutlierDetection(
                    consecutive5xx: 7,
                    consecutiveGatewayFailure: 3,
                    enforcingConsecutiveGatewayFailure: 100,
                    splitsLocalOriginErrors: true,
                    interval: .seconds(1),
                    baseEjectionTime: .seconds(400),
                    maxEjectionTime: .seconds(400),
                    maxEjectionTimeJitter: .seconds(2),
                    maxEjectionPercent: 50,
                    alwaysEjectsOneHost: true
                )
        )
        #expect(read.warnings.isEmpty)
    }

    @Test func ejectionBySuccessRateIsWarnedOf() throws {
        let read = try read { $0.outlierDetection = .init() }
        #expect(read.cluster?.outlierDetection == OutlierDetection())
        #expect(read.warnings.count == 1 && read.warnings[0].hasPrefix("outlier_detection.enforcing_success_rate"))
    }

    @Test func theLongestEjectionIsNotShorterThanTheFirst() throws {
        let read = try read { $0.outlierDetection.maxEjectionTime = .init(seconds: 10, nanos: 0) }
        #expect(read.refusal?.contains("max_ejection_time") == true)
    }

    private func read(matching change: (inout Envoy_Config_Common_Matcher_V3_MatchPredicate) -> Void) throws
        -> (statuses: [UInt16]?, warnings: [String])
    {
        var options = Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions()
        options.explicitHTTPConfig.httpProtocolOptions = .init()
        change(&options.outlierDetection.errorMatcher)
        let packed = try Google_Protobuf_Any(message: options)
        let read = try read {
            $0.outlierDetection.enforcingSuccessRate = .init(0)
            $0.typedExtensionProtocolOptions["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"] = packed
        }
        return (read.cluster?.outlierDetection?.errorStatuses, read.warnings)
    }

    private func status(_ text: String) -> Envoy_Config_Common_Matcher_V3_MatchPredicate {
        var predicate = Envoy_Config_Common_Matcher_V3_MatchPredicate()
        var header = Envoy_Config_Route_V3_HeaderMatcher()
        header.name = ":status"
        header.stringMatch.exact = text
        predicate.httpResponseHeadersMatch.headers = [header]
        return predicate
    }

    @Test func statusesThatAreErrorsAreRead() throws {
        let one = try read { $0 = status("429") }
        #expect(one.statuses == [429] && one.warnings.isEmpty)
        let two = try read { $0.orMatch.rules = [status("429"), status("409")] }
        #expect(two.statuses == [429, 409] && two.warnings.isEmpty)
    }

    @Test func otherErrorMatchersAreWarnedOf() throws {
        let found = try read {
            $0 = status("429")
            $0.httpResponseHeadersMatch.headers[0].name = "x-error"
        }
        #expect(found.statuses == nil)
        #expect(found.warnings.count == 1 && found.warnings[0].contains("error_matcher"))
    }

    // MARK: Hash policies

    private func policies(_ all: [Envoy_Config_Route_V3_RouteAction.HashPolicy]) throws
        -> (policies: [HashPolicy]?, refusal: String?)
    {
        var builder = SnapshotBuilder()
        var table = Resource.routes("r", cluster: "c")
        table.virtualHosts[0].routes[0].route.hashPolicy = all
        _ = builder.apply(.listener, upserts: [try Resource.update("l", try Resource.listener("l", rds: "r"))])
        let refused = builder.apply(.routeConfiguration, upserts: [try Resource.update("r", table)])
        let route = builder.snapshot()?.routeConfiguration(named: "r")?.virtualHosts.first?.routes.first
        guard case .forward(let action)? = route?.action else { return (nil, refused.first?.reason) }
        return (action.hashPolicy, refused.first?.reason)
    }

    @Test func policiesAreReadInOrder() throws {
        var header = Envoy_Config_Route_V3_RouteAction.HashPolicy()
        header.header.headerName = "X-User"
        header.terminal = true
        var cookie = Envoy_Config_Route_V3_RouteAction.HashPolicy()
        cookie.cookie.name = "user"
        cookie.cookie.ttl = .init(seconds: 90, nanos: 900_000_000)
        cookie.cookie.path = "/a"
        var attribute = Envoy_Config_Route_V3_RouteAction.HashPolicy.CookieAttribute()
        attribute.name = "SameSite"
        attribute.value = "Lax"
        cookie.cookie.attributes = [attribute]
        var nothing = Envoy_Config_Route_V3_RouteAction.HashPolicy()
        nothing.connectionProperties.sourceIp = false
        var source = Envoy_Config_Route_V3_RouteAction.HashPolicy()
        source.connectionProperties.sourceIp = true
        var query = Envoy_Config_Route_V3_RouteAction.HashPolicy()
        query.queryParameter.name = "q"
        let read = try #require(try policies([header, cookie, nothing, source, query]).policies)
        #expect(read.count == 4)
        #expect(read.map(\.isTerminal) == [true, false, false, false])
        guard case .header(let name, nil) = read[0].source, case .cookie(let made) = read[1].source,
            case .sourceAddress = read[2].source, case .queryParameter(let parameter) = read[3].source
        else {
            Issue.record("other policies: \(read)")
            return
        }
        #expect(name.description == "x-user")
        #expect(made.isGenerated)
        #expect(String(decoding: made.attributes, as: UTF8.self) == "; Max-Age=90; Path=/a; SameSite=Lax; HttpOnly")
        #expect(parameter == Array("q".utf8))
    }

    @Test(arguments: ["/\r\nset-cookie: evil=1", "/\u{0}", "/\u{7f}"])
    func aCookieThatWouldEndItsLineIsRefused(path: String) throws {
        var cookie = Envoy_Config_Route_V3_RouteAction.HashPolicy()
        cookie.cookie.name = "user"
        cookie.cookie.path = path
        #expect(try policies([cookie]).refusal?.contains("cookie: has control characters") == true)
    }
}
