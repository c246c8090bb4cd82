extension FieldSupport {
    /// A traffic policy stands in the rule and in its subsets, and its parts again in the settings of single ports.
    static let destinationRule: [String: FieldSupport] = {
        var result: [String: FieldSupport] = [:]
        for policy in trafficPolicies {
            result.merge(rows(portTrafficPolicy, below: policy)) { $1 }
            result.merge(rows(portTrafficPolicy, below: "\(policy).portLevelSettings[]")) { $1 }
            result.merge(rows(wholeTrafficPolicy, below: policy)) { $1 }
        }
        return result
    }()

    /// Where a DestinationRule has a traffic policy; the first stands for all in the documentation.
    static let trafficPolicies = ["spec.trafficPolicy", "spec.subsets[].trafficPolicy"]

    private static let wholeTrafficPolicy: [String: FieldSupport] = [
        "tunnel": .ignored,
        "proxyProtocol": .ignored,
        "retryBudget.budgetInterval": .ignored,
    ]

    private static let portTrafficPolicy: [String: FieldSupport] = [
        "loadBalancer.consistentHash": .envoyOnly,
        "loadBalancer.warmup": .envoyOnly,
        "loadBalancer.warmupDurationSecs": .envoyOnly,
        "loadBalancer.backendUtilization": .ignored,
        // Programmed, and without effect in an Envoy whose bootstrap names no local cluster, as ours.
        "loadBalancer.zoneAwareLbSetting": .ignored,
        "outlierDetection": .envoyOnly,
        "outlierDetection.outlierDetectionHttpErrorCodes": .ignored,
        // DISABLE is what happens anyway; the other fields of `tls` have effect beside one of these only.
        "tls.mode: SIMPLE": .ignored,
        "tls.mode: MUTUAL": .ignored,
        "tls.mode: ISTIO_MUTUAL": .ignored,
    ].merging(rows(connectionPool, below: "connectionPool")) { $1 }

    /// Connections to other workloads. The Swift engine speaks HTTP/1.1 only.
    private static let connectionPool: [String: FieldSupport] = [
        "tcp.maxConnections": .envoyInFull(swiftEngine: "for HTTP connections"),
        "tcp.maxConnectionDuration": .envoyInFull(swiftEngine: "for HTTP connections, between requests"),
        "http.h2UpgradePolicy: UPGRADE": .envoyOnly,
        "http.useClientProtocol": .envoyOnly,
        "http.maxConcurrentStreams": .envoyOnly,
        "http.http2KeepAlive": .envoyOnly,
    ]

    /// Connections of a sidecar to its own workload, which are never upgraded.
    static let inboundConnectionPool = connectionPool.merging([
        "tcp.maxConnectionDuration": .partly("for HTTP connections"),
        "tcp.idleTimeout": .partly("for HTTP connections"),
        "http.h2UpgradePolicy: UPGRADE": .ignored,
    ]) { $1 }
}
