import DiscoveryServer
import Foundation
import MeshModel

/// The first page a user sees: services and the proxies that are connected. Pure HTML; it reads itself anew.
enum DashboardPage {
    static func html(_ snapshot: MeshSnapshot, _ clients: [DiscoveryStatus]) -> String {
        let endpoints = Dictionary(grouping: EndpointEntry.all(in: snapshot)) { $0.svc }
        let services = snapshot.services.map(RegistryEntry.init).sorted { $0.hostname < $1.hostname }.map { service in
            let ports = service.ports.map { "\($0.port) \($0.protocol)" }.joined(separator: ", ")
            let workloads = Set(
                service.ports.flatMap { port in
                    endpoints["\(service.hostname):\(port.name)", default: []].flatMap { $0.ep.map(\.workload) }
                }
            )
            return row([service.hostname, ports, workloads.sorted().joined(separator: ", ")])
        }
        let proxies = clients.sorted { $0.nodeID < $1.nodeID }.map { client in
            let parts = client.nodeID.split(separator: "~").map(String.init)
            return row([parts.count == 4 ? parts[2] : client.nodeID, client.userAgent, "\(client.types.count) types"])
        }
        return """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Martlet</title>
            <meta http-equiv="refresh" content="5">
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem }
            table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem;
            border-bottom: 1px solid #ddd }
            </style></head><body><h1>Martlet</h1>
            <h2>\(services.count) services</h2>
            <table><tr><th>host</th><th>ports</th><th>workloads</th></tr>\(services.joined())</table>
            <h2>\(proxies.count) proxies connected</h2>
            <table><tr><th>pod</th><th>agent</th><th>subscribed</th></tr>\(proxies.joined())</table>
            <p><a href="/debug">debug pages</a></p></body></html>

            """
    }

    private static func row(_ cells: [String]) -> String {
        "<tr>" + cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
