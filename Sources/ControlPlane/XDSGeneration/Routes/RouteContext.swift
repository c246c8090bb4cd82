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
        let only = service.flatMap { $0.ports.count == 1 ? $0.ports.first?.number : nil }
        let port = destination.port?.number ?? only ?? port
        return ClusterName.outbound(port: port, subset: destination.subset, host: concrete.text)
    }

    /// Hash a destination's DestinationRule asks for: subset and port first (Istio `HashForHTTPDestination`).
    func hash(_ destination: Destination) -> ConsistentHashLB? {
        guard let rule = scope.destinationPolicy(for: Hostname(destination.host)) else { return nil }
        let port = destination.port?.number
        let subset = rule.subset(named: destination.subset)
        return subset?.trafficPolicy?.portLevel(port)?.loadBalancer?.consistentHash
            ?? subset?.trafficPolicy?.loadBalancer?.consistentHash
            ?? rule.trafficPolicy?.portLevel(port)?.loadBalancer?.consistentHash
            ?? rule.trafficPolicy?.loadBalancer?.consistentHash
    }

    /// Hash of a service without a rule of its own (Istio `hashForService`).
    func hash(_ service: Service, port: UInt32) -> ConsistentHashLB? {
        let policy = scope.destinationPolicy(for: service.hostname)?.trafficPolicy
        return policy?.portLevel(port)?.loadBalancer?.consistentHash ?? policy?.loadBalancer?.consistentHash
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

extension TrafficPolicy {
    func portLevel(_ port: UInt32?) -> PortTrafficPolicy? {
        guard let port else { return nil }
        return portLevelSettings.first { $0.port?.number == port }
    }
}
