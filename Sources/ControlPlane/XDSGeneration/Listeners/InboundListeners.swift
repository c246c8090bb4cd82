import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Listeners towards the workload: one for everything captured, and sockets of their own where a Sidecar or the
/// absence of capture asks for them (rules 42, 43, 65; Istio `buildInboundListeners`).
struct InboundListeners {
    let view: ProxyView
    private let security: SecurityFilters

    init(view: ProxyView) {
        self.view = view
        security = SecurityFilters(view)
    }

    func listeners() -> [XDS.Listener] {
        var listeners: [XDS.Listener] = []
        var captured: [XDS.FilterChain] = []
        for port in InboundPort.all(view) {
            let chains = chains(for: port)
            if port.bindsToPort {
                listeners.append(listener(for: port, chains))
            } else {
                captured += chains
            }
        }
        if view.node.interceptionMode != .none { listeners.append(virtualInbound(captured)) }
        return listeners
    }

    private func virtualInbound(_ chains: [XDS.FilterChain]) -> XDS.Listener {
        // Connections to the port itself would be passed through to it without end.
        var blackhole = XDS.FilterChain()
        blackhole.name = WellKnownName.virtualInboundBlackhole
        blackhole.filterChainMatch.destinationPort = .init(view.mesh.proxyInboundListenPort)
        blackhole.filters = [XDS.TCPProxy(cluster: WellKnownName.blackHoleCluster).filter]

        var listener = XDS.Listener()
        listener.name = WellKnownName.virtualInbound
        listener.address = XDS.Address(view.wildcard, port: view.mesh.proxyInboundListenPort)
        listener.filterChains = [blackhole] + passthroughChains + chains
        if view.node.interceptionMode == .tproxy { listener.transparent = .init(true) }
        return finished(listener, isCaptured: true)
    }

    private func listener(for port: InboundPort, _ chains: [XDS.FilterChain]) -> XDS.Listener {
        var listener = XDS.Listener()
        listener.name = name(of: port)
        listener.address =
            port.bind.hasPrefix("unix://")
            ? XDS.Address(pipe: String(port.bind.dropFirst("unix://".count))) : XDS.Address(port.bind, port: port.port)
        // The port is the listener's own; nothing else can arrive.
        listener.filterChains = chains.map { chain in
            var chain = chain
            chain.filterChainMatch.clearDestinationPort()
            return chain
        }
        return finished(listener, isCaptured: false)
    }

    private func finished(_ listener: XDS.Listener, isCaptured: Bool) -> XDS.Listener {
        var listener = listener
        listener.trafficDirection = .inbound
        listener.continueOnListenerFiltersTimeout = true
        listener.listenerFiltersTimeout = .init(view.mesh.protocolDetectionTimeout)
        listener.accessLog = AccessLogs(view.mesh).listener
        if isCaptured {
            listener.listenerFilters.append(.originalDestination)
            if view.node.interceptionMode == .tproxy { listener.listenerFilters.append(.originalSource) }
        }
        listener.listenerFilters += XDS.ListenerFilter.inspectors(for: listener.filterChains)
        return listener
    }

    /// Chains for ports that no service names.
    private var passthroughChains: [XDS.FilterChain] {
        let policy = view.mutualTLS
        // A policy may name ports that no service and no Sidecar does.
        let declared = Set(declaredPorts)
        let reserved = ReservedPorts(view)
        let others = policy.ports.keys.filter { !declared.contains($0) && !reserved.contains($0) }.sorted()
        return passthroughChains(port: nil, policy.mode)
            + others.flatMap { passthroughChains(port: $0, policy.mode(port: $0)) }
    }

    private func passthroughChains(port: UInt32?, _ mode: MutualTLSMode) -> [XDS.FilterChain] {
        let cluster = WellKnownName.inboundPassthroughCluster
        return matches(.sniffed, mode).map { match in
            var chain = XDS.FilterChain()
            chain.filterChainMatch = match.filterChainMatch(port: port)
            if match.isMutualTLS { chain.transportSocket = .init(meshTLS.downstream(isHTTP: match.isHTTP)) }
            if match.isRefused {
                chain.name = WellKnownName.virtualInbound
                chain.filters = [refusal]
            } else if match.isHTTP {
                chain.name = WellKnownName.virtualInboundCatchAllHTTP
                let routes = inboundRoutes(cluster: cluster, host: "", port: 0, protocol: .unsupported)
                chain.filters = [manager(statPrefix: cluster, routes: routes, isHTTP2: false)]
            } else {
                chain.name = WellKnownName.virtualInbound
                let limits = view.mesh.defaultTrafficPolicy.connectionPool?.tcp
                chain.filters = security.network + [tcpProxy(cluster, limits)]
            }
            return chain
        }
    }

    private func chains(for port: InboundPort) -> [XDS.FilterChain] {
        let mode = view.mutualTLS.mode(port: port.port)
        // Istio: TLS of the port's own and of the mesh exclude one another.
        let own = mode == .disable ? port.tls.map { ServerTLS(settings: $0, mesh: view.mesh) } : nil
        let speaks = ListenerProtocol(port.protocol)
        return (own == nil ? matches(speaks, mode) : InboundMatch.terminated(speaks)).map { match in
            var chain = XDS.FilterChain()
            chain.name = name(of: port)
            chain.filterChainMatch = match.filterChainMatch(port: port.port)
            if let own {
                chain.transportSocket = .init(own.context)
            } else if match.isMutualTLS {
                chain.transportSocket = .init(meshTLS.downstream(isHTTP: match.isHTTP))
            }
            if let sidecar = port.sidecar { chain.metadata = IstioMetadata.config(.sidecar, sidecar) }
            if match.isRefused {
                chain.filters = [refusal]
            } else if match.isHTTP {
                let routes = inboundRoutes(
                    cluster: port.cluster,
                    host: port.host,
                    port: port.servicePort,
                    protocol: port.protocol
                )
                let prefix = "inbound_\(name(of: port))"
                chain.filters = [manager(statPrefix: prefix, routes: routes, isHTTP2: port.protocol.isHTTP2)]
            } else {
                chain.filters = security.network + [tcpProxy(port.cluster, port.policy?.connectionPool?.tcp)]
            }
            return chain
        }
    }

    private var meshTLS: MeshTLS { MeshTLS(mesh: view.mesh) }

    private func matches(_ protocol: ListenerProtocol, _ mode: MutualTLSMode) -> [InboundMatch] {
        view.hasIdentity
            ? InboundMatch.matches(`protocol`, mode) : InboundMatch.matchesWithoutIdentity(`protocol`, mode)
    }

    private var refusal: XDS.Filter {
        XDS.TCPProxy(cluster: WellKnownName.blackHoleCluster, accessLog: AccessLogs(view.mesh).filter).filter
    }

    /// Ports that have chains of their own, or are left to the proxy.
    private var declaredPorts: [UInt32] {
        view.scope.ingressListeners.isEmpty
            ? view.targets.map(\.targetPort) : view.scope.ingressListeners.compactMap(\.port?.number)
    }

    private func name(of port: InboundPort) -> String { "\(port.bind)_\(port.port)" }

    private func tcpProxy(_ cluster: String, _ limits: TCPSettings?) -> XDS.Filter {
        var proxy = XDS.TCPProxy(cluster: cluster, accessLog: AccessLogs(view.mesh).filter)
        proxy.apply(limits)
        proxy.applyIdleTimeout(of: view.node)
        return proxy.filter
    }

    private func manager(statPrefix: String, routes: XDS.RouteConfiguration, isHTTP2: Bool) -> XDS.Filter {
        var manager = XDS.HTTPConnectionManager(
            .inbound,
            statPrefix: statPrefix + ";",
            routes: .inline(routes),
            mesh: view.mesh,
            node: view.node
        )
        if isHTTP2 { manager.http2ProtocolOptions = .init() }
        manager.secure(by: security)
        return manager.filter
    }

    /// One virtual host for every host: the workload decides what it answers to (Istio
    /// `buildSidecarInboundHTTPRouteConfig`).
    private func inboundRoutes(
        cluster: String,
        host: String,
        port: UInt32,
        protocol: PortProtocol
    ) -> XDS.RouteConfiguration {
        var virtualHost = XDS.VirtualHost()
        virtualHost.name = "inbound|http|\(port)"
        virtualHost.domains = ["*"]
        virtualHost.routes = [
            .inbound(
                cluster: cluster,
                host: host,
                port: port,
                protocol: `protocol`,
                retries: view.mesh.defaultInboundHttpRetryPolicy
            )
        ]
        var configuration = XDS.RouteConfiguration()
        configuration.name = cluster
        configuration.validateClusters = .init(false)
        configuration.virtualHosts = [virtualHost]
        return configuration
    }
}
