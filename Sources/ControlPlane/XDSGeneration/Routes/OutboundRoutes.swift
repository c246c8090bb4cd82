import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Route configurations of a sidecar's outgoing calls, by the names its listeners ask for (Istio
/// `buildSidecarOutboundHTTPRouteConfig`): `PORT`, `HOST:PORT` on sniffed ports, `http_proxy`, or a Unix socket's path.
struct OutboundRoutes {
    var view: ProxyView

    /// Configuration of a name; one without virtual hosts when the proxy has nothing there, so that it can warm.
    func configuration(named name: String) -> XDS.RouteConfiguration {
        var configuration = XDS.RouteConfiguration()
        configuration.name = name
        configuration.validateClusters = .init(false)
        guard let target = Target(name), var listener = egressListener(target) else { return configuration }
        if let host = target.sniffedHost { listener.narrow(to: Hostname(host)) }
        let isEveryPort = target.port == 0 || PortProtocol(name: listener.port?.protocol ?? "") == .httpProxy
        var hosts = virtualHosts(of: listener, port: isEveryPort ? nil : target.port)
        if let host = target.sniffedHost {
            hosts.removeAll { !$0.domains.contains(host) && !$0.domains.contains(name) }
            if hosts.count == 1 { hosts[0].domains = ["*"] }
        } else if !hosts.contains(where: { $0.domains.contains("*") }) {
            hosts.append(catchAll)
        }
        configuration.virtualHosts = hosts
        configuration.maxDirectResponseBodySizeBytes = .init(
            UInt32(Envoy_Config_Route_V3_DirectResponseAction.largestBody)
        )
        configuration.ignorePortInHostMatching = true
        return configuration
    }

    /// What a name stands for.
    private struct Target {
        var port: UInt32
        var sniffedHost: String?
        var bind = ""

        init?(_ name: String) {
            if name == WellKnownName.httpProxyRoutes {
                port = 0
            } else if name.hasPrefix("unix://") || name.hasPrefix("/") {
                port = 0
                bind = name
            } else if let port = UInt32(name) {
                self.port = port
            } else if let colon = name.lastIndex(of: ":"), let port = UInt32(name[colon...].dropFirst()) {
                self.port = port
                sniffedHost = String(name[..<colon])
            } else {
                return nil
            }
        }
    }

    /// The listener that carries a port: its own, else the one for all ports (Istio `GetEgressListenerForRDS`).
    private func egressListener(_ target: Target) -> ProxyScope.EgressListener? {
        view.scope.egressListeners.first { listener in
            guard let port = listener.port else { return true }
            guard port.number == target.port else { return false }
            return port.number != 0 || listener.bind == target.bind
        }
    }

    /// Virtual hosts of a listener, sorted by name; nil for a port serves every port of every service.
    private func virtualHosts(of listener: ProxyScope.EgressListener, port: UInt32?) -> [XDS.VirtualHost] {
        guard let port else {
            let ports = Set(listener.services.flatMap(\.ports).map(\.number)).sorted()
            var names: Set<String> = []
            var domains = DomainClaims()
            return ports.flatMap { number in
                hosts(of: listener, port: number, writesPorts: true, domains: &domains).compactMap { host in
                    guard names.insert(host.name).inserted else { return nil }
                    var host = host
                    // Without a port a host means port 80.
                    if number != 80 { host.domains.removeAll { !$0.hasSuffix(":\(number)") } }
                    return host.domains.isEmpty ? nil : host
                }
            }
            .sorted { $0.name < $1.name }
        }
        var domains = DomainClaims()
        return hosts(of: listener, port: port, writesPorts: false, domains: &domains).sorted { $0.name < $1.name }
    }

    private func hosts(
        of listener: ProxyScope.EgressListener,
        port: UInt32,
        writesPorts: Bool,
        domains claims: inout DomainClaims
    ) -> [XDS.VirtualHost] {
        let context = view.routeContext(port: port)
        var services: [Hostname: Service] = [:]
        for service in listener.services where service.port(port) != nil && services[service.hostname] == nil {
            services[service.hostname] = service
        }
        claims.know(services.keys.map(\.text))
        var result: [XDS.VirtualHost] = []
        var names: Set<String> = []
        func add(_ host: String, domains: VirtualHostDomains, routes: [XDS.Route]) {
            let name = "\(IPAddress.bracketed(host)):\(port)"
            guard names.insert(name).inserted else { return }
            let claimed = claims.claim(domains)
            guard !claimed.isEmpty else { return }
            var virtualHost = XDS.VirtualHost()
            virtualHost.name = name
            virtualHost.domains = claimed
            virtualHost.routes = routes
            virtualHost.includeRequestAttemptCount = true
            result.append(virtualHost)
        }
        func add(_ service: Service, routes: [XDS.Route]) {
            let domains = VirtualHostDomains(
                service,
                addresses: view.addresses(of: service),
                port: writesPorts ? port : nil,
                dnsDomain: view.dnsDomain
            )
            add(service.hostname.text, domains: domains, routes: routes)
        }

        var ruled: Set<Hostname> = []
        for rule in listener.virtualServices {
            let claim = RuleClaim(rule, on: port, of: services, scope: view.scope)
            guard claim.isRelevant else { continue }
            let routes = XDS.Route.routes(of: rule, in: context)
            guard !routes.isEmpty else { continue }
            ruled.formUnion(claim.services.map(\.hostname))
            for host in claim.otherHosts {
                add(host, domains: VirtualHostDomains(host, port: writesPorts ? port : nil), routes: routes)
            }
            for service in claim.services { add(service, routes: routes) }
        }
        for service in listener.services where services[service.hostname]?.key == service.key {
            guard !ruled.contains(service.hostname), service.resolution != .alias, let own = service.port(port),
                own.protocol.isHTTP || own.protocol.isSniffed
            else { continue }
            add(service, routes: [.outboundDefault(service, port: port, in: context)])
        }
        return result
    }

    /// Virtual host of hosts nobody knows: let through or refused (Istio `buildCatchAllVirtualHost`).
    var catchAll: XDS.VirtualHost {
        var host = XDS.VirtualHost()
        host.domains = ["*"]
        host.includeRequestAttemptCount = true
        var route = XDS.Route()
        route.match = .everything
        if let cluster = view.unknownHostCluster {
            host.name = WellKnownName.allowAny
            route.route.cluster = cluster
            route.route.setTimeout(nil)
        } else {
            host.name = WellKnownName.blockAll
            route.directResponse.status = 502
        }
        route.name = host.name
        host.routes = [route]
        return host
    }
}

extension ProxyScope.EgressListener {
    /// Drops what has no bearing on one host: a mesh has as many such route configurations as sniffed ports.
    fileprivate mutating func narrow(to host: Hostname) {
        services.removeAll { $0.hostname != host }
        virtualServices.removeAll { rule in !rule.hosts.contains { $0.matches(host) } }
    }
}
