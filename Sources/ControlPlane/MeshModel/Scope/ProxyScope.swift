package import MeshConfig

/// What a proxy may know of the mesh (Istio `SidecarScope`).
///
/// A pure function of the snapshot and `Key`: proxies with equal keys share one scope, so compute it once per key and
/// snapshot with `MeshSnapshot.scope(for:)`. What depends on the proxy's own addresses is not here; see
/// `MeshSnapshot.serviceTargets(for:)`.
package struct ProxyScope: Sendable {
    /// All a scope depends on besides the snapshot.
    package struct Key: Sendable, Hashable {
        /// Role of the proxy; routers ignore Sidecars.
        package var kind: ProxyNode.Kind
        /// Namespace of the proxy.
        package var namespace: String
        /// Sidecar resource that applies.
        package var sidecar: ObjectKey?
        /// The proxy's labels, reduced to those some rule asks callers for (`sourceLabels`, `workloadSelector`).
        package var sourceLabels: [String: String]
        /// Gateways that select a router, oldest first.
        package var gateways: [ObjectKey] = []
        /// Ports of a router's own Services with the ports listened on instead, as far as its Gateways name them.
        package var targetPorts: [UInt32: UInt32] = [:]

        package init(
            kind: ProxyNode.Kind,
            namespace: String,
            sidecar: ObjectKey? = nil,
            sourceLabels: [String: String] = [:]
        ) {
            self.kind = kind
            self.namespace = namespace
            self.sidecar = sidecar
            self.sourceLabels = sourceLabels
        }
    }

    /// A listener for the proxy's outgoing calls, from a Sidecar or the default `*/*` (Istio `IstioEgressListenerWrapper`).
    package struct EgressListener: Sendable {
        /// Port of its own; nil for the ports of all its services.
        package var port: SidecarPort?
        /// Address listened on; empty for the default.
        package var bind = ""
        /// How traffic reaches it.
        package var captureMode: CaptureMode = .default
        /// Services it imports, one a host, oldest first; with a port of its own, reduced to that port.
        package var services: [Service] = []
        /// VirtualServices of gateway `mesh` it imports, in order of precedence.
        package var virtualServices: [RoutingRule] = []
        /// Where it begins; nil for the default listener.
        package var source: SourceLocation?

        package init() {}
    }

    /// What the scope depends on.
    package let key: Key
    /// Sidecar resource that applies; nil for the default scope.
    package let sidecar: Resource<Sidecar>?
    /// Calls to services the registry does not know; the Sidecar's, else the mesh's.
    package let outboundTrafficPolicy: MeshConfiguration.OutboundMode
    /// Listeners for outgoing calls, in the Sidecar's order; never empty for a sidecar.
    package let egressListeners: [EgressListener]
    /// Listeners of the Sidecar towards the workload; empty takes them from the proxy's services.
    package let ingressListeners: [IstioIngressListener]
    /// Services the proxy knows, one a host, oldest first; those VirtualServices lead to included.
    package let services: [Service]
    /// VirtualServices of gateway `mesh` in order of precedence: those exported to nobody but the namespace, those
    /// exported to it by name, those for everybody; each part oldest first. Of several claiming one host the first wins.
    /// Of a router those of all its Gateways.
    package let virtualServices: [RoutingRule]
    /// What a router listens for; without ports for a sidecar.
    package let gateway: MergedGateway

    private let servicesByHost: [Hostname: Int]
    private let policies: [Hostname: DestinationPolicy]
    private let rulesByGateway: [String: [RoutingRule]]
    private let rulesByHost: [Hostname: Int]
    private let wildcardRules: [(host: Hostname, index: Int)]

    init(
        key: Key,
        sidecar: Resource<Sidecar>?,
        outboundTrafficPolicy: MeshConfiguration.OutboundMode,
        egressListeners: [EgressListener],
        services: [Service],
        virtualServices: [RoutingRule],
        policies: [Hostname: DestinationPolicy],
        gateway: MergedGateway = MergedGateway(),
        rulesByGateway: [String: [RoutingRule]] = [:]
    ) {
        self.key = key
        self.sidecar = sidecar
        self.outboundTrafficPolicy = outboundTrafficPolicy
        self.egressListeners = egressListeners
        ingressListeners = sidecar?.spec.ingress ?? []
        self.services = services
        self.virtualServices = virtualServices
        self.policies = policies
        self.gateway = gateway
        self.rulesByGateway = rulesByGateway
        servicesByHost = Dictionary(
            services.enumerated().map { ($1.hostname, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var rulesByHost: [Hostname: Int] = [:]
        var wildcardRules: [(host: Hostname, index: Int)] = []
        for (index, rule) in virtualServices.enumerated() {
            for host in rule.hosts where rulesByHost[host] == nil {
                rulesByHost[host] = index
                if host.isWildcard { wildcardRules.append((host, index)) }
            }
        }
        self.rulesByHost = rulesByHost
        self.wildcardRules = wildcardRules.sorted { $0.host < $1.host }
    }

    /// Service by host, exactly; nil when the proxy does not know it. Cost: one hash.
    package func service(for hostname: Hostname) -> Service? {
        servicesByHost[hostname].flatMap { services.indices.contains($0) ? services[$0] : nil }
    }

    /// VirtualServices bound to a Gateway of a router, named `namespace/name`, in order of precedence. Cost: one hash.
    package func virtualServices(gateway: String) -> [RoutingRule] { rulesByGateway[gateway] ?? [] }

    /// VirtualService that rules a host: the most specific host that covers it, then precedence. Cost: one hash, then
    /// linear in the wildcard hosts.
    package func virtualService(for hostname: Hostname) -> RoutingRule? {
        let index = rulesByHost[hostname] ?? wildcardRules.first { hostname.isSubset(of: $0.host) }?.index
        return index.flatMap { virtualServices.indices.contains($0) ? virtualServices[$0] : nil }
    }

    /// Policy of the proxy's calls to a service of the scope; nil for the defaults. Cost: one hash.
    ///
    /// For hosts outside the scope use `MeshSnapshot.destinationPolicy(for:clientNamespace:labels:)`.
    package func destinationPolicy(for hostname: Hostname) -> DestinationPolicy? { policies[hostname] }
}
