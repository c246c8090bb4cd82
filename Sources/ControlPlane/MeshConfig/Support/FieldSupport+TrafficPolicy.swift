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
    ]

    private static let portTrafficPolicy: [String: FieldSupport] = [
        "loadBalancer.zoneAwareLbSetting": zoneAwareLbSetting
    ].merging(rows(connectionPool, below: "connectionPool")) { $1 }

    /// What `meshConfig.defaultTrafficPolicy` has in common with a policy.
    static let defaultTrafficPolicy = portTrafficPolicy.filter { row in
        ["connectionPool.", "outlierDetection"].contains { row.key.hasPrefix($0) }
    }

    /// Zones are weighed by a proxy that knows the workloads beside its own, which Istio too makes depend on the metadata.
    static let zoneAwareLbSetting = FieldSupport.partly(
        "by region; by zone, as in Istio, in a proxy with proxyMetadata ISTIO_META_ENABLE_SELF_DISCOVERY and labels that say "
            + "where it runs"
    )

    /// Connections to other workloads. The Swift engine speaks HTTP/1.1 only, with callers and with services: it always
    /// keeps `useClientProtocol`, and its connections have one request at a time, within any `maxConcurrentStreams`.
    private static let connectionPool: [String: FieldSupport] = [
        "http.h2UpgradePolicy: UPGRADE": .envoyOnly,
        "http.http2KeepAlive": .envoyOnly,
    ]

    /// Connections of a sidecar to its own workload, which are never upgraded.
    static let inboundConnectionPool = connectionPool.merging(["http.h2UpgradePolicy: UPGRADE": .ignored]) { $1 }
}
