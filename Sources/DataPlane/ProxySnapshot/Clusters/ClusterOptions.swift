package import HTTPWire

/// Where a cluster's endpoints come from.
package enum ClusterKind: Sendable, Equatable {
    /// EDS under this service name.
    case eds(serviceName: String)
    /// The endpoints that came with the cluster.
    case `static`
    /// Every address of every hostname among the endpoints.
    case strictDNS(DNSOptions)
    /// One address of the single hostname, resolved anew for new connections.
    case logicalDNS(DNSOptions)
    /// The original destination of the downstream connection, or of the named request header.
    case originalDestination(header: HeaderName?)
}

/// How a DNS cluster resolves.
package struct DNSOptions: Sendable, Equatable {
    /// The time between look-ups unless TTLs are respected.
    package var refreshRate: Duration
    /// True if the record's TTL is the time between look-ups.
    package var respectsTTL: Bool
    /// Which addresses are asked for.
    package var family: DNSLookupFamily

    package init(refreshRate: Duration = .seconds(5), respectsTTL: Bool = false, family: DNSLookupFamily = .auto) {
        self.refreshRate = refreshRate
        self.respectsTTL = respectsTTL
        self.family = family
    }
}

/// `Cluster.DnsLookupFamily`.
package enum DNSLookupFamily: Sendable, Equatable {
    /// IPv6, or IPv4 if there is none.
    case auto
    case v4Only
    case v6Only
    case v4Preferred
    case all
}

/// How an endpoint is chosen.
package enum BalancingPolicy: Sendable, Equatable {
    case roundRobin
    /// The least busy of `choices` random endpoints, at least 2; `activeRequestBias` bends weights.
    case leastRequest(choices: Int, activeRequestBias: Double)
    case random
    case ringHash(minimumSize: UInt64, maximumSize: UInt64)
    case maglev(tableSize: UInt64)
    /// The cluster kind decides (`originalDestination`).
    case clusterProvided

    /// Whether endpoints are chosen by a hash of the request.
    package var hashes: Bool {
        switch self {
        case .ringHash, .maglev: true
        case .roundRobin, .leastRequest, .random, .clusterProvided: false
        }
    }
}

/// `Cluster.SlowStartConfig`: an endpoint that has just become healthy gets a share that grows to its full weight.
///
/// For ROUND_ROBIN and LEAST_REQUEST. The weight counts `max(minimumWeight, (age / window) ^ (1 / aggression))` times.
package struct SlowStart: Sendable, Equatable {
    /// How long the share grows; more than zero.
    package var window: Duration
    /// 1 grows evenly, more than 1 faster at first; more than zero.
    package var aggression: Double
    /// The part of the weight to begin with, 0...1.
    package var minimumWeight: Double

    package init(window: Duration, aggression: Double = 1, minimumWeight: Double = 0.1) {
        self.window = window
        self.aggression = aggression
        self.minimumWeight = minimumWeight
    }
}

/// What is spoken to endpoints.
package enum UpstreamProtocol: Sendable, Equatable {
    case http1
    case http2
    /// What the downstream connection speaks.
    case useDownstream
}

/// The limits of one priority (`CircuitBreakers.Thresholds`); `UInt32.max` is Istio's "no limit".
package struct CircuitBreakerThresholds: Sendable, Equatable {
    /// Open upstream connections.
    package var maxConnections: UInt32
    /// Requests waiting for a connection.
    package var maxPendingRequests: UInt32
    /// Requests in flight.
    package var maxRequests: UInt32
    /// Retries in flight; a retry budget takes its place.
    package var maxRetries: UInt32
    /// Lets retries follow the requests.
    package var retryBudget: RetryBudget?

    package init(
        maxConnections: UInt32 = 1024,
        maxPendingRequests: UInt32 = 1024,
        maxRequests: UInt32 = 1024,
        maxRetries: UInt32 = 3,
        retryBudget: RetryBudget? = nil
    ) {
        self.maxConnections = maxConnections
        self.maxPendingRequests = maxPendingRequests
        self.maxRequests = maxRequests
        self.maxRetries = maxRetries
        self.retryBudget = retryBudget
    }
}

/// `CircuitBreakers.Thresholds.RetryBudget`: retries in flight as a share of requests.
package struct RetryBudget: Sendable, Equatable {
    /// 0...100.
    package var percent: Double
    /// So many retries are always allowed.
    package var minimumConcurrency: UInt32
    /// The time whose requests count, in milliseconds, more than zero; `nil` counts those in flight.
    package var intervalMilliseconds: Int64?

    package init(percent: Double = 20, minimumConcurrency: UInt32 = 3, intervalMilliseconds: Int64? = nil) {
        self.percent = percent
        self.minimumConcurrency = minimumConcurrency
        self.intervalMilliseconds = intervalMilliseconds
    }

    /// How many retries may be in flight beside so many requests, retries among them.
    package func limit(requests: Int) -> Int {
        let share = Double(max(0, requests)) * min(100, max(0, percent)) / 100
        return max(Int(minimumConcurrency), Int(share))
    }
}

/// `envoy.config.cluster.v3.OutlierDetection`; thresholds of 0 are off.
package struct OutlierDetection: Sendable, Equatable {
    /// The statuses that count as 5xx, and no others then; `nil` for those from 500 on
    /// (`HttpProtocolOptions.OutlierDetection.error_matcher`).
    package var errorStatuses: [UInt16]?
    /// 5xx in a row until ejection.
    package var consecutive5xx: UInt32
    /// The percentage of such ejections carried out.
    package var enforcingConsecutive5xx: UInt32
    /// 502, 503 or 504 in a row until ejection.
    package var consecutiveGatewayFailure: UInt32
    /// The percentage of such ejections carried out.
    package var enforcingConsecutiveGatewayFailure: UInt32
    /// True if connect failures are counted on their own.
    package var splitsLocalOriginErrors: Bool
    /// Connect failures in a row until ejection, when split.
    package var consecutiveLocalOriginFailure: UInt32
    /// The percentage of such ejections carried out.
    package var enforcingConsecutiveLocalOriginFailure: UInt32
    /// The time between sweeps.
    package var interval: Duration
    /// The length of the first ejection; grows by itself with each further one.
    package var baseEjectionTime: Duration
    /// The longest ejection.
    package var maxEjectionTime: Duration
    /// Ejections last up to so much longer, at random.
    package var maxEjectionTimeJitter: Duration
    /// The largest ejected share, 0...100; an ejection that would exceed it does not happen.
    package var maxEjectionPercent: UInt32
    /// Whether one endpoint may be ejected whatever its share is.
    package var alwaysEjectsOneHost: Bool

    package init(
        errorStatuses: [UInt16]? = nil,
        consecutive5xx: UInt32 = 5,
        enforcingConsecutive5xx: UInt32 = 100,
        consecutiveGatewayFailure: UInt32 = 5,
        enforcingConsecutiveGatewayFailure: UInt32 = 0,
        splitsLocalOriginErrors: Bool = false,
        consecutiveLocalOriginFailure: UInt32 = 5,
        enforcingConsecutiveLocalOriginFailure: UInt32 = 100,
        interval: Duration = .seconds(10),
        baseEjectionTime: Duration = .seconds(30),
        maxEjectionTime: Duration = .seconds(300),
        maxEjectionTimeJitter: Duration = .zero,
        maxEjectionPercent: UInt32 = 10,
        alwaysEjectsOneHost: Bool = false
    ) {
        self.errorStatuses = errorStatuses
        self.consecutive5xx = consecutive5xx
        self.enforcingConsecutive5xx = enforcingConsecutive5xx
        self.consecutiveGatewayFailure = consecutiveGatewayFailure
        self.enforcingConsecutiveGatewayFailure = enforcingConsecutiveGatewayFailure
        self.splitsLocalOriginErrors = splitsLocalOriginErrors
        self.consecutiveLocalOriginFailure = consecutiveLocalOriginFailure
        self.enforcingConsecutiveLocalOriginFailure = enforcingConsecutiveLocalOriginFailure
        self.interval = interval
        self.baseEjectionTime = baseEjectionTime
        self.maxEjectionTime = maxEjectionTime
        self.maxEjectionTimeJitter = maxEjectionTimeJitter
        self.maxEjectionPercent = maxEjectionPercent
        self.alwaysEjectsOneHost = alwaysEjectsOneHost
    }

    /// The status that a response counts as.
    @inline(__always)
    package func counted(_ status: UInt16) -> UInt16 {
        guard let errorStatuses else { return status }
        return errorStatuses.contains(status) ? 500 : 200
    }
}

/// `TcpKeepalive`; `nil` leaves the system's value.
package struct TCPKeepalive: Sendable, Equatable {
    /// Probes without an answer until the connection is dead.
    package var probes: UInt32?
    /// Idle seconds until the first probe.
    package var time: UInt32?
    /// Seconds between probes.
    package var interval: UInt32?

    package init(probes: UInt32? = nil, time: UInt32? = nil, interval: UInt32? = nil) {
        self.probes = probes
        self.time = time
        self.interval = interval
    }
}
