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
}

extension TrafficPolicy {
    /// Policy of calls under a rule, for a subset (nil or empty: the whole service) and a service port; nil when nobody
    /// says anything (Istio `applyDestinationRule`, `MergeTrafficPolicy`).
    ///
    /// A policy of the port replaces the rule's as a whole, so that what it leaves out is the default and not inherited;
    /// the mesh's defaults stand in for the blocks that are then missing; the subset's policy replaces the rest block by
    /// block, or, for a port of its own, load balancer, connection pool, outlier detection and TLS as a whole. The result
    /// has no `portLevelSettings`.
    package static func effective(
        _ rule: DestinationPolicy?,
        subset name: String?,
        port: UInt32?,
        defaults: MeshConfiguration.DefaultTrafficPolicy = MeshConfiguration.DefaultTrafficPolicy()
    ) -> TrafficPolicy? {
        var whole = rule?.trafficPolicy?.resolved(port: port).policy
        if defaults != MeshConfiguration.DefaultTrafficPolicy() {
            var filled = whole ?? TrafficPolicy()
            filled.connectionPool = filled.connectionPool ?? defaults.connectionPool
            filled.outlierDetection = filled.outlierDetection ?? defaults.outlierDetection
            whole = filled
        }
        guard let name, !name.isEmpty, let own = rule?.subset(named: name)?.trafficPolicy?.resolved(port: port) else {
            return whole
        }
        return whole?.overridden(by: own.policy, asWhole: own.isOfPort) ?? own.policy
    }

    /// What of the policy is for a port, and whether it speaks of the port by itself.
    private func resolved(port: UInt32?) -> (policy: TrafficPolicy, isOfPort: Bool) {
        var policy = self
        policy.portLevelSettings = []
        guard let port, let settings = portLevelSettings.first(where: { $0.port?.number == port }) else {
            return (policy, false)
        }
        policy = TrafficPolicy()
        policy.loadBalancer = settings.loadBalancer
        policy.connectionPool = settings.connectionPool
        policy.outlierDetection = settings.outlierDetection
        policy.tls = settings.tls
        return (policy, true)
    }

    private func overridden(by other: TrafficPolicy, asWhole: Bool) -> TrafficPolicy {
        var merged = self
        if asWhole || other.loadBalancer != nil { merged.loadBalancer = other.loadBalancer }
        if asWhole || other.connectionPool != nil { merged.connectionPool = other.connectionPool }
        if asWhole || other.outlierDetection != nil { merged.outlierDetection = other.outlierDetection }
        if asWhole || other.tls != nil { merged.tls = other.tls }
        merged.tunnel = other.tunnel ?? tunnel
        merged.proxyProtocol = other.proxyProtocol ?? proxyProtocol
        merged.retryBudget = other.retryBudget ?? retryBudget
        return merged
    }
}
