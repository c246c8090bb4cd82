package import EnvoyAPI
import MeshConfig
package import MeshModel
import SwiftProtobuf

/// Turns what a proxy may know of the mesh into Envoy resources: pure functions, and a façade that caches them.
///
/// Names are Istio's. Whatever is generated is meant to be accepted by Envoy: what it would refuse is repaired or left
/// out here, so that one bad rule never costs a proxy its other configuration.
package struct ResourceGenerator: Sendable {
    private let cache: ResourceCache

    /// A generator with its own cache; share one per control plane.
    package init(cache: ResourceCache = ResourceCache()) {
        self.cache = cache
    }

    // MARK: Pure

    /// Listeners of a proxy: outbound, `virtualOutbound`, the HTTP proxy, inbound; of a router, its Gateways'.
    package func listeners(for view: ProxyView) -> [Envoy_Config_Listener_V3_Listener] {
        guard view.node.kind == .sidecar else { return GatewayListeners(view: view).listeners() }
        var listeners = OutboundListeners(view: view).listeners()
        for extra in [VirtualOutbound.httpProxy(view), VirtualOutbound.listener(view)] {
            if let extra { listeners.append(extra) }
        }
        listeners += InboundListeners(view: view).listeners()
        var names: Set<String> = []
        return listeners.filter { names.insert($0.name).inserted }
    }

    /// Route configuration of a name; without virtual hosts when the proxy has nothing of that name.
    package func route(named name: String, for view: ProxyView) -> Envoy_Config_Route_V3_RouteConfiguration {
        switch view.node.kind {
        case .sidecar: OutboundRoutes(view: view).configuration(named: name)
        case .router: GatewayRoutes(view: view).configuration(named: name)
        }
    }

    /// Clusters of a proxy: outbound, the built-in ones, inbound.
    package func clusters(for view: ProxyView) -> [Envoy_Config_Cluster_V3_Cluster] {
        var clusters = OutboundClusters(view: view).clusters()
        clusters.append(BuiltInClusters.blackHole(view.mesh))
        if view.node.kind == .sidecar {
            clusters.append(BuiltInClusters.passthrough(view.mesh))
            clusters += InboundClusters(view: view).clusters()
            clusters.append(BuiltInClusters.inboundPassthrough(view))
        }
        var names: Set<String> = []
        return clusters.filter { names.insert($0.name).inserted }
    }

    /// Endpoints of a cluster as the proxy sees them; empty for a cluster it does not know.
    package func endpoints(
        ofCluster name: String,
        for view: ProxyView
    ) -> Envoy_Config_Endpoint_V3_ClusterLoadAssignment {
        EndpointAssignments(view: view).assignment(clusterNamed: name)
    }

    // MARK: Cached

    /// Resources of a kind for a proxy, sorted by name; the same inputs always give the same bytes.
    ///
    /// - Parameter names: the ones wanted; nil for all there are. Every named route and endpoint is answered, known or
    ///   not, so that what waits for it can go on; unknown listeners and clusters are left out, and so are
    ///   secrets that do not exist or are not the proxy's.
    package func generate(
        _ kind: ResourceKind,
        for node: ProxyNode,
        in snapshot: MeshSnapshot,
        names: Set<String>? = nil
    ) -> [GeneratedResource] {
        let view = ProxyView(node, scope: cache.scope(for: node, in: snapshot), in: snapshot)
        switch kind {
        case .listener:
            return select(
                names,
                cache.resources(.listeners(ProxyTraits(view, .listener)), at: snapshot.version) {
                    listeners(for: view).map { GeneratedResource(name: $0.name, $0) }
                }
            )
        case .cluster:
            return select(
                names,
                cache.resources(.clusters(ProxyTraits(view, .cluster)), at: snapshot.version) {
                    clusters(for: view).map { GeneratedResource(name: $0.name, $0) }
                }
            )
        case .route:
            let traits = ProxyTraits(view, .route)
            return (names ?? routeNames(for: view, in: snapshot)).sorted().flatMap { name in
                cache.resources(.route(name, traits), at: snapshot.version) {
                    [GeneratedResource(name: name, route(named: name, for: view))]
                }
            }
        case .secret:
            // Nobody has a list of secrets: they are asked for by name, and few.
            let secrets = KubernetesSecrets(view: view)
            return (names ?? []).sorted().compactMap { name in
                secrets.secret(named: name).map { GeneratedResource(name: name, $0) }
            }
        case .endpoint:
            return (names ?? endpointNames(for: view, in: snapshot)).sorted().flatMap { name in
                cache.resources(.endpoint(name, EndpointTraits(name, view)), at: snapshot.version) {
                    [GeneratedResource(name: name, endpoints(ofCluster: name, for: view))]
                }
            }
        }
    }

    /// Names of the route configurations that the proxy's listeners ask for.
    package func routeNames(for node: ProxyNode, in snapshot: MeshSnapshot) -> Set<String> {
        let view = ProxyView(node, scope: cache.scope(for: node, in: snapshot), in: snapshot)
        return routeNames(for: view, in: snapshot)
    }

    private func routeNames(for view: ProxyView, in snapshot: MeshSnapshot) -> Set<String> {
        cache.names(.listeners(ProxyTraits(view, .listener)), at: snapshot.version) {
            Set(listeners(for: view).flatMap(\.routeNames))
        }
    }

    private func endpointNames(for view: ProxyView, in snapshot: MeshSnapshot) -> Set<String> {
        cache.names(.clusters(ProxyTraits(view, .cluster)), at: snapshot.version) {
            Set(clusters(for: view).filter { $0.type == .eds }.map(\.name))
        }
    }

    private func select(_ names: Set<String>?, _ resources: [GeneratedResource]) -> [GeneratedResource] {
        guard let names else { return resources }
        return resources.filter { names.contains($0.name) }
    }

    // MARK: Concern

    /// Kinds of resources that may differ for a proxy after a change; the others need not be pushed.
    ///
    /// Exact with the snapshot before the change; without it whatever left the proxy's scope counts as its concern.
    package func concerns(
        _ change: MeshChange,
        for node: ProxyNode,
        from previous: MeshSnapshot?,
        to snapshot: MeshSnapshot
    ) -> Set<ResourceKind> {
        guard !change.isFull, node.ipAddresses.allSatisfy({ !change.workloads.contains($0) }) else {
            return Set(ResourceKind.allCases)
        }
        let scopes = [snapshot, previous].compactMap { $0.map { cache.scope(for: node, in: $0) } }
        let policies = [snapshot, previous].compactMap { $0?.securityPolicyKeys(for: node) }.flatMap(\.self)
        let concern = ChangeConcern(
            change,
            scopes: scopes,
            policies: Set(policies),
            rootNamespace: snapshot.mesh.rootNamespace,
            isExact: previous != nil
        )
        return concern.kinds(targets: snapshot.serviceTargets(for: node))
    }
}

extension Envoy_Config_Listener_V3_Listener {
    /// Route configurations its connection managers discover.
    fileprivate var routeNames: [String] {
        (filterChains + [defaultFilterChain]).flatMap(\.filters).compactMap { filter in
            guard filter.name == ExtensionName.httpConnectionManager,
                let manager = try? XDS.HTTPConnectionManager(serializedBytes: filter.typedConfig.value),
                case .rds(let rds) = manager.routeSpecifier
            else { return nil }
            return rds.routeConfigName
        }
    }
}
