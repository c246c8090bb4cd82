package import MeshConfig
package import MeshModel

/// Everything that the resources of one proxy are made from, and nothing else of the mesh.
package struct ProxyView: Sendable {
    /// Proxy, with the labels of its workload.
    package let node: ProxyNode
    /// What it may know of the mesh.
    package let scope: ProxyScope
    private let snapshot: MeshSnapshot

    package init(_ node: ProxyNode, in snapshot: MeshSnapshot) {
        self.init(node, scope: snapshot.scope(for: node), in: snapshot)
    }

    /// Takes a scope already computed for the proxy's `ProxyScope.Key`.
    package init(_ node: ProxyNode, scope: ProxyScope, in snapshot: MeshSnapshot) {
        var node = node
        node.labels = snapshot.labels(of: node)
        self.node = node
        self.scope = scope
        self.snapshot = snapshot
    }

    /// Ports of services the proxy stands behind itself, those that come first where services collide first.
    package var targets: [ServiceTarget] { snapshot.serviceTargets(for: node) }

    /// AuthorizationPolicies of the proxy's workload, in order.
    var authorizationPolicies: [Resource<AuthorizationPolicy>] { snapshot.authorizationPolicies(for: node) }

    /// RequestAuthentications of the proxy's workload, in order.
    var requestAuthentications: [Resource<RequestAuthentication>] { snapshot.requestAuthentications(for: node) }

    /// Keys of both, by which proxies with different policies are told apart.
    var securityPolicyKeys: [ObjectKey] { snapshot.securityPolicyKeys(for: node) }

    /// Keys of an issuer; nil while they could not be fetched.
    func keySet(at location: JSONWebKeyLocation) -> String? { snapshot.keySet(at: location) }

    /// Service of an extension provider; nil when there is none, which the model's diagnostics say.
    func providerService(_ provider: ExternalAuthorization) -> Service? { try? snapshot.providerService(provider) }

    /// Mesh-wide settings.
    package var mesh: MeshConfiguration { snapshot.mesh }

    /// Whether the proxy resolves names itself, so that allocated addresses reach it (Istio `DNS_CAPTURE`).
    var capturesDNS: Bool { node.metadata["DNS_CAPTURE"]?.text == "true" }

    /// Endpoints the proxy may use, carrying a subset's labels; `unready` for those that are not ready as well.
    func endpoints(
        of service: Service,
        port: UInt32,
        labels: [String: String] = [:],
        unready: Bool = false
    ) -> [WorkloadEndpoint] {
        snapshot.endpoints(of: service, port: port, labels: labels, for: node, unready: unready)
    }

    /// Version of the endpoints behind a service port.
    func endpointVersion(of service: Service, port: UInt32) -> UInt64 {
        snapshot.endpointSet(of: service.aliasTarget ?? service.key, port: port)?.version ?? 0
    }

    /// Secret of the proxy's namespace; nil when there is none.
    func secret(_ name: String) -> SecretSpec? { snapshot.secret(name, namespace: node.namespace) }

    /// What the ports of the proxy's own workload accept.
    package var mutualTLS: MutualTLSPolicy { snapshot.mutualTLS(of: node) }

    /// What workloads of a namespace accept, policies of single workloads aside.
    func namespaceMutualTLS(_ namespace: String) -> MutualTLSMode { snapshot.namespaceMutualTLS(namespace) }

    /// Whether a service port has endpoints, and all of them answer mutual TLS.
    func isAnsweredByAll(_ service: Service, port: UInt32) -> Bool {
        let endpoints = snapshot.endpointSet(of: service.aliasTarget ?? service.key, port: port)?.endpoints ?? []
        return !endpoints.isEmpty && endpoints.allSatisfy(\.answersMutualTLS)
    }

    /// Node of Kubernetes the proxy runs on; empty when unknown.
    var nodeName: String {
        node.nodeName.isEmpty ? snapshot.workload(of: node)?.nodeName ?? "" : node.nodeName
    }

    /// Name of the proxy's workload; empty when unknown.
    var workloadName: String {
        node.workloadName.isEmpty ? snapshot.workload(of: node)?.workloadName ?? "" : node.workloadName
    }

    /// Policy of calls under a rule, for a subset and a service port, the mesh's defaults included; nil when nobody says
    /// anything.
    package func trafficPolicy(_ rule: DestinationPolicy?, subset: String? = nil, port: UInt32) -> TrafficPolicy? {
        .effective(rule, subset: subset, port: port, defaults: mesh.defaultTrafficPolicy)
    }

    /// Policy of callers of a port of the proxy's own service, as far as it shapes the server too (rule 28).
    ///
    /// Rules that select callers say nothing of the server.
    func inboundPolicy(for service: Service?, port: UInt32) -> TrafficPolicy? {
        let rule = service.flatMap {
            snapshot.destinationPolicy(for: $0.key, clientNamespace: node.namespace, labels: nil)
        }
        return trafficPolicy(rule, port: port)
    }

    /// Where the proxy runs: as it says itself, else as its workload does.
    package var locality: Locality {
        node.locality.isEmpty ? snapshot.workload(of: node)?.locality ?? Locality() : node.locality
    }

    /// Domain of short names; a node that names none is taken to be of its namespace.
    var dnsDomain: String {
        node.dnsDomain.isEmpty ? "\(node.namespace).svc.\(snapshot.cluster.domain)" : node.dnsDomain
    }

    /// Addresses of a service that this proxy may see callers use (Istio `GetAllAddressesForProxy`).
    func addresses(of service: Service) -> [String] {
        capturesDNS ? service.effectiveAddresses : service.addresses
    }

    /// Address listened on for every address of the proxy's family.
    var wildcard: String { isIPv6Only ? IPAddress.unspecifiedV6 : IPAddress.unspecified }
    /// Loopback address of the proxy's family.
    var loopback: String { isIPv6Only ? "::1" : "127.0.0.1" }
    /// Source address that marks connections to the workload, so that capture leaves them alone.
    var inboundSource: String { isIPv6Only ? "::6" : "127.0.0.6" }

    private var isIPv6Only: Bool { !node.ipAddresses.isEmpty && node.ipAddresses.allSatisfy(IPAddress.isV6) }

    /// Cluster of calls to nobody the mesh knows; nil when they are refused (Istio `OutboundTrafficPolicy`).
    var unknownHostCluster: String? {
        switch scope.outboundTrafficPolicy {
        case .allowAny, .allowAnyDynamicDNS:
            guard let gateway = scope.sidecar?.spec.outboundTrafficPolicy?.egressProxy else {
                return WellKnownName.passthroughCluster
            }
            return routeContext(port: 0).cluster(gateway)
        case .registryOnly: return nil
        }
    }

    /// What routes on a port read; on a router, those of one Gateway, `namespace/name`.
    func routeContext(port: UInt32, gateway: String = RoutingRule.meshGateway) -> RouteContext {
        RouteContext(node: node, scope: scope, mesh: mesh, port: port, gateway: gateway)
    }
}
