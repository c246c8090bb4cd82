import MeshConfig
import MeshModel

/// What the resources of a kind depend on besides the snapshot; proxies with equal traits share them.
struct ProxyTraits: Hashable {
    private var scope: ProxyScope.Key
    private var interceptionMode: ProxyNode.InterceptionMode
    private var hasIPv4: Bool
    private var hasIPv6: Bool
    private var settings: [String]
    private var dnsDomain = ""
    private var locality = Locality()
    private var network = ""
    private var labels: [String: String] = [:]
    private var addresses: [String] = []
    private var targets: [Target] = []
    private var policies: [ObjectKey] = []
    private var mutualTLS = MutualTLSPolicy()
    private var topology = GatewayTopology()

    /// A port the proxy stands behind.
    private struct Target: Hashable {
        var service: ServiceKey
        var servicePort: UInt32
        var targetPort: UInt32
    }

    /// Metadata that listeners, routes and clusters read.
    private static let keys = [
        "DNS_CAPTURE", "HTTP10", "IDLE_TIMEOUT", "HTTP_PROXY_PORT", "ENVOY_STATUS_PORT", "ENVOY_PROMETHEUS_PORT",
        "UNPRIVILEGED_POD", "TLS_IDENTITY",
    ]

    init(_ view: ProxyView, _ kind: ResourceKind) {
        let node = view.node
        scope = view.scope.key
        interceptionMode = node.interceptionMode
        hasIPv4 = node.ipAddresses.contains(where: IPAddress.isV4)
        hasIPv6 = node.ipAddresses.contains(where: IPAddress.isV6)
        settings = Self.keys.map { node.metadata[$0]?.text ?? "" }
        dnsDomain = kind == .cluster ? "" : view.dnsDomain
        guard kind == .listener || kind == .cluster else { return }
        if kind == .listener { policies = view.securityPolicyKeys }
        let targets = view.targets
        self.targets = targets.map {
            Target(service: $0.service.key, servicePort: $0.servicePort.number, targetPort: $0.targetPort)
        }
        // Only these name the proxy's own address: a Sidecar's listeners, and headless services it is part of.
        let isHeadlessMember = targets.contains { $0.service.resolution == .originalDestination }
        if isHeadlessMember || !view.scope.ingressListeners.isEmpty { addresses = node.ipAddresses }
        if kind == .listener && node.kind == .sidecar { mutualTLS = view.mutualTLS }
        if kind == .listener && node.kind == .router { topology = GatewayTopology(of: node, in: view.mesh) }
        if kind == .cluster {
            locality = view.locality
            network = node.network
            labels = node.labels
        }
    }
}

/// What the endpoints of one cluster depend on, whatever the snapshot.
struct EndpointTraits: Hashable {
    private var service: ServiceKey?
    private var definition: UInt64 = 0
    private var endpoints: UInt64 = 0
    private var policy: UInt64 = 0
    private var policySources: [ObjectKey] = []
    private var mesh: LocalityLbSetting?
    private var meshZones: ZoneAwareLbSetting?
    private var meshEjects = false
    private var locality = Locality()
    private var network = ""
    private var nodeName = ""
    private var labels: [String: String] = [:]
    private var neighbours: Neighbours.Traits?

    init(_ name: String, _ view: ProxyView) {
        if name == WellKnownName.localCluster {
            let own = Neighbours(view)
            neighbours = own.traits
            if let target = own.target {
                service = target.service.key
                definition = target.service.version
                endpoints = view.endpointVersion(of: target.service, port: target.servicePort.number)
            }
            return
        }
        guard let parts = ClusterName.parseOutbound(name),
            let service = view.scope.service(for: Hostname(parts.host))
        else { return }
        self.service = service.key
        definition = service.version
        endpoints = view.endpointVersion(of: service, port: parts.port)
        let rule = view.scope.destinationPolicy(for: service.hostname)
        policy = rule?.version ?? 0
        policySources = rule?.sources ?? []
        mesh = view.mesh.localityLbSetting
        meshZones = view.mesh.zoneAwareLbSetting
        meshEjects = view.mesh.defaultTrafficPolicy.outlierDetection != nil
        locality = view.locality
        network = view.node.network
        let settings = view.trafficPolicy(rule, subset: parts.subset, port: parts.port)?.loadBalancer
        let priorities = LocalityPreference(settings, service: service, mesh: view.mesh).failoverPriority
        if !priorities.isEmpty || service.isNodeLocal { nodeName = view.nodeName }
        let keys = Set(priorities.map { String($0.prefix { $0 != "=" }) })
        labels = view.node.labels.filter { keys.contains($0.key) }
    }
}
