import MeshConfig

/// Policies of one kind by namespace, to find those that apply to a proxy.
struct SecurityPolicyIndex<Spec: Sendable & Hashable>: Sendable {
    /// All of them, oldest first.
    let all: [Resource<Spec>]
    private let byNamespace: [String: [Resource<Spec>]]
    private let rootNamespace: String
    private let attachment: @Sendable (Spec) -> PolicyAttachment

    init(
        _ policies: [Resource<Spec>],
        rootNamespace: String,
        attachment: @escaping @Sendable (Spec) -> PolicyAttachment
    ) {
        all = policies.sorted { $0.metadata.precedes($1.metadata) }
        byNamespace = Dictionary(grouping: all, by: \.namespace)
        self.rootNamespace = rootNamespace
        self.attachment = attachment
    }

    /// Policies of the root namespace, then those of the workload's own, each oldest first. Cost: linear in both.
    func policies(namespace: String, labels: [String: String]) -> [Resource<Spec>] {
        guard !all.isEmpty else { return [] }
        let own = namespace == rootNamespace ? [] : byNamespace[namespace] ?? []
        return ((byNamespace[rootNamespace] ?? []) + own).filter { policy in
            attachment(policy.spec).holds(policyNamespace: policy.namespace, namespace: namespace, labels: labels)
        }
    }
}

extension PolicyAttachment {
    /// Label of the proxies of a Gateway of the Kubernetes Gateway API.
    private static let gatewayName = "gateway.networking.k8s.io/gateway-name"

    /// Whether a policy is for a workload; of the namespaces only what references need is looked at (Istio
    /// `ShouldAttachPolicy`).
    func holds(policyNamespace: String, namespace: String, labels: [String: String]) -> Bool {
        switch self {
        case .workloads(let selector): labels.contains(all: selector)
        case .targets(let targets):
            policyNamespace == namespace
                && targets.contains { $0.isGateway && $0.name == labels[Self.gatewayName] }
        }
    }
}
