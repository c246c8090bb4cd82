import MeshConfig

/// Gives a VirtualService without hosts, to which none delegates, the one host that all its routes lead to.
///
/// Istio takes such a rule for a delegate that nobody uses and ignores it; whoever wrote it meant to route the service it
/// names. A rule that leads to several hosts, or to one that a VirtualService with hosts already
/// routes, stays without effect. Either way its author is told.
struct HostInference {
    /// Rules with the host they were given.
    private(set) var rules: [RoutingRule] = []
    private(set) var diagnostics: [ModelDiagnostic] = []

    /// - Parameters:
    ///   - roots: rules with hosts, delegates not yet merged.
    ///   - candidates: rules without hosts.
    init(roots: [RoutingRule], candidates: [ObjectKey: RoutingRule]) {
        guard !candidates.isEmpty else { return }
        var used: Set<ObjectKey> = []
        for delegate in roots.lazy.flatMap(\.spec.http).compactMap(\.delegate) {
            used.insert(ObjectKey(kind: .virtualService, namespace: delegate.namespace, name: delegate.name))
        }
        let routed = Set(roots.lazy.filter { $0.spec.gateways.contains(RoutingRule.meshGateway) }.flatMap(\.hosts))
        for (key, rule) in candidates.sorted(by: { $0.key < $1.key }) where !used.contains(key) {
            add(rule, routed: routed)
        }
    }

    private mutating func add(_ rule: RoutingRule, routed: Set<Hostname>) {
        let hosts = Set(rule.spec.http.flatMap(\.route).map(\.destination.host))
        guard let host = hosts.first, hosts.count == 1 else {
            complain(.delegateNotUsed, rule, "has no hosts, and no VirtualService delegates to it; it has no effect")
            return
        }
        guard !routed.contains(Hostname(host)) else {
            complain(
                .delegateNotUsed,
                rule,
                "has no hosts, and another VirtualService routes \(host) already; it has no effect"
            )
            return
        }
        var given = rule
        given.spec.hosts = [host]
        given.hosts = [Hostname(host)]
        rules.append(given)
        complain(
            .hostInferred,
            rule,
            "has no hosts, and no VirtualService delegates to it; it routes \(host), to which all its routes lead. "
                + "Istio would ignore it: write hosts"
        )
    }

    private mutating func complain(_ code: ModelDiagnostic.Code, _ rule: RoutingRule, _ message: String) {
        diagnostics.append(
            ModelDiagnostic(code, object: rule.key, location: rule.metadata.source, message: message)
        )
    }
}
