package import MeshConfig

/// The DestinationRules of one host in one namespace, merged (Istio `ConsolidatedDestRule`).
///
/// Two proxies may hold different policies for one service (the client's namespace decides first), so whatever is
/// cached from a policy is keyed by `sources` and `version`, not by the service.
package struct DestinationPolicy: Sendable, Hashable {
    /// Resolved host.
    package var host: Hostname
    /// Namespace of the rules.
    package var namespace: String
    /// Metadata of the first rule.
    package var metadata: ObjectMetadata
    /// Namespaces that see it.
    package var exportTo: Visibility
    /// Callers it is for; nil for all. Only callers of `namespace` are chosen.
    package var workloadSelector: WorkloadSelector?
    /// Policy of every subset and port.
    package var trafficPolicy: TrafficPolicy?
    /// The position in `sources` of the rule that `trafficPolicy` is of.
    package var trafficPolicySource = 0
    /// Subsets of all merged rules, without repeated names.
    package var subsets: [Subset]
    /// Where each of `subsets` is written: the position in `sources`, and that in the rule's own list.
    package var subsetOrigins: [SubsetOrigin]
    /// The rules merged, first one first.
    package var sources: [ObjectKey]
    /// Version of the snapshot in which it last changed.
    package var version: UInt64 = 0

    package init(
        host: Hostname,
        metadata: ObjectMetadata,
        exportTo: Visibility,
        rule: DestinationRule
    ) {
        self.host = host
        self.namespace = metadata.namespace
        self.metadata = metadata
        self.exportTo = exportTo
        workloadSelector = rule.workloadSelector
        trafficPolicy = rule.trafficPolicy
        subsets = rule.subsets
        subsetOrigins = rule.subsets.indices.map { SubsetOrigin(source: 0, position: $0) }
        sources = [ObjectKey(kind: .destinationRule, namespace: metadata.namespace, name: metadata.name)]
    }

    /// Subset by name; nil when the rule has none. Cost: linear in the subsets.
    package func subset(named name: String) -> Subset? { subsets.first { $0.name == name } }

    /// Policy for a subset (nil or empty: the whole service) and a service port (Istio `MergeTrafficPolicy`).
    ///
    /// The subset's policy replaces the rule's block by block; a policy of the port replaces load balancer, connection
    /// pool, outlier detection and TLS as a whole, so that what it leaves out is the default and not inherited. The
    /// result has no `portLevelSettings`; nil when no rule says anything.
    package func effectiveTrafficPolicy(subset name: String?, port: UInt32?) -> TrafficPolicy? {
        let whole = trafficPolicy.map { TrafficPolicy().merging($0, port: port) }
        guard let name, !name.isEmpty, let policy = subset(named: name)?.trafficPolicy else { return whole }
        return (whole ?? TrafficPolicy()).merging(policy, port: port)
    }
}

extension TrafficPolicy {
    /// `self` with the blocks `other` has, then with the settings `other` has for `port`.
    func merging(_ other: TrafficPolicy, port: UInt32?) -> TrafficPolicy {
        var merged = self
        merged.loadBalancer = other.loadBalancer ?? loadBalancer
        merged.connectionPool = other.connectionPool ?? connectionPool
        merged.outlierDetection = other.outlierDetection ?? outlierDetection
        merged.tls = other.tls ?? tls
        merged.tunnel = other.tunnel ?? tunnel
        merged.proxyProtocol = other.proxyProtocol ?? proxyProtocol
        merged.retryBudget = other.retryBudget ?? retryBudget
        merged.portLevelSettings = []
        if let port, let settings = other.portLevelSettings.first(where: { $0.port?.number == port }) {
            merged.loadBalancer = settings.loadBalancer
            merged.connectionPool = settings.connectionPool
            merged.outlierDetection = settings.outlierDetection
            merged.tls = settings.tls
        }
        return merged
    }
}
