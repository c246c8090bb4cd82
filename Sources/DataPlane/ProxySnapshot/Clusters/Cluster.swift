/// A validated `envoy.config.cluster.v3.Cluster` together with its endpoints.
///
/// A new object means that something changed. Endpoint updates keep `settingsRevision`, so that pools of endpoints
/// which remain can be kept; another `settingsRevision` means that the cluster itself was replaced.
package final class Cluster: Sendable {
    /// The resource name, e.g. `outbound|9080|v1|reviews.default.svc.cluster.local`.
    package let name: String
    /// Its slot in every snapshot of this process.
    package let index: ClusterIndex
    /// Grows when anything but the endpoints changes.
    package let settingsRevision: UInt64
    /// The name in statistics and logs, unless empty.
    package let altStatName: String
    /// Where endpoints come from.
    package let kind: ClusterKind
    /// How long a connect may take.
    package let connectTimeout: Duration
    /// How an endpoint is chosen.
    package let balancing: BalancingPolicy
    /// How new endpoints are warmed up; `nil` gives them their full share at once.
    package let slowStart: SlowStart?
    /// The endpoints.
    package let endpoints: LoadAssignment
    /// Limits for the default priority.
    package let defaultThresholds: CircuitBreakerThresholds
    /// Limits for the high priority.
    package let highThresholds: CircuitBreakerThresholds
    /// Passive health checking.
    package let outlierDetection: OutlierDetection?
    /// Requests until an upstream connection is retired; 0 is no limit.
    package let maxRequestsPerConnection: Int
    /// What is spoken to endpoints.
    package let upstreamProtocol: UpstreamProtocol
    /// An unused upstream connection is closed after this; `nil` never.
    package let idleTimeout: Duration?
    /// An upstream connection is retired after this; `nil` never.
    package let maxConnectionDuration: Duration?
    /// The source address of upstream connections.
    package let upstreamBindAddress: SocketAddressValue?
    /// Keep-alive probes of upstream connections; `nil` is off.
    package let tcpKeepalive: TCPKeepalive?
    /// The soft read and write buffer limit, in bytes.
    package let perConnectionBufferLimit: Int
    /// Below this percentage of healthy endpoints all are used; 0 is off.
    package let panicThreshold: Double
    /// True if the weights of localities count.
    package let isLocalityWeighted: Bool
    /// How far the proxy's own zone is preferred, if it knows its like.
    package let zoneAwareRouting: ZoneAwareRouting
    /// Weights by what endpoints report, in place of those of the assignment; `nil` leaves those.
    package let clientSideWeights: ClientSideWeights?
    /// How upstream bytes are protected.
    package let transportSocket: TransportSocket
    /// Protections of endpoints that say which they can do, in place of `transportSocket`; the first that fits counts.
    package let transportSocketMatches: [TransportSocketMatch]
    /// Hostnames of the services behind it, from metadata `istio` / `services`.
    package let metadataService: [String]
    /// The user's DestinationRule behind it, from metadata `martlet` / `config`, else `istio` / `config`.
    package let configSource: String?
    /// Which part of that object decided most, such as `subsets[0]`; from metadata `martlet` / `rule`.
    package let configRule: String?

    package init(
        name: String,
        index: ClusterIndex,
        settingsRevision: UInt64 = 0,
        altStatName: String = "",
        kind: ClusterKind = .static,
        connectTimeout: Duration = .seconds(5),
        balancing: BalancingPolicy = .roundRobin,
        slowStart: SlowStart? = nil,
        endpoints: LoadAssignment = LoadAssignment(),
        defaultThresholds: CircuitBreakerThresholds = CircuitBreakerThresholds(),
        highThresholds: CircuitBreakerThresholds = CircuitBreakerThresholds(),
        outlierDetection: OutlierDetection? = nil,
        maxRequestsPerConnection: Int = 0,
        upstreamProtocol: UpstreamProtocol = .http1,
        idleTimeout: Duration? = .seconds(3600),
        maxConnectionDuration: Duration? = nil,
        upstreamBindAddress: SocketAddressValue? = nil,
        tcpKeepalive: TCPKeepalive? = nil,
        perConnectionBufferLimit: Int = 1 << 20,
        panicThreshold: Double = 50,
        isLocalityWeighted: Bool = false,
        zoneAwareRouting: ZoneAwareRouting = ZoneAwareRouting(),
        clientSideWeights: ClientSideWeights? = nil,
        transportSocket: TransportSocket = .rawBuffer,
        transportSocketMatches: [TransportSocketMatch] = [],
        metadataService: [String] = [],
        configSource: String? = nil,
        configRule: String? = nil
    ) {
        self.name = name
        self.index = index
        self.settingsRevision = settingsRevision
        self.altStatName = altStatName
        self.kind = kind
        self.connectTimeout = connectTimeout
        self.balancing = balancing
        self.slowStart = slowStart
        self.endpoints = endpoints
        self.defaultThresholds = defaultThresholds
        self.highThresholds = highThresholds
        self.outlierDetection = outlierDetection
        self.maxRequestsPerConnection = maxRequestsPerConnection
        self.upstreamProtocol = upstreamProtocol
        self.idleTimeout = idleTimeout
        self.maxConnectionDuration = maxConnectionDuration
        self.upstreamBindAddress = upstreamBindAddress
        self.tcpKeepalive = tcpKeepalive
        self.perConnectionBufferLimit = perConnectionBufferLimit
        self.panicThreshold = panicThreshold
        self.isLocalityWeighted = isLocalityWeighted
        self.zoneAwareRouting = zoneAwareRouting
        self.clientSideWeights = clientSideWeights
        self.transportSocket = transportSocket
        self.transportSocketMatches = transportSocketMatches
        self.metadataService = metadataService
        self.configSource = configSource
        self.configRule = configRule
    }

    /// The same cluster with other endpoints.
    package func with(endpoints: LoadAssignment) -> Cluster {
        Cluster(
            name: name,
            index: index,
            settingsRevision: settingsRevision,
            altStatName: altStatName,
            kind: kind,
            connectTimeout: connectTimeout,
            balancing: balancing,
            slowStart: slowStart,
            endpoints: endpoints,
            defaultThresholds: defaultThresholds,
            highThresholds: highThresholds,
            outlierDetection: outlierDetection,
            maxRequestsPerConnection: maxRequestsPerConnection,
            upstreamProtocol: upstreamProtocol,
            idleTimeout: idleTimeout,
            maxConnectionDuration: maxConnectionDuration,
            upstreamBindAddress: upstreamBindAddress,
            tcpKeepalive: tcpKeepalive,
            perConnectionBufferLimit: perConnectionBufferLimit,
            panicThreshold: panicThreshold,
            isLocalityWeighted: isLocalityWeighted,
            zoneAwareRouting: zoneAwareRouting,
            clientSideWeights: clientSideWeights,
            transportSocket: transportSocket,
            transportSocketMatches: transportSocketMatches,
            metadataService: metadataService,
            configSource: configSource,
            configRule: configRule
        )
    }
}
