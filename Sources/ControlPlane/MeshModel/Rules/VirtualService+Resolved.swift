import MeshConfig

extension VirtualService {
    /// The same rule with hosts, destinations and gateways written in full (Istio `ResolveVirtualServiceShortnames`).
    func resolved(namespace: String, domain: String) -> VirtualService {
        func fqdn(_ host: String) -> String {
            Hostname.resolve(shortName: host, namespace: namespace, domain: domain).text
        }
        func gateway(_ name: String) -> String { Self.gatewayName(name, namespace: namespace) }
        var rule = self
        rule.hosts = hosts.map(fqdn)
        rule.gateways = gateways.isEmpty ? [RoutingRule.meshGateway] : gateways.map(gateway)
        rule.http = http.map { route in
            var route = route
            for index in route.match.indices { route.match[index].gateways = route.match[index].gateways.map(gateway) }
            for index in route.route.indices {
                route.route[index].destination.host = fqdn(route.route[index].destination.host)
            }
            if let mirror = route.mirror { route.mirror?.host = fqdn(mirror.host) }
            for index in route.mirrors.indices {
                route.mirrors[index].destination.host = fqdn(route.mirrors[index].destination.host)
            }
            if var delegate = route.delegate {
                if delegate.namespace.isEmpty { delegate.namespace = namespace }
                route.delegate = delegate
            }
            return route
        }
        rule.tls = tls.map { route in
            var route = route
            for index in route.match.indices { route.match[index].gateways = route.match[index].gateways.map(gateway) }
            for index in route.route.indices {
                route.route[index].destination.host = fqdn(route.route[index].destination.host)
            }
            return route
        }
        rule.tcp = tcp.map { route in
            var route = route
            for index in route.match.indices { route.match[index].gateways = route.match[index].gateways.map(gateway) }
            for index in route.route.indices {
                route.route[index].destination.host = fqdn(route.route[index].destination.host)
            }
            return route
        }
        return rule
    }

    /// `mesh` stays; `name` and `./name` are of the rule's namespace; `name.namespace.…` is the old form of
    /// `namespace/name` (Istio `resolveGatewayName`).
    private static func gatewayName(_ name: String, namespace: String) -> String {
        if name == RoutingRule.meshGateway { return name }
        if name.hasPrefix("./") { return "\(namespace)/\(name.dropFirst(2))" }
        if name.contains("/") { return name }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return "\(namespace)/\(name)" }
        return "\(parts[1])/\(parts[0])"
    }

    /// Every destination of the rule with the place to complain at, mirrors included.
    var destinations: [(destination: Destination, source: SourceLocation?)] { destinations { _ in true } }

    /// Destinations that callers of a namespace may be led to, as far as HTTP matches tell (Istio
    /// `virtualServiceDestinationsFilteredBySourceNamespace`).
    func destinations(from namespace: String) -> [Destination] {
        destinations { route in
            let wanted = route.match.map(\.sourceNamespace).filter { !$0.isEmpty }
            return wanted.isEmpty || wanted.contains(namespace)
        }
        .map(\.destination)
    }

    private func destinations(
        where admits: (HTTPRoute) -> Bool
    ) -> [(destination: Destination, source: SourceLocation?)] {
        var found: [(destination: Destination, source: SourceLocation?)] = []
        for route in http where admits(route) {
            found += route.route.map { ($0.destination, $0.source ?? route.source) }
            if let mirror = route.mirror { found.append((mirror, route.source)) }
            found += route.mirrors.map { ($0.destination, $0.source ?? route.source) }
        }
        for route in tls { found += route.route.map { ($0.destination, $0.source ?? route.source) } }
        for route in tcp { found += route.route.map { ($0.destination, $0.source ?? route.source) } }
        return found
    }

    /// Label keys the rule asks callers for.
    var callerLabelKeys: Set<String> {
        var keys: Set<String> = []
        for route in http { for match in route.match { keys.formUnion(match.sourceLabels.keys) } }
        for route in tls { for match in route.match { keys.formUnion(match.sourceLabels.keys) } }
        for route in tcp { for match in route.match { keys.formUnion(match.sourceLabels.keys) } }
        return keys
    }
}
