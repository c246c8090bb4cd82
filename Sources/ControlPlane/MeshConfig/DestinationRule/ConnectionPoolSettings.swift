/// Limits and timeouts of connections (Istio `ConnectionPoolSettings`).
package struct ConnectionPoolSettings: Sendable, Hashable {
    /// Settings of TCP and HTTP alike.
    package var tcp: TCPSettings?
    /// Settings of HTTP alone.
    package var http: HTTPSettings?
    /// Where the settings begin.
    package var source: SourceLocation?

    package init() {}
}

/// Settings of TCP connections (Istio `ConnectionPoolSettings.TCPSettings`).
package struct TCPSettings: Sendable, Hashable {
    /// Connections to the host; 0 is 2^32-1.
    package var maxConnections: Int32 = 0
    /// Time to connect; absent takes the mesh-wide default, 10 s.
    package var connectTimeout: Duration?
    /// Keepalive probes of the kernel.
    package var tcpKeepalive: TCPKeepalive?
    /// Longest life of a connection; absent is none.
    package var maxConnectionDuration: Duration?
    /// Longest idle time of a TCP connection; absent is 1 h, zero is none.
    package var idleTimeout: Duration?

    package init() {}
}

/// Keepalive probes of the kernel (Istio `ConnectionPoolSettings.TCPSettings.TcpKeepalive`).
package struct TCPKeepalive: Sendable, Hashable {
    /// Probes before the connection is given up; 0 takes the system's.
    package var probes: UInt32 = 0
    /// Idle time before probes; absent takes the system's.
    package var time: Duration?
    /// Time between probes; absent takes the system's.
    package var interval: Duration?

    package init() {}
}

/// Settings of HTTP connections (Istio `ConnectionPoolSettings.HTTPSettings`).
package struct HTTPSettings: Sendable, Hashable {
    /// Whether HTTP/1.1 is spoken as HTTP/2 upstream (Istio `H2UpgradePolicy`).
    package enum H2UpgradePolicy: String, Sendable, Hashable, CaseIterable {
        case `default` = "DEFAULT"
        case doNotUpgrade = "DO_NOT_UPGRADE"
        case upgrade = "UPGRADE"
    }

    /// Requests waiting for a connection; 0 is 2^32-1.
    package var http1MaxPendingRequests: Int32 = 0
    /// Active requests; 0 is 2^32-1.
    package var http2MaxRequests: Int32 = 0
    /// Requests a connection serves; 0 is unlimited, 1 disables keep-alive.
    package var maxRequestsPerConnection: Int32 = 0
    /// Retries under way; 0 is 2^32-1.
    package var maxRetries: Int32 = 0
    /// Longest time without a stream; absent is 1 h.
    package var idleTimeout: Duration?
    /// Upgrade of HTTP/1.1 to HTTP/2.
    package var h2UpgradePolicy: H2UpgradePolicy = .default
    /// Whether the client's protocol is kept.
    package var useClientProtocol = false
    /// Streams of one HTTP/2 connection; 0 is 2^31-1.
    package var maxConcurrentStreams: Int32 = 0
    /// HTTP/2 pings.
    package var http2KeepAlive: HTTP2KeepAlive?

    package init() {}
}

/// HTTP/2 pings (Istio `ConnectionPoolSettings.HTTPSettings.HTTP2KeepAlive`).
package struct HTTP2KeepAlive: Sendable, Hashable {
    /// Time between pings.
    package var interval: Duration?
    /// Time for the answer.
    package var timeout: Duration?

    package init() {}
}
