import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Listeners of a router: one for each port and address of its Gateways (Istio `buildGatewayListeners`). They are
/// sockets of their own; nothing is captured.
struct GatewayListeners {
    let view: ProxyView
    private let security: SecurityFilters

    init(view: ProxyView) {
        self.view = view
        security = SecurityFilters(view)
    }

    /// Listeners in the order of the ports; names are unique. A port to which nothing is routed has none.
    func listeners() -> [XDS.Listener] {
        view.scope.gateway.ports.filter(isAllowed).compactMap(listener)
    }

    /// Whether the proxy's user may open the port (Istio `UNPRIVILEGED_POD`).
    private func isAllowed(_ port: MergedGateway.Port) -> Bool {
        port.number >= 1024 || view.node.metadata["UNPRIVILEGED_POD"]?.text != "true"
    }

    private func listener(_ port: MergedGateway.Port) -> XDS.Listener? {
        guard let address = address(port) else { return nil }
        var listener = XDS.Listener()
        listener.name = "\(port.bind.isEmpty ? view.wildcard : port.bind)_\(port.number)"
        listener.address = address
        listener.trafficDirection = .outbound
        listener.accessLog = AccessLogs(view.mesh).listener
        if port.isPlainHTTP {
            listener.filterChains = [plainChain(port, listener: listener.name)]
            return listener
        }
        if port.isSecured { listener.listenerFilters = [.tlsInspector] }
        for member in port.members {
            for chain in GatewayChains(view: view, security: security, member: member, listener: listener.name).chains()
            // Of several with one match the first was there first, and Envoy would refuse the whole.
            where !listener.filterChains.contains(where: { $0.filterChainMatch == chain.filterChainMatch }) {
                listener.filterChains.append(chain)
            }
        }
        return listener.filterChains.isEmpty ? nil : listener
    }

    private func plainChain(_ port: MergedGateway.Port, listener: String) -> XDS.FilterChain {
        var manager = XDS.HTTPConnectionManager(
            .gateway,
            statPrefix: "outbound_\(listener);",
            routes: .discovered(port.routeName),
            mesh: view.mesh,
            node: view.node
        )
        if port.protocol.isHTTP2 { manager.http2ProtocolOptions = .init() }
        manager.secure(by: security)
        var chain = XDS.FilterChain()
        chain.filters = [manager.filter]
        return chain
    }

    private func address(_ port: MergedGateway.Port) -> XDS.Address? {
        if port.bind.hasPrefix("unix://") { return XDS.Address(pipe: String(port.bind.dropFirst("unix://".count))) }
        let address = port.bind.isEmpty ? view.wildcard : port.bind
        return IPAddress.isValid(address) ? XDS.Address(address, port: port.number) : nil
    }
}
