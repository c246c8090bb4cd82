import MeshConfig
import MeshModel

/// Decides which resources of a proxy a change can touch, by what the proxy saw before and sees now.
struct ChangeConcern {
    private let change: MeshChange
    private let scopes: [ProxyScope]
    /// Security policies that apply before or after the change.
    private let policies: Set<ObjectKey>
    private let rootNamespace: String
    /// Whether the scope before the change is among `scopes`; otherwise what is in none may have been.
    private let isExact: Bool

    init(
        _ change: MeshChange,
        scopes: [ProxyScope],
        policies: Set<ObjectKey>,
        rootNamespace: String,
        isExact: Bool
    ) {
        self.change = change
        self.scopes = scopes
        self.policies = policies
        self.rootNamespace = rootNamespace
        self.isExact = isExact
    }

    func kinds(targets: [ServiceTarget]) -> Set<ResourceKind> {
        if Set(scopes.map(\.key)).count > 1 { return ResourceKind.configured }
        var kinds: Set<ResourceKind> = []
        for service in change.services {
            if isInScope(service) { return ResourceKind.configured }
            if targets.contains(where: { $0.service.key == service }) { kinds.formUnion([.listener, .cluster]) }
        }
        // A cluster that changes waits for its endpoints anew.
        if change.identities.contains(where: isInScope) { kinds.formUnion([.cluster, .endpoint]) }
        for rule in change.rules { kinds.formUnion(self.kinds(of: rule, targets: targets)) }
        let own = Set(targets.map(\.service.key))
        if change.endpoints.contains(where: { isInScope($0.service) || own.contains($0.service) }) {
            kinds.insert(.endpoint)
        }
        return kinds
    }

    private var isRouter: Bool { scopes.contains { $0.key.kind == .router } }

    private func isInScope(_ service: ServiceKey) -> Bool {
        !isExact || scopes.contains { $0.service(for: service.hostname)?.key == service }
    }

    private func kinds(of rule: ObjectKey, targets: [ServiceTarget]) -> Set<ResourceKind> {
        switch rule.kind {
        case .virtualService:
            guard !isExact || scopes.contains(where: { $0.virtualServices.contains { $0.key == rule } }) else {
                return []
            }
            // Connections that are not HTTP are routed by the listener.
            if isRouter { return scopes.allSatisfy(\.gateway.takesOnlyHTTP) ? [.route] : [.listener, .route] }
            // Under a Sidecar the destinations of a rule are imported with it.
            let importsDestinations = scopes.contains { $0.sidecar != nil }
            return importsDestinations ? ResourceKind.configured : [.listener, .route]
        case .destinationRule:
            let isUsed = scopes.contains { scope in
                scope.services.contains { service in
                    scope.destinationPolicy(for: service.hostname)?.sources.contains(rule) == true
                }
            }
            if !isExact || isUsed { return ResourceKind.configured }
            // The way to the workload itself follows rules that callers use, which its scope need not hold.
            return targets.contains { $0.service.namespace == rule.namespace } ? [.listener, .cluster] : []
        case .sidecar:
            let isUsed = scopes.contains { $0.key.sidecar == rule }
            return !isExact || isUsed ? ResourceKind.configured : []
        case .gateway:
            // A Gateway that selects the proxy newly, or no longer, changes the key.
            guard isRouter, !isExact || scopes.contains(where: { $0.key.gateways.contains(rule) }) else { return [] }
            // What a router's connections carry follows from what its servers take.
            return scopes.allSatisfy(\.gateway.takesOnlyHTTP) ? [.listener, .route] : ResourceKind.configured
        case .authorizationPolicy, .requestAuthentication:
            if policies.contains(rule) { return [.listener] }
            // One that is gone is in no list; whom it was for only the snapshot before knows.
            let mayApply = rule.namespace == rootNamespace || scopes.contains { $0.key.namespace == rule.namespace }
            return !isExact && mayApply ? [.listener] : []
        case .secret:
            return !isExact || scopes.contains { $0.key.namespace == rule.namespace } ? [.secret] : []
        case .peerAuthentication:
            // Which workloads it chose before does not matter: its namespace's are few.
            let isOwn = scopes.contains { $0.key.namespace == rule.namespace } || rule.namespace == rootNamespace
            let isCalled = scopes.contains { $0.services.contains { $0.namespace == rule.namespace } }
            // Endpoints that begin or cease to answer are a change of their own.
            return isOwn || isCalled || !isExact ? [.listener, .cluster, .endpoint] : []
        case .namespace, .node, .service, .pod, .endpointSlice, .serviceAccount, .serviceEntry,
            .workloadEntry:
            return []
        }
    }
}
