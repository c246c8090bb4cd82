import MeshConfig

/// Finds servers that lose to others, and VirtualServices bound to Gateways that do not exist.
struct GatewayDiagnostics {
    /// All Gateways, oldest first.
    let gateways: [Resource<Gateway>]
    let registry: ServiceRegistry
    let routing: RoutingIndex

    func all() -> [ModelDiagnostic] {
        Array(Set(conflicts() + unknownGateways()))
    }

    /// Merges what the pods there are would be sent, and what one would that carries a selector's labels alone.
    private func conflicts() -> [ModelDiagnostic] {
        guard !gateways.isEmpty else { return [] }
        let selectors = Set(gateways.map(\.spec.selector))
        var merged: Set<Choice> = []
        var found: [ModelDiagnostic] = []
        func merge(_ labels: [String: String], address: String?) {
            let chosen = gateways.indices.filter { labels.contains(all: gateways[$0].spec.selector) }
            let members = chosen.map { gateways[$0] }
            let ports = address.map { targetPorts($0, of: members) } ?? [:]
            guard chosen.count > 0, merged.insert(Choice(gateways: chosen, targetPorts: ports)).inserted else { return }
            found += MergedGateway.merging(members, targetPorts: ports).diagnostics
        }
        for workload in registry.workloads.values
        where selectors.contains(where: { !$0.isEmpty && workload.labels.contains(all: $0) }) {
            merge(workload.labels, address: workload.address)
        }
        for selector in selectors where !merged.contains(where: { $0.serves(selector, of: gateways) }) {
            merge(selector, address: nil)
        }
        return found
    }

    private struct Choice: Hashable {
        var gateways: [Int]
        var targetPorts: [UInt32: UInt32]

        func serves(_ selector: [String: String], of all: [Resource<Gateway>]) -> Bool {
            gateways.contains { all[$0].spec.selector == selector }
        }
    }

    private func targetPorts(_ address: String, of gateways: [Resource<Gateway>]) -> [UInt32: UInt32] {
        let wanted = Set(gateways.flatMap(\.spec.servers).compactMap(\.port?.number))
        let targets = (registry.targets[address] ?? []).compactMap { reference in
            registry.service(reference.service).map { ($0, reference.servicePort, reference.targetPort) }
        }
        return MeshSnapshot.targetPorts(targets, wanted: wanted)
    }

    private func unknownGateways() -> [ModelDiagnostic] {
        let known = Set(gateways.map { "\($0.namespace)/\($0.name)" })
        return routing.rules.flatMap { rule in
            Set(rule.spec.gateways).subtracting(known).filter { $0 != RoutingRule.meshGateway }.map { name in
                ModelDiagnostic(
                    .unknownGateway,
                    object: rule.key,
                    location: rule.metadata.source,
                    message: "Gateway \(name) does not exist; the rule has no effect there"
                )
            }
        }
    }
}
