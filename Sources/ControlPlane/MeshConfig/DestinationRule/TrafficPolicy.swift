/// Policies of the connections to a host (Istio `TrafficPolicy`).
package struct TrafficPolicy: Sendable, Hashable {
    /// Load balancing.
    package var loadBalancer: LoadBalancerSettings?
    /// Limits and timeouts of connections.
    package var connectionPool: ConnectionPoolSettings?
    /// Ejection of endpoints that fail.
    package var outlierDetection: OutlierDetection?
    /// TLS towards the host.
    package var tls: ClientTLSSettings?
    /// Policies of single ports; they replace the four above as a whole.
    package var portLevelSettings: [PortTrafficPolicy] = []
    /// Tunnel through an HTTP proxy.
    package var tunnel: TunnelSettings?
    /// PROXY protocol written before the payload.
    package var proxyProtocol: ProxyProtocol?
    /// Retries allowed at once.
    package var retryBudget: RetryBudget?

    package init() {}
}

/// Policies of one port (Istio `TrafficPolicy.PortTrafficPolicy`); what is absent is the default, not the rule's.
package struct PortTrafficPolicy: Sendable, Hashable {
    /// Service port the policy is for.
    package var port: PortSelector?
    /// Load balancing.
    package var loadBalancer: LoadBalancerSettings?
    /// Limits and timeouts of connections.
    package var connectionPool: ConnectionPoolSettings?
    /// Ejection of endpoints that fail.
    package var outlierDetection: OutlierDetection?
    /// TLS towards the host.
    package var tls: ClientTLSSettings?
    /// Where the policy begins.
    package var source: SourceLocation?

    package init() {}
}

/// Tunnel through an HTTP proxy (Istio `TrafficPolicy.TunnelSettings`).
package struct TunnelSettings: Sendable, Hashable {
    /// `CONNECT` or `POST`; empty is `CONNECT`.
    package var `protocol` = ""
    /// Host asked of the proxy.
    package var targetHost = ""
    /// Port asked of the proxy.
    package var targetPort: UInt32 = 0

    package init() {}
}

/// PROXY protocol towards a host (Istio `TrafficPolicy.ProxyProtocol`).
package struct ProxyProtocol: Sendable, Hashable {
    /// Version of the header.
    package enum Version: String, Sendable, Hashable, CaseIterable {
        case v1 = "V1"
        case v2 = "V2"
    }

    /// Version of the header; absent is `V1`.
    package var version: Version = .v1

    package init() {}
}

/// How many retries may be under way (Istio `TrafficPolicy.RetryBudget`).
package struct RetryBudget: Sendable, Hashable {
    /// Share of active requests that may be retries; absent is 20.
    package var percent: Double?
    /// Retries always allowed; absent is 3.
    package var minRetryConcurrency: UInt32?
    /// Window the budget is counted over.
    package var budgetInterval: Duration?

    package init() {}
}
