import MeshConfig

/// PeerAuthentications by namespace, to find the mode of a workload's ports (Istio `AuthenticationPolicies`,
/// `ComposePeerAuthentication`).
struct PeerAuthenticationIndex: Sendable {
    /// All PeerAuthentications, oldest first.
    let all: [Resource<PeerAuthentication>]
    private let rootNamespace: String
    /// Those that choose workloads, by namespace; the root namespace has none that count.
    private let selecting: [String: [Resource<PeerAuthentication>]]
    /// The oldest without selector, by namespace.
    private let namespaceWide: [String: Resource<PeerAuthentication>]

    init(_ resources: [Resource<PeerAuthentication>], rootNamespace: String) {
        all = resources.sorted { $0.metadata.precedes($1.metadata) }
        self.rootNamespace = rootNamespace
        var selecting: [String: [Resource<PeerAuthentication>]] = [:]
        var namespaceWide: [String: Resource<PeerAuthentication>] = [:]
        for resource in all {
            if resource.spec.selectsWorkloads {
                guard resource.namespace != rootNamespace else { continue }
                selecting[resource.namespace, default: []].append(resource)
            } else if namespaceWide[resource.namespace] == nil {
                namespaceWide[resource.namespace] = resource
            }
        }
        self.selecting = selecting
        self.namespaceWide = namespaceWide
    }

    /// Whether every workload has the default.
    var isEmpty: Bool { all.isEmpty }

    /// What a workload's ports accept: its port, its own policy, its namespace's, the mesh's; UNSET asks the next.
    /// Cost: linear in the policies of the namespace that have selectors.
    func policy(namespace: String, labels: [String: String]) -> MutualTLSPolicy {
        var policy = namespacePolicy(namespace)
        guard let own = selecting[namespace]?.first(where: { labels.contains(all: $0.spec.selector?.labels ?? [:]) })
        else { return policy }
        policy.take(own)
        guard !own.spec.portLevelMtls.isEmpty else { return policy }
        policy.ports = own.spec.portLevelMtls.mapValues { MutualTLSMode($0) ?? policy.mode }
        policy.portsSource = own.key
        return policy
    }

    /// What workloads without a policy of their own accept.
    func namespacePolicy(_ namespace: String) -> MutualTLSPolicy {
        var policy = MutualTLSPolicy()
        if let mesh = namespaceWide[rootNamespace] { policy.take(mesh) }
        if namespace != rootNamespace, let own = namespaceWide[namespace] { policy.take(own) }
        return policy
    }

    /// Those that lose to an older one, and those that could never count.
    var diagnostics: [ModelDiagnostic] {
        all.compactMap { resource in
            if resource.spec.selectsWorkloads {
                guard resource.namespace == rootNamespace else { return nil }
                return finding(
                    .peerAuthenticationIgnored,
                    resource,
                    "a selector has no effect in the root namespace \(rootNamespace), as with Istio; move the policy to "
                        + "the workloads' namespace"
                )
            }
            guard let first = namespaceWide[resource.namespace], first.key != resource.key else { return nil }
            return finding(
                .peerAuthenticationConflict,
                resource,
                "namespace \(resource.namespace) already has PeerAuthentication \(first.name) without selector; this one "
                    + "is ignored"
            )
        }
    }

    private func finding(
        _ code: ModelDiagnostic.Code,
        _ resource: Resource<PeerAuthentication>,
        _ message: String
    ) -> ModelDiagnostic {
        ModelDiagnostic(code, object: resource.key, location: resource.metadata.source, message: message)
    }
}

extension MutualTLSMode {
    /// Nil for UNSET.
    fileprivate init?(_ mode: PeerAuthentication.Mode) {
        switch mode {
        case .unset: return nil
        case .disable: self = .disable
        case .permissive: self = .permissive
        case .strict: self = .strict
        }
    }
}

extension MutualTLSPolicy {
    /// Takes what a narrower policy says.
    fileprivate mutating func take(_ resource: Resource<PeerAuthentication>) {
        guard let said = MutualTLSMode(resource.spec.mode) else { return }
        mode = said
        source = resource.key
    }
}

extension Resource<PeerAuthentication> {
    fileprivate var key: ObjectKey {
        ObjectKey(kind: .peerAuthentication, namespace: namespace, name: name)
    }
}
