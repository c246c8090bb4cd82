import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Filter chains of one server of a Gateway that is not plain HTTP (Istio `createGatewayHTTPFilterChainOpts`,
/// `createGatewayTCPFilterChainOpts`).
struct GatewayChains {
    let view: ProxyView
    let security: SecurityFilters
    let member: MergedGateway.Member
    let listener: String

    /// One chain for the server, or one for each rule that tells callers apart by the name they ask for.
    func chains() -> [XDS.FilterChain] {
        if let routes = member.secureRouteName { return [requests(routes)].compactMap(\.self) }
        switch (member.tls, member.passesThrough) {
        case (_?, true): return member.tls?.mode == .passthrough ? passthrough() : []
        case (let tls?, false): return [connections(tls)].compactMap(\.self)
        case (nil, _): return [connections(nil)].compactMap(\.self)
        }
    }

    /// HTTPS that is opened, with routes of its own.
    private func requests(_ routes: String) -> XDS.FilterChain? {
        guard let tls = member.tls, let socket = socket(tls, isTCP: false) else { return nil }
        var manager = XDS.HTTPConnectionManager(
            .gateway,
            statPrefix: "outbound_\(listener);",
            routes: .discovered(routes),
            mesh: view.mesh,
            node: view.node
        )
        manager.secure(by: security)
        var draft = FilterChainDraft(.http(routes: routes))
        draft.serverNames = member.hosts.map(\.host.text)
        var chain = chain(draft, [manager.filter])
        chain.transportSocket = socket
        return chain
    }

    /// Connections, opened first where the server has TLS; the first rule that fits has them all.
    private func connections(_ tls: ServerTLSSettings?) -> XDS.FilterChain? {
        guard member.protocol != .https, member.protocol != .udp else { return nil }
        let context = self.context
        for rule in rules {
            for route in rule.spec.tcp where !route.route.isEmpty {
                let isMeant =
                    route.match.isEmpty
                    || route.match.contains { match in
                        context.admits(port: match.port, gateways: match.gateways, labels: [:], namespace: "")
                    }
                guard isMeant, let proxy = XDS.TCPProxy(route.route, of: rule.metadata, in: context) else { continue }
                var draft = FilterChainDraft(.tcp(proxy))
                draft.metadata = IstioMetadata.config(.virtualService, rule.metadata)
                guard let tls else { return chain(draft, security.network + [proxy.filter]) }
                guard let socket = socket(tls, isTCP: true) else { return nil }
                draft.serverNames = member.hosts.map(\.host.text)
                var chain = chain(draft, security.network + [proxy.filter])
                chain.transportSocket = socket
                return chain
            }
        }
        return nil
    }

    /// TLS that nobody opens, by the server name of each rule.
    private func passthrough() -> [XDS.FilterChain] {
        let context = self.context
        return rules.flatMap { rule in
            rule.spec.tls.filter { !$0.route.isEmpty }.flatMap { route in
                route.match.compactMap { match in
                    let isMeant = context.admits(
                        port: match.port,
                        gateways: match.gateways,
                        labels: [:],
                        namespace: ""
                    )
                    guard isMeant, let proxy = XDS.TCPProxy(route.route, of: rule.metadata, in: context) else {
                        return nil
                    }
                    var draft = FilterChainDraft(.tcp(proxy))
                    draft.metadata = IstioMetadata.config(.virtualService, rule.metadata)
                    draft.serverNames = match.sniHosts
                    return chain(draft, security.network + [proxy.filter])
                }
            }
        }
    }

    /// Rules bound to the Gateway that share a host with the server.
    private var rules: [RoutingRule] {
        view.scope.virtualServices(gateway: member.gatewayName).filter { rule in
            !member.hosts.shared(with: rule.hosts, of: rule.namespace).isEmpty
        }
    }

    private var context: RouteContext { view.routeContext(port: member.port, gateway: member.gatewayName) }

    /// TLS of the server; nil where it would need a certificate of the mesh that the router does not have.
    private func socket(_ tls: ServerTLSSettings, isTCP: Bool) -> XDS.TransportSocket? {
        guard tls.mode != .istioMutual || view.hasIdentity else { return nil }
        return .init(ServerTLS(settings: tls, mesh: view.mesh, isTCP: isTCP).context)
    }

    private func chain(_ draft: FilterChainDraft, _ filters: [XDS.Filter]) -> XDS.FilterChain {
        var chain = XDS.FilterChain()
        if let match = draft.match { chain.filterChainMatch = match }
        if let metadata = draft.metadata { chain.metadata = metadata }
        chain.filters = filters
        return chain
    }
}
