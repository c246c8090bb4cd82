import EnvoyAPI
import MeshConfig
import MeshModel

extension OutboundListeners {
    /// Chains of a port that is not, or not surely, HTTP.
    func tcpChains(
        _ request: OutboundListenerTable.Request,
        destinations: [String],
        rules: [RoutingRule]
    ) -> [FilterChainDraft] {
        if request.port.protocol.isTLS {
            return tlsChains(request, destinations: destinations, rules: rules)
        }
        let context = view.routeContext(port: request.port.number)
        var chains: [FilterChainDraft] = []
        for rule in rules {
            for tcp in rule.spec.tcp where !tcp.route.isEmpty {
                let matches = tcp.match.filter {
                    context.admits(
                        port: $0.port,
                        gateways: $0.gateways,
                        labels: $0.sourceLabels,
                        namespace: $0.sourceNamespace
                    )
                }
                guard tcp.match.isEmpty || !matches.isEmpty else { continue }
                guard let proxy = XDS.TCPProxy(tcp.route, of: rule.metadata, in: context) else { continue }
                var chain = FilterChainDraft(.tcp(proxy))
                chain.metadata = IstioMetadata.config(.virtualService, rule.metadata)
                chain.destinations = destinations
                if tcp.match.isEmpty || request.port.number == 0
                    || matches.contains(where: \.destinationSubnets.isEmpty)
                {
                    // Nothing after this can be reached.
                    return chains + [chain]
                }
                chain.destinations = matches.flatMap(\.destinationSubnets)
                chains.append(chain)
            }
        }
        var chain = FilterChainDraft(.tcp(serviceProxy(request)))
        chain.destinations = destinations
        if !chains.contains(where: { $0.match == chain.match }) { chains.append(chain) }
        return chains
    }

    /// TLS that the proxy does not open: told apart by server name, or by address where that says enough (rule 81).
    private func tlsChains(
        _ request: OutboundListenerTable.Request,
        destinations: [String],
        rules: [RoutingRule]
    ) -> [FilterChainDraft] {
        let context = view.routeContext(port: request.port.number)
        var chains: [FilterChainDraft] = []
        for rule in rules {
            for tls in rule.spec.tls where !tls.route.isEmpty {
                for match in tls.match {
                    let isAdmitted = context.admits(
                        port: match.port,
                        gateways: match.gateways,
                        labels: match.sourceLabels,
                        namespace: match.sourceNamespace
                    )
                    guard isAdmitted, let proxy = XDS.TCPProxy(tls.route, of: rule.metadata, in: context) else {
                        continue
                    }
                    var chain = FilterChainDraft(.tcp(proxy))
                    chain.metadata = IstioMetadata.config(.virtualService, rule.metadata)
                    chain.serverNames = match.sniHosts
                    let narrows = !match.destinationSubnets.isEmpty && request.port.number > 0
                    chain.destinations = narrows ? match.destinationSubnets : destinations
                    if !chains.contains(where: { $0.match == chain.match }) { chains.append(chain) }
                }
            }
        }
        guard chains.isEmpty else { return chains }
        var chain = FilterChainDraft(.tcp(serviceProxy(request)))
        chain.destinations = destinations
        let hasOwnAddress = view.addresses(of: request.service).first.map { !$0.contains("/") } ?? false
        if !destinations.isEmpty || (!hasOwnAddress && request.isWildcard) {
            chain.serverNames = [request.service.hostname.text]
            for alias in request.service.aliases {
                chain.serverNames.append(alias.text)
                chain.serverNames += VirtualHostDomains.abbreviations(of: alias.text, dnsDomain: view.dnsDomain)
            }
        }
        return [chain]
    }

    /// Connections to the service itself; on a Sidecar's own port, to the service's only port.
    private func serviceProxy(_ request: OutboundListenerTable.Request) -> XDS.TCPProxy {
        let ports = request.service.ports
        let port = ports.count == 1 ? ports.first?.number ?? request.port.number : request.port.number
        var proxy = XDS.TCPProxy(
            cluster: ClusterName.outbound(port: port, host: request.service.hostname.text),
            accessLog: AccessLogs(view.mesh).filter
        )
        proxy.apply(view.trafficPolicy(view.scope.destinationPolicy(for: request.service.hostname), port: port))
        proxy.applyIdleTimeout(of: view.node)
        return proxy
    }
}
