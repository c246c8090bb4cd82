import MeshConfig

/// DestinationRules by namespace and host (Istio `destinationRuleIndex`).
struct DestinationPolicyIndex: Sendable {
    /// All policies, by namespace, then in the order of their first rules.
    let all: [DestinationPolicy]
    /// Label keys some rule asks callers for.
    let callerLabelKeys: Set<String>
    private let byNamespace: [String: HostnameIndex<[Int]>]
    /// The same without those their namespace keeps to itself.
    private let exportedByNamespace: [String: HostnameIndex<[Int]>]
    private let rootNamespace: String

    init(all: [DestinationPolicy], rootNamespace: String) {
        self.all = all
        self.rootNamespace = rootNamespace
        var byNamespace: [String: HostnameIndex<[Int]>] = [:]
        var exported: [String: HostnameIndex<[Int]>] = [:]
        var keys: Set<String> = []
        for (index, policy) in all.enumerated() {
            keys.formUnion(policy.workloadSelector?.labels.keys ?? [:].keys)
            let known = byNamespace[policy.namespace]?[host: policy.host] ?? []
            byNamespace[policy.namespace, default: HostnameIndex()][host: policy.host] = known + [index]
            guard policy.exportTo != .namespaces([policy.namespace]) else { continue }
            let open = exported[policy.namespace]?[host: policy.host] ?? []
            exported[policy.namespace, default: HostnameIndex()][host: policy.host] = open + [index]
        }
        self.byNamespace = byNamespace
        exportedByNamespace = exported
        callerLabelKeys = keys
    }

    /// The first namespace with a rule for the host decides; nothing is layered (Istio `destinationRule`).
    func policy(for service: ServiceKey, clientNamespace: String, labels: [String: String]) -> DestinationPolicy? {
        let own = byNamespace[clientNamespace]?.mostSpecific(for: service.hostname)?.map { all[$0] } ?? []
        // Rules of the root namespace are meant as defaults for all: for its own proxies, too, the service's own rules
        // come first, unless the root namespace keeps a rule to itself.
        if clientNamespace != rootNamespace {
            if !own.isEmpty { return chosen(from: own, clientNamespace: clientNamespace, labels: labels) }
        } else {
            let kept = own.filter { $0.exportTo == .namespaces([rootNamespace]) }
            if !kept.isEmpty { return chosen(from: kept, clientNamespace: clientNamespace, labels: labels) }
        }
        for namespace in [service.namespace, rootNamespace] {
            let exported = exportedByNamespace[namespace]?.mostSpecific(for: service.hostname)?.map { all[$0] } ?? []
            let visible = exported.filter { $0.exportTo.includes(clientNamespace) }
            if !visible.isEmpty { return chosen(from: visible, clientNamespace: clientNamespace, labels: labels) }
        }
        return nil
    }

    /// A rule that selects the caller before one for all callers; selectors reach no other namespace.
    private func chosen(
        from policies: [DestinationPolicy],
        clientNamespace: String,
        labels: [String: String]
    ) -> DestinationPolicy? {
        let selecting = policies.first { policy in
            guard policy.namespace == clientNamespace, let selector = policy.workloadSelector else { return false }
            return labels.contains(all: selector.labels)
        }
        return selecting ?? policies.first { $0.workloadSelector == nil }
    }

    /// Merges the DestinationRules of a host within a namespace, oldest first; what did not change since `previous`
    /// keeps its version.
    static func build(
        config: ConfigSnapshot,
        cluster: ClusterSettings,
        previous: DestinationPolicyIndex?,
        version: UInt64
    ) -> (index: DestinationPolicyIndex, diagnostics: [ModelDiagnostic]) {
        var policies: [DestinationPolicy] = []
        var places: [ServiceKey: [Int]] = [:]
        var diagnostics: [ModelDiagnostic] = []
        let ordered = config.destinationRules.sorted { left, right in
            left.namespace == right.namespace
                ? left.metadata.precedes(right.metadata) : left.namespace < right.namespace
        }
        for resource in ordered {
            let policy = DestinationPolicy(
                host: .resolve(
                    shortName: resource.spec.host,
                    namespace: resource.namespace,
                    domain: cluster.domain
                ),
                metadata: resource.metadata,
                exportTo: Visibility(
                    exportTo: resource.spec.exportTo,
                    namespace: resource.namespace,
                    fallback: config.mesh.defaultDestinationRuleExportTo
                ),
                rule: resource.spec
            )
            let place = ServiceKey(hostname: policy.host, namespace: policy.namespace)
            let mergeable = places[place]?.first { index in
                policies[index].exportTo == policy.exportTo
                    && policies[index].workloadSelector == policy.workloadSelector
            }
            guard let mergeable else {
                places[place, default: []].append(policies.count)
                policies.append(policy)
                continue
            }
            diagnostics += policies[mergeable].absorb(policy)
        }
        let old = Dictionary(
            (previous?.all ?? []).map { ($0.sources, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for index in policies.indices {
            let before = old[policies[index].sources]
            policies[index].version = before?.version ?? version
            if let before, before != policies[index] { policies[index].version = version }
        }
        return (DestinationPolicyIndex(all: policies, rootNamespace: config.mesh.rootNamespace), diagnostics)
    }
}

extension DestinationPolicy {
    /// Adds a later rule of the same host: its subsets with new names; its policy only when there is none yet
    /// (Istio `mergeDestinationRule`).
    fileprivate mutating func absorb(_ later: DestinationPolicy) -> [ModelDiagnostic] {
        var diagnostics: [ModelDiagnostic] = []
        let object = later.sources.first ?? ObjectKey(kind: .destinationRule, namespace: namespace, name: "")
        let first = sources.first.map(String.init(describing:)) ?? ""
        for (position, subset) in later.subsets.enumerated() {
            guard self.subset(named: subset.name) == nil else {
                diagnostics.append(
                    ModelDiagnostic(
                        .duplicateSubset,
                        object: object,
                        location: subset.source ?? later.metadata.source,
                        message: "subset \(subset.name) of host \(host) is already defined, first by \(first); ignored"
                    )
                )
                continue
            }
            subsets.append(subset)
            subsetOrigins.append(SubsetOrigin(source: sources.count, position: position))
        }
        if trafficPolicy == nil {
            trafficPolicy = later.trafficPolicy
            trafficPolicySource = sources.count
        } else if later.trafficPolicy != nil {
            diagnostics.append(
                ModelDiagnostic(
                    .trafficPolicyIgnored,
                    object: object,
                    location: later.metadata.source,
                    message: "host \(host) already has a traffic policy, from \(first); this one is ignored"
                )
            )
        }
        sources += later.sources
        return diagnostics
    }
}
