import MeshConfig

extension MeshSnapshot {
    /// Labels of a proxy: what it says, else what the Pod or WorkloadEntry at its address carries.
    package func labels(of node: ProxyNode) -> [String: String] {
        node.labels.isEmpty ? workload(of: node)?.labels ?? [:] : node.labels
    }

    /// What the scope of a proxy depends on; proxies with equal keys have equal scopes. Cost: linear in the Sidecars of
    /// the namespace that have selectors.
    package func scopeKey(for node: ProxyNode) -> ProxyScope.Key {
        let labels = labels(of: node)
        var key = ProxyScope.Key(kind: node.kind, namespace: node.namespace)
        key.sourceLabels = labels.filter { callerLabelKeys.contains($0.key) }
        guard node.kind == .sidecar else {
            let gateways = gateways(for: node)
            key.gateways = gateways.map { ObjectKey(kind: .gateway, namespace: $0.namespace, name: $0.name) }
            if !gateways.isEmpty { key.targetPorts = gatewayTargetPorts(for: node, gateways: gateways) }
            return key
        }
        key.sidecar = sidecarIndex.sidecar(namespace: node.namespace, labels: labels).map { sidecar in
            ObjectKey(kind: .sidecar, namespace: sidecar.namespace, name: sidecar.name)
        }
        return key
    }

    /// Scope of a proxy; see `scope(for:)` with a key.
    package func scope(for node: ProxyNode) -> ProxyScope { scope(for: scopeKey(for: node)) }

    /// Computes the scope of all proxies with a key (Istio `convertToSidecarScope`). Not cached here.
    ///
    /// Cost: linear in services and VirtualServices for each egress listener.
    package func scope(for key: ProxyScope.Key) -> ProxyScope {
        let sidecar = key.sidecar.flatMap { wanted in
            sidecarIndex.all.first { $0.namespace == wanted.namespace && $0.name == wanted.name }
        }
        if key.kind == .router { return routerScope(for: key) }
        let visible = services(visibleTo: key.namespace)
        let rules = virtualServices(gateway: RoutingRule.meshGateway, visibleTo: key.namespace)
        let listeners = egressListeners(of: sidecar, namespace: key.namespace, services: visible, rules: rules)

        var selection = ScopeSelection()
        for listener in listeners { for service in listener.services { selection.add(service) } }
        for listener in listeners {
            for rule in listener.virtualServices {
                for destination in rule.spec.destinations(from: key.namespace) {
                    guard let service = service(Hostname(destination.host), visibleTo: key.namespace) else { continue }
                    selection.add(service, destinationPort: destination.port?.number ?? listener.port?.number)
                }
            }
        }
        let chosen = selection.services
        let imported = Set(listeners.flatMap { $0.virtualServices.map(\.key) })
        return ProxyScope(
            key: key,
            sidecar: sidecar,
            outboundTrafficPolicy: outboundMode(sidecar),
            egressListeners: listeners,
            services: chosen,
            virtualServices: rules.filter { imported.contains($0.key) },
            policies: policies(for: chosen, key)
        )
    }

    /// A router knows every service its namespace sees (Istio `DefaultSidecarScopeForGateway`).
    private func routerScope(for key: ProxyScope.Key) -> ProxyScope {
        let chosen = Self.onePerHost(services(visibleTo: key.namespace), namespace: key.namespace)
        let selecting = Set(key.gateways)
        let gateway = MergedGateway.merging(
            gateways.filter { selecting.contains(ObjectKey(kind: .gateway, namespace: $0.namespace, name: $0.name)) },
            targetPorts: key.targetPorts
        ).gateway
        var rules: [String: [RoutingRule]] = [:]
        var all: [RoutingRule] = []
        var seen: Set<ObjectKey> = []
        for name in gateway.gatewayNames {
            let bound = virtualServices(gateway: name, visibleTo: key.namespace)
            rules[name] = bound
            all += bound.filter { seen.insert($0.key).inserted }
        }
        return ProxyScope(
            key: key,
            sidecar: nil,
            outboundTrafficPolicy: outboundMode(nil),
            egressListeners: [],
            services: chosen,
            virtualServices: all,
            policies: policies(for: chosen, key),
            gateway: gateway,
            rulesByGateway: rules
        )
    }

    private func policies(for services: [Service], _ key: ProxyScope.Key) -> [Hostname: DestinationPolicy] {
        var policies: [Hostname: DestinationPolicy] = [:]
        for service in services {
            policies[service.hostname] = destinationPolicy(
                for: service.key,
                clientNamespace: key.namespace,
                labels: key.sourceLabels
            )
        }
        return policies
    }

    private func outboundMode(_ sidecar: Resource<Sidecar>?) -> MeshConfiguration.OutboundMode {
        switch sidecar?.spec.outboundTrafficPolicy?.mode {
        case .registryOnly: .registryOnly
        case .allowAny: .allowAny
        case nil: mesh.outboundTrafficPolicy
        }
    }

    /// A Sidecar without `egress` imports everything, whatever the root namespace's default says.
    private func egressListeners(
        of sidecar: Resource<Sidecar>?,
        namespace: String,
        services: [Service],
        rules: [RoutingRule]
    ) -> [ProxyScope.EgressListener] {
        guard let egress = sidecar?.spec.egress, !egress.isEmpty else {
            var listener = ProxyScope.EgressListener()
            listener.services = Self.onePerHost(services, namespace: namespace)
            listener.virtualServices = rules
            return [listener]
        }
        return egress.map { wanted in
            let hosts = EgressHosts(wanted.hosts, namespace: namespace)
            var listener = ProxyScope.EgressListener()
            listener.port = wanted.port
            listener.bind = wanted.bind
            listener.captureMode = wanted.captureMode
            listener.source = wanted.source
            let imported = services.filter { hosts.imports($0.key) }.compactMap { $0.limited(to: wanted.port) }
            listener.services = Self.onePerHost(imported, namespace: namespace)
            listener.virtualServices = rules.filter(hosts.imports)
            return listener
        }
    }

    /// Of services with the same host: the client's own, else Kubernetes', else the oldest; in the given order.
    private static func onePerHost(_ services: [Service], namespace: String) -> [Service] {
        var chosen: [Hostname: Service] = [:]
        for service in services {
            guard let current = chosen[service.hostname] else {
                chosen[service.hostname] = service
                continue
            }
            if service.outranks(current, for: namespace) { chosen[service.hostname] = service }
        }
        return services.filter { chosen[$0.hostname]?.namespace == $0.namespace }
    }
}

extension Service {
    /// The service reduced to a listener's port; nil when it has no such port. Explicit HTTP proxies serve all ports.
    fileprivate func limited(to port: SidecarPort?) -> Service? {
        guard let port, port.number != 0, PortProtocol(name: port.protocol) != .httpProxy else { return self }
        guard let match = self.port(port.number) else { return nil }
        var service = self
        service.ports = [match]
        return service
    }
}

/// Services gathered for a scope: the first namespace that brings a host keeps it, further ports of it are added.
private struct ScopeSelection {
    private var order: [Hostname] = []
    private var chosen: [Hostname: Service] = [:]
    /// Hosts that listeners import; VirtualServices do not widen them to further ports.
    private var imported: Set<Hostname> = []

    /// Services, oldest first.
    var services: [Service] {
        order.compactMap { chosen[$0] }.sorted { $0.precedes($1) }
    }

    mutating func add(_ service: Service) {
        imported.insert(service.hostname)
        addPorts(of: service)
    }

    /// Adds a service because a VirtualService leads to it: only the port asked for when the service has that port.
    mutating func add(_ service: Service, destinationPort: UInt32?) {
        guard !imported.contains(service.hostname) else { return }
        var service = service
        if let destinationPort, let port = service.port(destinationPort) { service.ports = [port] }
        addPorts(of: service)
    }

    private mutating func addPorts(of service: Service) {
        guard var known = chosen[service.hostname] else {
            order.append(service.hostname)
            chosen[service.hostname] = service
            return
        }
        guard known.namespace == service.namespace else { return }
        for port in service.ports where known.port(port.number) == nil { known.ports.append(port) }
        chosen[service.hostname] = known
    }
}
