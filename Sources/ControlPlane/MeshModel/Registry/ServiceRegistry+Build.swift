import MeshConfig

extension ServiceRegistry {
    /// Builds the registry of a configuration; endpoints and services unchanged since `previous` keep their version.
    ///
    /// Cost: linear in the objects, plus sorting.
    static func build(
        config: ConfigSnapshot,
        cluster: ClusterSettings,
        peerAuthentications: PeerAuthenticationIndex,
        previous: ServiceRegistry?,
        version: UInt64
    ) -> (registry: ServiceRegistry, diagnostics: [ModelDiagnostic]) {
        let workloads = WorkloadIndex(config: config, cluster: cluster)
        var kubernetes = KubernetesServices(config: config, cluster: cluster, workloads: workloads)
        var entries = ServiceEntries(config: config, workloads: workloads)
        var drafts = kubernetes.drafts() + entries.drafts()
        var diagnostics = kubernetes.diagnostics + entries.diagnostics
        drafts = joined(drafts, diagnostics: &diagnostics)
        var allocation = AddressAllocation()
        allocation.allocate(in: &drafts)
        resolveAliases(&drafts, diagnostics: &diagnostics)
        for index in drafts.indices { drafts[index].secure(by: peerAuthentications) }
        var endpointSets: [ServiceKey: [UInt32: EndpointSet]] = [:]
        for draft in drafts where draft.service.resolution != .alias {
            endpointSets[draft.service.key] = draft.endpointSets
        }
        let registry = ServiceRegistry(
            services: drafts.map(\.service),
            endpointSets: endpointSets,
            workloads: workloads.byAddress,
            previous: previous,
            version: version
        )
        return (registry, diagnostics)
    }

    /// One draft a host and namespace: Kubernetes' before ServiceEntries', then the oldest; the others add endpoints.
    private static func joined(_ drafts: [ServiceDraft], diagnostics: inout [ModelDiagnostic]) -> [ServiceDraft] {
        var joined: [ServiceDraft] = []
        var indexes: [ServiceKey: Int] = [:]
        let ordered = drafts.sorted { left, right in
            if left.service.registry != right.service.registry { return left.service.registry == .kubernetes }
            return left.service.precedes(right.service)
        }
        for draft in ordered {
            guard let index = indexes[draft.service.key] else {
                indexes[draft.service.key] = joined.count
                joined.append(draft)
                continue
            }
            diagnostics.append(
                ModelDiagnostic(
                    .duplicateService,
                    object: draft.service.source,
                    location: draft.service.location,
                    message: "host \(draft.service.hostname) is already defined by \(joined[index].service.source); "
                        + "of this object only its endpoints and further ports are used"
                )
            )
            joined[index].absorb(draft)
        }
        return joined
    }

    /// Follows ExternalName services to the service they stand for in the end (Istio `resolveServiceAliases`).
    private static func resolveAliases(_ drafts: inout [ServiceDraft], diagnostics: inout [ModelDiagnostic]) {
        guard drafts.contains(where: { $0.service.resolution == .alias }) else { return }
        var indexByHost: [Hostname: Int] = [:]
        for (index, draft) in drafts.enumerated() where indexByHost[draft.service.hostname] == nil {
            indexByHost[draft.service.hostname] = index
        }
        for index in drafts.indices where drafts[index].service.resolution == .alias {
            var seen: Set<Int> = [index]
            var target = indexByHost[Hostname(drafts[index].service.externalName)]
            while let next = target, drafts[next].service.resolution == .alias, seen.insert(next).inserted {
                target = indexByHost[Hostname(drafts[next].service.externalName)]
            }
            guard let target else { continue }
            if drafts[target].service.resolution == .alias {
                let service = drafts[index].service
                diagnostics.append(
                    ModelDiagnostic(
                        .aliasLoop,
                        object: service.source,
                        location: service.location,
                        message: "externalName \(service.externalName) leads round in a circle of ExternalName services"
                    )
                )
                continue
            }
            drafts[index].service.aliasTarget = drafts[target].service.key
            drafts[target].service.aliases.append(drafts[index].service.hostname)
        }
        for index in drafts.indices { drafts[index].service.aliases.sort { $0.text < $1.text } }
    }
}
