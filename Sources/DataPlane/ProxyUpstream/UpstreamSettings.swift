package import ProxySnapshot

/// A cluster's settings in the units the pools count in.
package struct UpstreamSettings: Sendable {
    package let connectTimeoutMilliseconds: Int64
    /// 0 is no limit.
    package let maxRequestsPerConnection: Int
    package let idleTimeoutMilliseconds: Int64?
    package let maxConnectionDurationMilliseconds: Int64?
    package let bufferLimit: Int
    package let bindAddress: SocketAddressValue?
    package let keepalive: TCPKeepalive?
    package let thresholds: CircuitBreakerThresholds
    let hasSlowStart: Bool

    init(_ cluster: Cluster) {
        connectTimeoutMilliseconds = cluster.connectTimeout.wholeMilliseconds
        maxRequestsPerConnection = cluster.maxRequestsPerConnection
        idleTimeoutMilliseconds = cluster.idleTimeout.map(\.wholeMilliseconds)
        maxConnectionDurationMilliseconds = cluster.maxConnectionDuration.map(\.wholeMilliseconds)
        bufferLimit = max(1024, cluster.perConnectionBufferLimit)
        bindAddress = cluster.upstreamBindAddress
        keepalive = cluster.tcpKeepalive
        thresholds = cluster.defaultThresholds
        hasSlowStart = cluster.slowStart != nil
    }
}

extension Duration {
    /// Milliseconds, rounded up, at least 1 for anything above zero and at most a century.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let century: Int64 = 100 * 365 * 86400
        guard seconds < century else { return century * 1000 }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
