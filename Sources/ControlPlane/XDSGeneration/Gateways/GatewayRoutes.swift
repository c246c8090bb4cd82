import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Route configurations of a router: `http.PORT` or `http.PORT.BIND` for all servers of a port,
/// `https.PORT.NAME.GATEWAY.NAMESPACE` for one that terminates HTTPS (Istio `buildGatewayHTTPRouteConfig`).
struct GatewayRoutes {
    let view: ProxyView

    /// Configuration of a name; one without virtual hosts when no server is there (any longer), so that listeners can
    /// warm and drain.
    func configuration(named name: String) -> XDS.RouteConfiguration {
        var configuration = XDS.RouteConfiguration()
        configuration.name = name
        configuration.validateClusters = .init(false)
        let members = members(named: name)
        guard let first = members.first else { return configuration }
        configuration.virtualHosts = virtualHosts(members, port: first.port)
        configuration.maxDirectResponseBodySizeBytes = .init(
            UInt32(Envoy_Config_Route_V3_DirectResponseAction.largestBody)
        )
        configuration.ignorePortInHostMatching = true
        return configuration
    }

    /// Servers whose requests a configuration routes; none when there is no such name.
    private func members(named name: String) -> [MergedGateway.Member] {
        let ports = view.scope.gateway.ports
        if let port = ports.first(where: { $0.isPlainHTTP && $0.routeName == name }) { return port.members }
        return ports.flatMap(\.members).first { $0.secureRouteName == name }.map { [$0] } ?? []
    }

    private func virtualHosts(_ members: [MergedGateway.Member], port: UInt32) -> [XDS.VirtualHost] {
        var table = GatewayHostTable()
        var routes: [GatewayHostTable.Source: [XDS.Route]] = [:]
        for member in members {
            let context = view.routeContext(port: member.port, gateway: member.gatewayName)
            for rule in view.scope.virtualServices(gateway: member.gatewayName) {
                let hosts = member.hosts.shared(with: rule.hosts, of: rule.namespace)
                guard !hosts.isEmpty else { continue }
                let source = GatewayHostTable.Source(
                    rule: rule.key,
                    gateway: member.gatewayName,
                    port: member.port
                )
                if routes[source] == nil { routes[source] = XDS.Route.routes(of: rule, in: context) }
                guard routes[source]?.isEmpty == false else { continue }
                for host in hosts { table.add(source, to: host, of: member) }
            }
            guard member.redirectsToHTTPS, member.protocol.isHTTP else { continue }
            for host in member.hosts { table.redirect(host.host, of: member) }
        }
        if table.isEmpty { return [blackhole(port: port)] }
        return table.groups.map { group in
            var host = XDS.VirtualHost()
            host.name = "\(IPAddress.bracketed(group.name.text)):\(group.port)"
            host.domains = group.hosts.map { IPAddress.bracketed($0.text) }
            host.routes = Self.ordered(group.sources.flatMap { routes[$0] ?? [] })
            host.includeRequestAttemptCount = true
            if group.redirectsToHTTPS { host.requireTls = .all }
            return host
        }
        .sorted { $0.name < $1.name }
    }

    /// Rules of one host follow one another; only what matches every request goes last (Istio `SortVHostRoutes`).
    private static func ordered(_ routes: [XDS.Route]) -> [XDS.Route] {
        routes.filter { !$0.match.isCatchAll } + routes.filter(\.match.isCatchAll)
    }

    /// Answers 404 to every request.
    private func blackhole(port: UInt32) -> XDS.VirtualHost {
        var host = XDS.VirtualHost()
        host.name = "blackhole:\(port)"
        host.domains = ["*"]
        return host
    }
}
