import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// The listener that captured outgoing connections arrive at (rule 38; Istio `buildVirtualOutboundListener`).
///
/// It hands each over to the listener of its original destination and keeps what finds none.
enum VirtualOutbound {
    /// Listener; nil when nothing is captured.
    static func listener(_ view: ProxyView) -> XDS.Listener? {
        guard view.node.interceptionMode != .none else { return nil }
        var listener = XDS.Listener()
        listener.name = WellKnownName.virtualOutbound
        listener.address = XDS.Address(view.wildcard, port: view.mesh.proxyListenPort)
        listener.useOriginalDst = .init(true)
        listener.trafficDirection = .outbound
        if view.node.interceptionMode == .tproxy { listener.transparent = .init(true) }
        listener.accessLog = AccessLogs(view.mesh).listener

        // Connections to the port itself would be passed through to it without end.
        var blackhole = XDS.FilterChain()
        blackhole.name = WellKnownName.virtualOutboundBlackhole
        blackhole.filterChainMatch.destinationPort = .init(view.mesh.proxyListenPort)
        blackhole.filters = [XDS.TCPProxy(cluster: WellKnownName.blackHoleCluster).filter]
        var rest = XDS.FilterChain()
        rest.name = WellKnownName.virtualOutboundCatchAllTCP
        rest.filters = [catchAll(view)]
        listener.filterChains = [blackhole, rest]
        return listener
    }

    /// Filter for connections to nobody the mesh knows: let through or closed.
    static func catchAll(_ view: ProxyView) -> XDS.Filter {
        let cluster = view.unknownHostCluster ?? WellKnownName.blackHoleCluster
        var proxy = XDS.TCPProxy(cluster: cluster, accessLog: AccessLogs(view.mesh).filter)
        proxy.applyIdleTimeout(of: view.node)
        return proxy.filter
    }

    /// Explicit HTTP proxy on a port of its own (Istio `buildHTTPProxy`); nil where the mesh has none.
    static func httpProxy(_ view: ProxyView) -> XDS.Listener? {
        let own = view.node.metadata["HTTP_PROXY_PORT"]?.text.flatMap { UInt32($0) }
        let port = own ?? view.mesh.proxyHttpPort
        guard (1...65535).contains(port) else { return nil }
        var listener = XDS.Listener()
        listener.name = "\(view.loopback)_\(port)"
        listener.address = XDS.Address(view.loopback, port: port)
        listener.trafficDirection = .outbound
        listener.continueOnListenerFiltersTimeout = true
        listener.listenerFiltersTimeout = .zero
        var manager = XDS.HTTPConnectionManager(
            .outbound,
            statPrefix: "outbound_\(listener.name);",
            routes: .discovered(WellKnownName.httpProxyRoutes),
            mesh: view.mesh,
            node: view.node
        )
        manager.httpProtocolOptions.allowAbsoluteURL = .init(true)
        var chain = XDS.FilterChain()
        chain.filters = [manager.filter]
        listener.filterChains = [chain]
        return listener
    }
}
