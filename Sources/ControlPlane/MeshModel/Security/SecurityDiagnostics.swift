import MeshConfig

/// Finds security policies that do not do what their authors may expect, once everything is known.
struct SecurityDiagnostics {
    let mesh: MeshConfiguration
    let registry: ServiceRegistry
    let authorization: SecurityPolicyIndex<AuthorizationPolicy>

    func all() -> [ModelDiagnostic] {
        guard !authorization.all.isEmpty else { return [] }
        let ports = connectionPorts
        return authorization.all.flatMap { policy in
            providerFaults(of: policy) + connectionFaults(of: policy, ports)
        } + providerConflicts()
    }

    /// A port that connections rather than requests are routed to.
    private struct ConnectionPort {
        var service: Service
        var port: Service.Port
        var workloads: [[String: String]]
    }

    private func fault(
        _ code: ModelDiagnostic.Code,
        _ policy: Resource<AuthorizationPolicy>,
        at location: SourceLocation? = nil,
        _ message: String
    ) -> ModelDiagnostic {
        ModelDiagnostic(
            code,
            object: ObjectKey(kind: .authorizationPolicy, namespace: policy.namespace, name: policy.name),
            location: location ?? policy.metadata.source,
            message: message
        )
    }

    private func providerFaults(of policy: Resource<AuthorizationPolicy>) -> [ModelDiagnostic] {
        guard policy.spec.action == .custom, !policy.isDryRun else { return [] }
        let name = policy.spec.provider
        guard let authorization = mesh.extensionProvider(named: name)?.authorization else {
            let known = mesh.extensionProviders.filter { $0.authorization != nil }.map(\.name).sorted()
            return [
                fault(
                    .unknownExtensionProvider,
                    policy,
                    "no envoyExtAuthzHttp or envoyExtAuthzGrpc in meshConfig.extensionProviders is named \(name)"
                        + (known.isEmpty ? "" : " (there are \(known.joined(separator: ", ")))")
                        + "; every request that the policy matches is refused"
                )
            ]
        }
        do throws(ProviderServiceFault) {
            _ = try registry.providerService(authorization)
            return []
        } catch {
            return [
                fault(
                    .unknownExtensionProvider,
                    policy,
                    "extension provider \(name) cannot be asked: \(error); every request that the policy matches is refused"
                )
            ]
        }
    }

    /// Of several providers of one workload none could be preferred safely (Istio without
    /// `PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS`).
    private func providerConflicts() -> [ModelDiagnostic] {
        let custom = authorization.all.filter { $0.spec.action == .custom && !$0.isDryRun }
        guard Set(custom.map(\.spec.provider)).count > 1 else { return [] }
        var found: Set<ModelDiagnostic> = []
        for workload in registry.workloads.values {
            let applied = authorization.policies(namespace: workload.namespace, labels: workload.labels)
                .filter { $0.spec.action == .custom && !$0.isDryRun }
            let providers = Set(applied.map(\.spec.provider)).sorted()
            guard providers.count > 1, let last = applied.last else { continue }
            found.insert(
                fault(
                    .extensionProviderConflict,
                    last,
                    "workloads of namespace \(workload.namespace) have the extension providers "
                        + "\(providers.joined(separator: ", ")), of which a workload may have one: every request that one of "
                        + "their policies matches is refused"
                )
            )
        }
        return Array(found)
    }

    private var connectionPorts: [ConnectionPort] {
        registry.services.flatMap { service in
            service.ports.filter(\.protocol.isTCP).map { port in
                let endpoints = registry.endpointSet(of: service.key, port: port.number)?.endpoints ?? []
                let labels = Set(endpoints.map(\.labels))
                return ConnectionPort(
                    service: service,
                    port: port,
                    workloads: labels.isEmpty ? [service.selector] : Array(labels)
                )
            }
        }
    }

    private func connectionFaults(
        of policy: Resource<AuthorizationPolicy>,
        _ ports: [ConnectionPort]
    ) -> [ModelDiagnostic] {
        guard policy.spec.action != .audit else { return [] }
        let rules = policy.spec.rules.enumerated().filter { !$1.httpFields.isEmpty }
        guard let (index, rule) = rules.first else { return [] }
        let hit = ports.first { candidate in
            (policy.namespace == mesh.rootNamespace || policy.namespace == candidate.service.namespace)
                && candidate.workloads.contains {
                    policy.spec.attachment.holds(
                        policyNamespace: policy.namespace,
                        namespace: candidate.service.namespace,
                        labels: $0
                    )
                } && rule.mayBeMeantFor(candidate.port)
        }
        guard let hit else { return [] }
        let names = rule.httpFields.joined(separator: ", ")
        let effect =
            switch policy.spec.action {
            case .allow: "the rule is left out there, and what it would allow is refused"
            case .deny, .custom, .audit: "they are left out there, and the rule matches more than it says"
            }
        return [
            fault(
                .policyFieldsIgnored,
                policy,
                at: rule.source,
                "rules[\(index)] asks for \(names), which connections to port \(hit.port.number) "
                    + "(\(hit.port.protocol.rawValue)) of \(hit.service.hostname) do not have: \(effect)"
            )
        ]
    }
}

extension AuthorizationPolicy.Rule {
    /// Whether some operation of the rule is not kept to other ports of the workload.
    fileprivate func mayBeMeantFor(_ port: Service.Port) -> Bool {
        guard case .int(let target) = port.targetPort, !to.isEmpty else { return true }
        return to.contains { operation in
            operation.ports.values.isEmpty ? !operation.ports.notValues.contains(String(target))
                : operation.ports.values.contains(String(target))
        }
    }
}
