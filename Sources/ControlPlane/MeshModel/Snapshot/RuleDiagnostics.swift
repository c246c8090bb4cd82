import MeshConfig

/// Finds rules that do not do what their authors may expect, once everything is known.
struct RuleDiagnostics {
    let registry: ServiceRegistry
    let routing: RoutingIndex
    let policies: DestinationPolicyIndex

    func all() -> [ModelDiagnostic] {
        hostConflicts() + routing.rules.flatMap(destinationFaults) + unknownRuleHosts()
    }

    /// Sidecars do not merge VirtualServices of the same host: the first in order of precedence wins.
    private func hostConflicts() -> [ModelDiagnostic] {
        var found: [ModelDiagnostic] = []
        var owners: [Hostname: [RoutingRule]] = [:]
        for rule in routing.rules where rule.spec.gateways.contains(RoutingRule.meshGateway) {
            for host in Set(rule.hosts).sorted() {
                for owner in owners[host] ?? [] {
                    guard let (winner, loser, place) = Self.decide(owner, rule) else { continue }
                    found.append(
                        ModelDiagnostic(
                            .virtualServiceHostConflict,
                            object: loser.key,
                            location: loser.metadata.source,
                            message:
                                "host \(host) is already routed by \(winner.key); sidecars\(place) ignore this rule "
                                + "for it. Rules of one host are not merged: the older wins, then the one whose "
                                + "name comes first"
                        )
                    )
                    break
                }
                owners[host, default: []].append(rule)
            }
        }
        return found
    }

    /// Which of two rules of one host sidecars ignore, and where; nil when no namespace sees both.
    private static func decide(
        _ older: RoutingRule,
        _ newer: RoutingRule
    ) -> (winner: RoutingRule, loser: RoutingRule, place: String)? {
        switch (older.exportTo, newer.exportTo) {
        case (.everywhere, .everywhere): return (older, newer, "")
        case (.namespaces(let seers), .everywhere): return seers.isEmpty ? nil : (older, newer, of(seers))
        case (.everywhere, .namespaces(let seers)): return seers.isEmpty ? nil : (newer, older, of(seers))
        case (.namespaces(let left), .namespaces(let right)):
            let both = left.intersection(right)
            if both.isEmpty { return nil }
            let isNewersOwn = both == [newer.namespace] && older.namespace != newer.namespace
            return isNewersOwn ? (newer, older, of(both)) : (older, newer, of(both))
        }
    }

    private static func of(_ namespaces: Set<String>) -> String {
        " of namespace \(namespaces.sorted().joined(separator: ", "))"
    }

    private func destinationFaults(of rule: RoutingRule) -> [ModelDiagnostic] {
        rule.spec.destinations.compactMap { destination, source in
            let fault = { (code: ModelDiagnostic.Code, message: String) in
                ModelDiagnostic(code, object: rule.key, location: source ?? rule.metadata.source, message: message)
            }
            let host = Hostname(destination.host)
            guard let service = registry.service(host, visibleTo: rule.namespace) else {
                let isHidden = !registry.services(for: host).isEmpty
                return fault(
                    .unknownDestinationHost,
                    isHidden
                        ? "destination host \(host) is not exported to namespace \(rule.namespace)"
                        : "destination host \(host) is no service of the registry; requests to it get 503"
                )
            }
            let target = service.aliasTarget.flatMap { registry.service($0) } ?? service
            if let port = destination.port?.number, target.port(port) == nil {
                let known = target.ports.map { String($0.number) }.joined(separator: ", ")
                return fault(.unknownPort, "destination \(host) has no port \(port); it has \(known)")
            }
            guard !destination.subset.isEmpty else { return nil }
            // Rules that select callers say nothing about which subsets the others have.
            let policy = policies.policy(for: target.key, clientNamespace: rule.namespace, labels: [:])
            guard policy?.subset(named: destination.subset) == nil else { return nil }
            let selecting = policies.all.contains { policy in
                policy.workloadSelector != nil && policy.host == target.hostname
                    && policy.subset(named: destination.subset) != nil
            }
            guard !selecting else { return nil }
            let known = policy?.subsets.map(\.name).sorted().joined(separator: ", ") ?? ""
            return fault(
                .unknownSubset,
                "no DestinationRule that namespace \(rule.namespace) uses for \(host) defines subset "
                    + "\(destination.subset)\(known.isEmpty ? "" : " (it has \(known))"); requests to it get 503"
            )
        }
    }

    private func unknownRuleHosts() -> [ModelDiagnostic] {
        policies.all.compactMap { policy in
            guard !policy.host.isWildcard, registry.services(for: policy.host).isEmpty,
                !registry.hasWildcard(covering: policy.host), let object = policy.sources.first
            else { return nil }
            return ModelDiagnostic(
                .unknownRuleHost,
                object: object,
                location: policy.metadata.source,
                message: "host \(policy.host) is no service of the registry; the rule has no effect"
            )
        }
    }
}
