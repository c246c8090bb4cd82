import MeshConfig

/// DestinationRules by namespace and host (Istio `destinationRuleIndex`).
struct DestinationPolicyIndex: Sendable {
    /// All policies, by namespace, then in the order of their first rules.
    let all: [DestinationPolicy]
    /// Label keys some rule asks callers for.
    let callerLabelKeys: Set<String>
    /// Those that their own namespace sees.
    private let byNamespace: [String: HostnameIndex<[Int]>]
    /// Those that others see.
    private let exportedByNamespace: [String: HostnameIndex<[Int]>]
    /// Those that the root namespace keeps to itself.
    private let keptByRoot: HostnameIndex<[Int]>
    private let rootNamespace: String

    init(all: [DestinationPolicy], rootNamespace: String) {
        self.all = all
        self.rootNamespace = rootNamespace
        var byNamespace: [String: HostnameIndex<[Int]>] = [:]
        var exported: [String: HostnameIndex<[Int]>] = [:]
        var keptByRoot = HostnameIndex<[Int]>()
        var keys: Set<String> = []
        for (index, policy) in all.enumerated() {
            keys.formUnion(policy.workloadSelector?.labels.keys ?? [:].keys)
            if policy.exportTo.includes(policy.namespace) {
                byNamespace[policy.namespace, default: HostnameIndex()].append(index, to: policy.host)
            }
            if policy.exportTo != .namespaces([policy.namespace]) {
                exported[policy.namespace, default: HostnameIndex()].append(index, to: policy.host)
            } else if policy.namespace == rootNamespace {
                keptByRoot.append(index, to: policy.host)
            }
        }
        self.byNamespace = byNamespace
        exportedByNamespace = exported
        self.keptByRoot = keptByRoot
        callerLabelKeys = keys
    }

    /// The first namespace with a rule for the host decides; nothing is layered (Istio `destinationRule`).
    /// Without labels nothing is asked of the caller, and rules that ask do not count.
    func policy(for service: ServiceKey, clientNamespace: String, labels: [String: String]?) -> DestinationPolicy? {
        // Rules of the root namespace are meant as defaults for all: for its own proxies, too, the service's own rules
        // come first, unless the root namespace keeps a rule to itself.
        let local = clientNamespace == rootNamespace ? keptByRoot : byNamespace[clientNamespace]
        if let own = local?.mostSpecific(for: service.hostname)?.map({ all[$0] }), !own.isEmpty {
            return chosen(from: own, clientNamespace: clientNamespace, labels: labels)
        }
        for namespace in [service.namespace, rootNamespace] {
            let exported = exportedByNamespace[namespace]?.mostSpecific(for: service.hostname)?.map { all[$0] } ?? []
            let visible = exported.filter { $0.exportTo.includes(clientNamespace) }
            if !visible.isEmpty { return chosen(from: visible, clientNamespace: clientNamespace, labels: labels) }
        }
        return nil
    }

    /// A rule that selects the caller before one for all callers; selectors reach no other namespace.
    ///
    /// Of rules for all callers that are visible to different namespaces, and so were not merged, the newest counts.
    private func chosen(
        from policies: [DestinationPolicy],
        clientNamespace: String,
        labels: [String: String]?
    ) -> DestinationPolicy? {
        let selecting = policies.first { policy in
            guard policy.namespace == clientNamespace, let labels, let selector = policy.workloadSelector else {
                return false
            }
            return labels.contains(all: selector.labels)
        }
        return selecting ?? policies.last { $0.workloadSelector == nil }
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
                // Whoever selects callers speaks to its own namespace alone.
                exportTo: resource.spec.workloadSelector == nil
                    ? Visibility(
                        exportTo: resource.spec.exportTo,
                        namespace: resource.namespace,
                        fallback: config.mesh.defaultDestinationRuleExportTo
                    ) : .namespaces([resource.namespace]),
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

extension HostnameIndex<[Int]> {
    fileprivate mutating func append(_ index: Int, to host: Hostname) {
        self[host: host] = (self[host: host] ?? []) + [index]
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
