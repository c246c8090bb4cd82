/// A validated `envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy`.
package final class TCPProxy: Sendable {
    /// The prefix of its statistics.
    package let statPrefix: String
    /// Where connections go.
    package let cluster: TCPClusterTarget
    /// Closes a connection without traffic for so long; `nil` never.
    package let idleTimeout: Duration?
    /// Closes a connection after so long, whatever it does; `nil` never.
    package let maxDownstreamConnectionDuration: Duration?
    /// True if hashing balancers hash the caller's IP address.
    package let hashesSourceAddress: Bool
    /// How many endpoints are tried, at least 1.
    package let maxConnectAttempts: Int
    /// Connection logs.
    package let accessLogs: [AccessLog]

    package init(
        statPrefix: String,
        cluster: TCPClusterTarget,
        idleTimeout: Duration? = .seconds(3600),
        maxDownstreamConnectionDuration: Duration? = nil,
        hashesSourceAddress: Bool = false,
        maxConnectAttempts: Int = 1,
        accessLogs: [AccessLog] = []
    ) {
        self.statPrefix = statPrefix
        self.cluster = cluster
        self.idleTimeout = idleTimeout
        self.maxDownstreamConnectionDuration = maxDownstreamConnectionDuration
        self.hashesSourceAddress = hashesSourceAddress
        self.maxConnectAttempts = maxConnectAttempts
        self.accessLogs = accessLogs
    }
}

/// The clusters of a TCP proxy.
package enum TCPClusterTarget: Sendable, Equatable {
    case cluster(ClusterIndex)
    /// Entries with a positive sum of weights.
    case weighted([WeightedTCPCluster])
}

/// One share of a weighted TCP split.
package struct WeightedTCPCluster: Sendable, Equatable {
    /// The cluster.
    package var cluster: ClusterIndex
    /// Its share of the sum of weights.
    package var weight: UInt32

    package init(cluster: ClusterIndex, weight: UInt32) {
        self.cluster = cluster
        self.weight = weight
    }
}
