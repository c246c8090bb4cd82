import MeshConfig

/// VirtualServices by gateway and by the namespaces that see them (Istio `virtualServiceIndex`).
struct RoutingIndex: Sendable {
    private struct ScopedGateway: Hashable, Sendable {
        var namespace: String
        var gateway: String
    }

    /// Rules with hosts, oldest first.
    let rules: [RoutingRule]
    /// Label keys some rule asks callers for.
    let callerLabelKeys: Set<String>
    /// Rules that their own namespace sees but not everybody.
    private let ownByGateway: [ScopedGateway: [Int]]
    /// Rules exported by name to a namespace that is not theirs.
    private let exportedByGateway: [ScopedGateway: [Int]]
    /// Rules everybody sees.
    private let publicByGateway: [String: [Int]]

    init(rules: [RoutingRule]) {
        self.rules = rules
        var own: [ScopedGateway: [Int]] = [:]
        var exported: [ScopedGateway: [Int]] = [:]
        var open: [String: [Int]] = [:]
        var keys: Set<String> = []
        for (index, rule) in rules.enumerated() {
            keys.formUnion(rule.spec.callerLabelKeys)
            for gateway in Set(rule.spec.gateways) {
                switch rule.exportTo {
                case .everywhere: open[gateway, default: []].append(index)
                case .namespaces(let namespaces):
                    for namespace in namespaces {
                        let place = ScopedGateway(namespace: namespace, gateway: gateway)
                        if namespace == rule.namespace {
                            own[place, default: []].append(index)
                        } else {
                            exported[place, default: []].append(index)
                        }
                    }
                }
            }
        }
        ownByGateway = own
        exportedByGateway = exported
        publicByGateway = open
        callerLabelKeys = keys
    }

    func rules(gateway: String, visibleTo namespace: String) -> [RoutingRule] {
        let place = ScopedGateway(namespace: namespace, gateway: gateway)
        let indexes = (ownByGateway[place] ?? []) + (exportedByGateway[place] ?? []) + (publicByGateway[gateway] ?? [])
        return indexes.map { rules[$0] }
    }

    /// Resolves all VirtualServices, infers hosts that are not written, merges delegates and orders the rest; what did not change since `previous` keeps
    /// its version.
    static func build(
        config: ConfigSnapshot,
        cluster: ClusterSettings,
        previous: RoutingIndex?,
        version: UInt64
    ) -> (index: RoutingIndex, diagnostics: [ModelDiagnostic]) {
        var roots: [RoutingRule] = []
        var delegates: [ObjectKey: RoutingRule] = [:]
        for resource in config.virtualServices {
            let spec = resource.spec.resolved(namespace: resource.namespace, domain: cluster.domain)
            let rule = RoutingRule(
                metadata: resource.metadata,
                spec: spec,
                hosts: spec.hosts.map(Hostname.init),
                exportTo: Visibility(
                    exportTo: spec.exportTo,
                    namespace: resource.namespace,
                    fallback: config.mesh.defaultVirtualServiceExportTo
                )
            )
            if rule.hosts.isEmpty { delegates[rule.key] = rule } else { roots.append(rule) }
        }
        let inference = HostInference(roots: roots, candidates: delegates)
        roots += inference.rules
        let old = Dictionary(
            (previous?.rules ?? []).map { ($0.key, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var merging = DelegateMerging(delegates: delegates)
        let rules = roots.sorted { $0.metadata.precedes($1.metadata) }.map { root in
            var rule = merging.merged(root)
            rule.version = old[rule.key]?.version ?? version
            if let before = old[rule.key], before != rule { rule.version = version }
            return rule
        }
        return (RoutingIndex(rules: rules), merging.diagnostics + inference.diagnostics)
    }
}
