import EnvoyAPI
import MeshConfig
import MeshModel

/// What the routes of one proxy on one port read besides the rule itself.
struct RouteContext {
    var node: ProxyNode
    var scope: ProxyScope
    var mesh: MeshConfiguration
    /// Port the requests were sent to; 0 for listeners that serve every port (HTTP proxy, Unix socket).
    var port: UInt32
    /// Gateway the routes are for: `mesh` on sidecars, `namespace/name` on routers.
    var gateway: String

    /// Cluster of a destination (Istio `GetDestinationCluster`): its port, else the service's only one, else the
    /// listener's. An alias routes to the service it stands for.
    func cluster(_ destination: Destination) -> String {
        guard !destination.host.isEmpty else { return WellKnownName.blackHoleCluster }
        let service = scope.service(for: Hostname(destination.host))
        let concrete = service?.aliasTarget.map(\.hostname) ?? Hostname(destination.host)
        return ClusterName.outbound(
            port: port(of: destination, service),
            subset: destination.subset,
            host: concrete.text
        )
    }

    private func port(of destination: Destination, _ service: Service?) -> UInt32 {
        let only = service.flatMap { $0.ports.count == 1 ? $0.ports.first?.number : nil }
        return destination.port?.number ?? only ?? port
    }

    /// Policy of a destination's cluster; nil when nobody says anything.
    func trafficPolicy(_ destination: Destination) -> TrafficPolicy? {
        let host = Hostname(destination.host)
        return .effective(
            scope.destinationPolicy(for: host),
            subset: destination.subset,
            port: port(of: destination, scope.service(for: host)),
            defaults: mesh.defaultTrafficPolicy
        )
    }

    /// Hash of a destination's cluster (Istio `HashForHTTPDestination`).
    ///
    /// It is the hash its cluster balances by, settings of single ports included, also where the destination leaves
    /// the port out.
    func hash(_ destination: Destination) -> ConsistentHashLB? {
        trafficPolicy(destination)?.loadBalancer?.consistentHash
    }

    /// What a request can be asked at run time; nil when none can match.
    func routeMatch(_ match: HTTPMatchRequest) -> XDS.RouteMatch? {
        XDS.RouteMatch(match, isGateway: gateway != RoutingRule.meshGateway)
    }

    /// Whether a match may hold for this proxy at all (Istio `sourceMatchHTTP`): gateways, else labels and namespace.
    func admits(_ match: HTTPMatchRequest) -> Bool {
        if let wanted = match.port, wanted != 0, wanted != port { return false }
        if !match.gateways.isEmpty { return match.gateways.contains(gateway) }
        return match.sourceLabels.allSatisfy { node.labels[$0.key] == $0.value }
            && (match.sourceNamespace.isEmpty || match.sourceNamespace == node.namespace)
    }

    /// Whether a match on connections may hold for this proxy at all (Istio `matchTCP`, `matchTLS`).
    func admits(port wanted: UInt32?, gateways: [String], labels: [String: String], namespace: String) -> Bool {
        (wanted == nil || wanted == 0 || wanted == port)
            && (gateways.isEmpty || gateways.contains(gateway))
            && labels.allSatisfy { node.labels[$0.key] == $0.value }
            && (namespace.isEmpty || namespace == node.namespace)
    }
}
