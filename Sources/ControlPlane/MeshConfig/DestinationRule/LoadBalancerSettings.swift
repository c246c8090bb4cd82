/// Load balancing of a host (Istio `LoadBalancerSettings`).
package struct LoadBalancerSettings: Sendable, Hashable {
    /// Algorithms without parameters (Istio `LoadBalancerSettings.SimpleLB`).
    package enum SimpleLB: String, Sendable, Hashable, CaseIterable {
        /// `LEAST_REQUEST`.
        case unspecified = "UNSPECIFIED"
        /// Deprecated name of `LEAST_REQUEST`.
        case leastConn = "LEAST_CONN"
        case random = "RANDOM"
        /// To the address the caller chose.
        case passthrough = "PASSTHROUGH"
        case roundRobin = "ROUND_ROBIN"
        case leastRequest = "LEAST_REQUEST"
    }

    /// Algorithm; excludes `consistentHash`.
    package var simple: SimpleLB?
    /// Hash of the request chooses the endpoint; excludes `simple`.
    package var consistentHash: ConsistentHashLB?
    /// Weights by load reports of the endpoints; excludes `simple` and `consistentHash`.
    package var backendUtilization: BackendUtilizationLB?
    /// Localities.
    package var localityLbSetting: LocalityLbSetting?
    /// Zones.
    package var zoneAwareLbSetting: ZoneAwareLbSetting?
    /// Deprecated form of `warmup.duration`.
    package var warmupDurationSecs: Duration?
    /// Slow start of new endpoints; ROUND_ROBIN and LEAST_REQUEST only.
    package var warmup: WarmupConfiguration?
    /// Where the settings begin.
    package var source: SourceLocation?

    package init() {}
}

/// Choice of the endpoint by a hash (Istio `LoadBalancerSettings.ConsistentHashLB`).
package struct ConsistentHashLB: Sendable, Hashable {
    /// Cookie whose value is hashed (Istio `HTTPCookie`).
    package struct HTTPCookie: Sendable, Hashable {
        /// An attribute written when the cookie is made.
        package struct Attribute: Sendable, Hashable {
            /// Name, such as `SameSite`.
            package var name = ""
            /// Value; empty for a flag.
            package var value = ""

            package init() {}
        }

        /// Name.
        package var name = ""
        /// Path; empty for none.
        package var path = ""
        /// Life of a cookie that is made; absent makes none, zero a session cookie.
        package var ttl: Duration?
        /// Further attributes.
        package var attributes: [Attribute] = []

        package init() {}
    }

    /// What is hashed.
    package enum HashKey: Sendable, Hashable {
        case httpHeaderName(String)
        case httpCookie(HTTPCookie)
        case useSourceIp(Bool)
        case httpQueryParameterName(String)
    }

    /// How the hash is mapped to endpoints.
    package enum HashAlgorithm: Sendable, Hashable {
        /// Ketama ring of at least so many entries; nil is 1024.
        case ringHash(minimumRingSize: UInt64?)
        /// Maglev table of so many entries; nil is 65537.
        case maglev(tableSize: UInt64?)
    }

    /// What is hashed; nil when nothing is named.
    package var hashKey: HashKey?
    /// Mapping; nil is a ring.
    package var hashAlgorithm: HashAlgorithm?
    /// Deprecated form of `ringHash.minimumRingSize`; 0 when not written.
    package var minimumRingSize: UInt64 = 0

    package init() {}
}

/// Weights by load reports of the endpoints (Istio `LoadBalancerSettings.BackendUtilizationLB`).
package struct BackendUtilizationLB: Sendable, Hashable {
    /// Names of the metrics in the reports.
    package var metricNamesForComputingUtilization: [String] = []
    /// Penalty for errors, percent; absent is none.
    package var errorUtilizationPenaltyPercent: UInt32?
    /// Age after which a weight is no longer used.
    package var weightExpirationPeriod: Duration?
    /// Time before a new endpoint's weight is used.
    package var weightStabilizationPeriod: Duration?
    /// Time between recalculations.
    package var weightUpdatePeriod: Duration?

    package init() {}
}

/// Localities of endpoints (Istio `LocalityLoadBalancerSetting`).
package struct LocalityLbSetting: Sendable, Hashable {
    /// Share of traffic from one locality to others (Istio `Distribute`).
    package struct Distribute: Sendable, Hashable {
        /// Locality of the caller, `region/zone/*`.
        package var from = ""
        /// Percent by locality; the sum is 100.
        package var to: [String: UInt32] = [:]

        package init() {}
    }

    /// Region traffic fails over to (Istio `Failover`).
    package struct Failover: Sendable, Hashable {
        /// Region of the caller.
        package var from = ""
        /// Region that takes over.
        package var to = ""

        package init() {}
    }

    /// Explicit shares; excludes `failover` and `failoverPriority`.
    package var distribute: [Distribute] = []
    /// Explicit fail-over by region.
    package var failover: [Failover] = []
    /// Labels whose equality orders the endpoints.
    package var failoverPriority: [String] = []
    /// Whether localities count; absent takes the mesh-wide setting.
    package var enabled: Bool?

    package init() {}
}

/// Zones of endpoints (Istio `ZoneAwareLoadBalancerSetting`).
package struct ZoneAwareLbSetting: Sendable, Hashable {
    /// Whether zones count.
    package var enabled: Bool?
    /// Explicit fail-over by region.
    package var failover: [LocalityLbSetting.Failover] = []
    /// Labels whose equality orders the endpoints.
    package var failoverPriority: [String] = []
    /// Endpoints below which zones do not count.
    package var minClusterSize: UInt32?

    package init() {}
}

/// Slow start of new endpoints (Istio `WarmupConfiguration`).
package struct WarmupConfiguration: Sendable, Hashable {
    /// Time over which the share grows.
    package var duration: Duration?
    /// Share at the beginning, percent; absent is 10.
    package var minimumPercent: Double?
    /// Curve of the growth, above 0: below 1 it starts slower than a straight line, above 1 faster; absent is 1.
    package var aggression: Double?

    package init() {}
}
