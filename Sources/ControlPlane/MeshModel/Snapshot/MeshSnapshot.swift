package import MeshConfig

/// The mesh at one moment: every service, workload, endpoint and rule with the indexes to find them; never changes.
///
/// A pure function of the configuration; made with `MeshSnapshot.next(previous:config:cluster:)`. A class only so that
/// it is handed on by reference.
package final class MeshSnapshot: Sendable {
    /// Number of the snapshot, from 1; grows by one with each.
    package let version: UInt64
    /// Mesh-wide settings.
    package let mesh: MeshConfiguration
    /// Facts about the cluster.
    package let cluster: ClusterSettings
    /// All services, those that come first where services collide first (see `Service.precedes`).
    package let services: [Service]
    /// All VirtualServices with hosts, oldest first.
    package let virtualServices: [RoutingRule]
    /// All DestinationRules, merged per namespace and host; by namespace, then oldest first.
    package let destinationPolicies: [DestinationPolicy]
    /// All Sidecars, oldest first.
    package let sidecars: [Resource<Sidecar>]
    /// All Gateways, oldest first; `hosts` as written.
    package let gateways: [Resource<Gateway>]
    /// What the model decided that authors may not expect, sorted.
    package let diagnostics: [ModelDiagnostic]

    let config: ConfigSnapshot
    let registry: ServiceRegistry
    let routing: RoutingIndex
    let policies: DestinationPolicyIndex
    let sidecarIndex: SidecarIndex
    let authorizationPolicies: SecurityPolicyIndex<AuthorizationPolicy>
    let requestAuthentications: SecurityPolicyIndex<RequestAuthentication>
    /// JSON Web Key Sets by the place they were fetched from.
    let keySets: [JSONWebKeyLocation: String]
    let peerAuthentications: PeerAuthenticationIndex
    private let secrets: [ObjectKey: SecretSpec]
    /// Label keys some rule asks callers for.
    let callerLabelKeys: Set<String>

    init(
        version: UInt64,
        config: ConfigSnapshot,
        cluster: ClusterSettings,
        registry: ServiceRegistry,
        routing: RoutingIndex,
        policies: DestinationPolicyIndex,
        peerAuthentications: PeerAuthenticationIndex,
        gateways: [Resource<Gateway>],
        authorizationPolicies: SecurityPolicyIndex<AuthorizationPolicy>,
        keySets: [JSONWebKeyLocation: String],
        diagnostics: [ModelDiagnostic]
    ) {
        self.version = version
        self.config = config
        mesh = config.mesh
        self.cluster = cluster
        self.registry = registry
        services = registry.services
        self.routing = routing
        virtualServices = routing.rules
        self.policies = policies
        destinationPolicies = policies.all
        sidecarIndex = SidecarIndex(config.sidecars, rootNamespace: config.mesh.rootNamespace)
        sidecars = sidecarIndex.all
        self.peerAuthentications = peerAuthentications
        secrets = Dictionary(
            config.secrets.map { (ObjectKey(kind: .secret, namespace: $0.namespace, name: $0.name), $0.spec) },
            uniquingKeysWith: { first, _ in first }
        )
        self.gateways = gateways
        self.authorizationPolicies = authorizationPolicies
        requestAuthentications = SecurityPolicyIndex(
            config.requestAuthentications,
            rootNamespace: config.mesh.rootNamespace,
            attachment: \.attachment
        )
        self.keySets = keySets
        self.diagnostics = diagnostics
        callerLabelKeys = routing.callerLabelKeys.union(policies.callerLabelKeys)
    }
}

extension MeshSnapshot {
    /// Service by host and namespace. Cost: two hashes.
    package func service(_ hostname: Hostname, namespace: String) -> Service? {
        registry.service(ServiceKey(hostname: hostname, namespace: namespace))
    }

    /// Services of a host in all namespaces, the one that comes first where services collide first. Cost: one hash.
    package func services(for hostname: Hostname) -> [Service] { registry.services(for: hostname) }

    /// Services defined in a namespace, oldest first. Cost: one hash.
    package func services(in namespace: String) -> [Service] { registry.services(in: namespace) }

    /// Services a namespace sees, oldest first. Cost: linear in the services.
    package func services(visibleTo namespace: String) -> [Service] {
        registry.services.filter { $0.exportTo.includes(namespace) }
    }

    /// The service a client namespace means by a host: its own, else Kubernetes', else the oldest it sees.
    ///
    /// Cost: one hash, then linear in the services of that host.
    package func service(_ hostname: Hostname, visibleTo namespace: String) -> Service? {
        registry.service(hostname, visibleTo: namespace)
    }

    /// All endpoints behind a service port, of any health; nil when there is no such port. Cost: two hashes.
    ///
    /// Aliases have none of their own: ask for their target.
    package func endpointSet(of service: ServiceKey, port: UInt32) -> EndpointSet? {
        registry.endpointSet(of: service, port: port)
    }

    /// Endpoints that a proxy may use: not draining, ready unless the service publishes others, on its node where the
    /// service says so (`internalTrafficPolicy: Local`), carrying `labels` (a subset's).
    ///
    /// Cost: linear in the endpoints of the port. Pass nil for `node` to ask for no proxy in particular, and
    /// `unready: true` for those that are not ready as well, by which a caller knows when to turn to others.
    package func endpoints(
        of service: Service,
        port: UInt32,
        labels: [String: String] = [:],
        for node: ProxyNode? = nil,
        unready: Bool = false
    ) -> [WorkloadEndpoint] {
        guard let set = registry.endpointSet(of: service.aliasTarget ?? service.key, port: port) else { return [] }
        let target = service.aliasTarget.flatMap { registry.service($0) } ?? service
        let nodeName = node.map { $0.nodeName.isEmpty ? workload(of: $0)?.nodeName ?? "" : $0.nodeName }
        return set.endpoints.filter { endpoint in
            switch endpoint.health {
            case .draining: return false
            case .unhealthy: guard target.publishesNotReady || unready else { return false }
            case .healthy: break
            }
            if target.isNodeLocal, let nodeName, endpoint.nodeName != nodeName { return false }
            return endpoint.labels.contains(all: labels)
        }
    }

    /// Secret by name; nil when there is none. Cost: one hash.
    package func secret(_ name: String, namespace: String) -> SecretSpec? {
        secrets[ObjectKey(kind: .secret, namespace: namespace, name: name)]
    }

    /// Workload by address; nil when no Pod or WorkloadEntry has it. Cost: one hash.
    package func workload(address: String) -> Workload? { registry.workloads[address] }

    /// Workload a proxy runs beside; nil when none of its addresses is known.
    package func workload(of node: ProxyNode) -> Workload? {
        node.ipAddresses.lazy.compactMap { self.registry.workloads[$0] }.first
    }

    /// VirtualServices that apply to a gateway (`mesh` or `namespace/name`) and are visible to a namespace, in order of
    /// precedence: own, exported by name, public; each part oldest first (Istio `VirtualServicesForGateway`).
    ///
    /// Cost: three hashes and the result.
    package func virtualServices(gateway: String, visibleTo namespace: String) -> [RoutingRule] {
        routing.rules(gateway: gateway, visibleTo: namespace)
    }

    /// Policy for a client's calls to a service: rules of the client's namespace, then those the service's namespace
    /// exports, then those the root namespace exports; the first hit alone counts (Istio `destinationRule`).
    ///
    /// `labels` are the caller's, for rules with a `workloadSelector`; nil leaves those out, as on the way to the workload
    /// itself. Cost: three look-ups, each one hash and linear
    /// in the wildcard hosts of the namespace.
    package func destinationPolicy(
        for service: ServiceKey,
        clientNamespace: String,
        labels: [String: String]? = [:]
    ) -> DestinationPolicy? {
        policies.policy(for: service, clientNamespace: clientNamespace, labels: labels)
    }
}

extension [String: String] {
    /// Whether every label of a selector is here.
    func contains(all selector: [String: String]) -> Bool {
        selector.allSatisfy { self[$0.key] == $0.value }
    }
}
