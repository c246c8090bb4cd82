import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Listeners of a sidecar's outgoing calls: one per address and port, HTTP ports shared (Istio
/// `buildSidecarOutboundListeners`).
///
/// Services are taken oldest first, so the same mesh always gives the same listeners.
struct OutboundListeners {
    let view: ProxyView

    /// Listeners, sorted by name.
    func listeners() -> [XDS.Listener] {
        var table = OutboundListenerTable()
        for listener in view.scope.egressListeners {
            let binding = Binding(listener, view: view)
            if let port = listener.port {
                let listenPort = Service.Port(
                    name: port.name,
                    number: port.number,
                    protocol: PortProtocol(name: port.protocol)
                )
                guard binding.isAvailable(listenPort, view: view) else { continue }
                for service in listener.services {
                    add(service, port: listenPort, binding: binding, of: listener, to: &table)
                }
            } else {
                table.lock()
                for service in listener.services {
                    for port in service.ports where binding.isAvailable(port, view: view) {
                        addPort(port, of: service, binding: binding, of: listener, to: &table)
                    }
                }
            }
        }
        return table.entries.values.compactMap(listener).sorted { $0.name < $1.name }
    }

    /// Headless TCP: the caller chose a pod, so each pod's address gets a listener of its own (rule 80).
    private func addPort(
        _ port: Service.Port,
        of service: Service,
        binding: Binding,
        of listener: ProxyScope.EgressListener,
        to table: inout OutboundListenerTable
    ) {
        let needsPodListeners =
            binding.address.isEmpty && service.resolution == .originalDestination
            && view.addresses(of: service).isEmpty && (port.protocol.isTCP || port.protocol.isSniffed)
        guard needsPodListeners else {
            add(service, port: port, binding: binding, of: listener, to: &table)
            return
        }
        let endpoints = view.endpoints(of: service, port: port.number)
        if service.registry != .kubernetes && endpoints.isEmpty && service.selector.isEmpty {
            add(service, port: port, binding: binding, of: listener, to: &table)
            return
        }
        for endpoint in endpoints {
            guard case .ip(let address) = endpoint.address, IPAddress.isValid(address) else { continue }
            guard address != view.node.ipAddresses.first else { continue }
            var own = binding
            own.address = address
            add(service, port: port, binding: own, of: listener, to: &table)
        }
    }

    private func add(
        _ service: Service,
        port: Service.Port,
        binding: Binding,
        of listener: ProxyScope.EgressListener,
        to table: inout OutboundListenerTable
    ) {
        guard service.resolution != .alias, port.protocol != .udp else { return }
        guard binding.address.isEmpty else {
            merge(service, port: port, binding: binding, of: listener, to: &table)
            return
        }
        var binding = binding
        let addresses = port.protocol.isHTTP ? [] : view.addresses(of: service)
        for address in addresses where IPAddress.isValid(address) {
            binding.address = address
            merge(service, port: port, binding: binding, of: listener, to: &table)
        }
        let ranges = addresses.filter { $0.contains("/") }
        if addresses.isEmpty || !ranges.isEmpty {
            binding.address = view.wildcard
            merge(service, port: port, binding: binding, destinations: ranges, of: listener, to: &table)
        }
    }

    private func merge(
        _ service: Service,
        port: Service.Port,
        binding: Binding,
        destinations: [String] = [],
        of listener: ProxyScope.EgressListener,
        to table: inout OutboundListenerTable
    ) {
        let request = OutboundListenerTable.Request(
            service: service,
            port: port,
            binding: binding,
            isWildcard: binding.address == view.wildcard,
            speaksToMesh: port.protocol.isSniffed && speaksToMesh(service, port: port)
        )
        table.add(
            request,
            http: { FilterChainDraft(.http(routes: self.routeName(request))) },
            tcp: {
                let rules = listener.virtualServices.filter { rule in
                    rule.hosts.contains { $0.matches(service.hostname) }
                }
                return self.tcpChains(request, destinations: destinations, rules: rules)
            }
        )
    }

    private func speaksToMesh(_ service: Service, port: Service.Port) -> Bool {
        let rule = view.scope.destinationPolicy(for: service.hostname)
        let policies = [nil] + (rule?.subsets ?? []).map { Optional($0.name) }
        return policies.contains { subset in
            let policy = view.trafficPolicy(rule, subset: subset, port: port.number)
            switch view.outboundTLS(to: service, port: port.number, rule: rule, policy: policy) {
            case .automatic, .mesh: return true
            case .plaintext, .origination: return false
            }
        }
    }

    /// Sniffed ports of one service have routes of their own; every other port shares them (rule 39).
    private func routeName(_ request: OutboundListenerTable.Request) -> String {
        if request.port.number == 0 { return request.binding.address }
        if request.port.protocol.isSniffed && !request.isWildcard {
            return "\(request.service.hostname):\(request.port.number)"
        }
        return String(request.port.number)
    }

    private func listener(_ entry: OutboundListenerTable.Entry) -> XDS.Listener? {
        guard let address = entry.binding.xdsAddress(port: entry.port.number) else { return nil }
        var listener = XDS.Listener()
        listener.name = entry.binding.listenerName(port: entry.port.number)
        listener.address = address
        listener.trafficDirection = .outbound
        listener.continueOnListenerFiltersTimeout = true
        if !entry.binding.bindsToPort { listener.bindToPort = .init(false) }
        if entry.chains.contains(where: { !$0.serverNames.isEmpty }) { listener.listenerFilters.append(.tlsInspector) }
        if entry.chains.contains(where: { !$0.applicationProtocols.isEmpty }) {
            listener.listenerFilters.append(.httpInspector)
            listener.listenerFiltersTimeout = .init(view.mesh.protocolDetectionTimeout)
        } else {
            listener.listenerFiltersTimeout = .zero
        }
        for draft in entry.chains {
            let chain = filterChain(draft, listener: listener.name)
            if draft.match == nil {
                // Of several that match everything the first was there first.
                if !listener.hasDefaultFilterChain { listener.defaultFilterChain = chain }
            } else if !listener.filterChains.contains(where: { $0.filterChainMatch == chain.filterChainMatch }) {
                listener.filterChains.append(chain)
            }
        }
        if listener.filterChains.isEmpty {
            listener.filterChains = [listener.defaultFilterChain]
            listener.clearDefaultFilterChain()
        } else if !listener.hasDefaultFilterChain {
            // What no chain wants may still be meant for somebody outside the mesh.
            listener.defaultFilterChain.name = WellKnownName.passthroughFilterChain
            listener.defaultFilterChain.filterChainMatch = .init()
            listener.defaultFilterChain.filters = [VirtualOutbound.catchAll(view)]
        }
        return listener
    }

    private func filterChain(_ draft: FilterChainDraft, listener: String) -> XDS.FilterChain {
        var chain = XDS.FilterChain()
        if let match = draft.match { chain.filterChainMatch = match }
        if let metadata = draft.metadata { chain.metadata = metadata }
        switch draft.target {
        case .http(let routes, let tellsPeers):
            var manager = XDS.HTTPConnectionManager(
                .outbound,
                statPrefix: "outbound_\(listener);",
                routes: .discovered(routes),
                mesh: view.mesh,
                node: view.node
            )
            if tellsPeers { manager.httpFilters.insert(.peerProtocol, at: 0) }
            chain.filters = [manager.filter]
        case .tcp(let proxy):
            chain.filters = [proxy.filter]
        }
        return chain
    }
}
