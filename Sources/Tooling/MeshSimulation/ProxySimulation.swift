import EnvoyAPI
import MeshConfig
package import MeshModel
package import ProxySnapshot
import SwiftProtobuf
import XDSGeneration

/// One proxy in memory: the resources the control plane would send it, read the way our proxy reads them.
///
/// Pure and repeatable; no sockets.
package struct ProxySimulation {
    /// The mesh the proxy is part of.
    package let configuration: SimulatedConfiguration
    package let node: ProxyNode
    /// What the proxy would serve by.
    package let snapshot: ProxySnapshot
    /// Resources that our proxy refuses.
    package let rejections: [Rejection]
    /// What our proxy leaves out of accepted resources.
    package let warnings: [ResourceWarning]

    private let generator = ResourceGenerator()

    /// Generates and reads everything for `node`.
    package init(_ configuration: SimulatedConfiguration, node: ProxyNode) {
        self.configuration = configuration
        self.node = node
        var builder = Self.builder(for: ProxyView(node, in: configuration.mesh))
        let generator = generator
        let mesh = configuration.mesh
        func updates(_ resources: [GeneratedResource]) -> [ResourceUpdate] {
            resources.map { ResourceUpdate(name: $0.name, version: $0.version, resource: $0.body) }
        }
        _ = builder.apply(.cluster, upserts: updates(generator.generate(.cluster, for: node, in: mesh)))
        let endpoints = builder.wantedEndpoints
        _ = builder.apply(
            .loadAssignment,
            upserts: updates(generator.generate(.endpoint, for: node, in: mesh, names: endpoints))
        )
        _ = builder.apply(.listener, upserts: updates(generator.generate(.listener, for: node, in: mesh)))
        let routes = builder.wantedRoutes
        _ = builder.apply(
            .routeConfiguration,
            upserts: updates(generator.generate(.route, for: node, in: mesh, names: routes))
        )
        snapshot = builder.snapshot() ?? ProxySnapshot()
        rejections = builder.rejections
        warnings = builder.warnings
    }

    /// The proxy's reader of resources; it asks for the proxy's like if the metadata says so (Istio
    /// `ENABLE_SELF_DISCOVERY`).
    private static func builder(for view: ProxyView) -> SnapshotBuilder {
        let place = view.locality
        guard view.node.metadata["ENABLE_SELF_DISCOVERY"]?.text == "true", !place.isEmpty else {
            return SnapshotBuilder()
        }
        return SnapshotBuilder(
            localLocality: .init(region: place.region, zone: place.zone, subZone: place.subzone)
        )
    }

    /// What a router listens for.
    var gateway: MergedGateway { configuration.mesh.scope(for: node).gateway }
    /// Gateways that select the proxy.
    var gatewayKeys: [ObjectKey] { configuration.mesh.scopeKey(for: node).gateways }

    /// `rejections` in words.
    package var refusals: [String] { rejections.map { "refused by the proxy: \($0.name): \($0.reason)" } }

    /// Answers a whole request; `now` in seconds since 1970, by which tokens are judged.
    package func answer(calls: [SimulatedCall], routes: [String], now: Int64? = nil) -> SimulationAnswer {
        var answer = SimulationAnswer()
        answer.results = calls.map { result(of: $0, now: now) }
        let view = ProxyView(node, in: configuration.mesh)
        for name in routes {
            answer.routes[name] = Self.clustersByDomain(generator.route(named: name, for: view))
        }
        for cluster in snapshot.clusters {
            answer.clusters[cluster.name] = ClusterResult(
                endpoints: cluster.endpoints.endpoints.map(\.address.text),
                services: cluster.metadataService
            )
        }
        return answer
    }

    private static func clustersByDomain(
        _ table: Envoy_Config_Route_V3_RouteConfiguration
    ) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for host in table.virtualHosts {
            let clusters = host.routes.flatMap { route -> [String] in
                switch route.route.clusterSpecifier {
                case .cluster(let name)?: [name]
                case .weightedClusters(let split)?: split.clusters.map(\.name)
                case .clusterHeader?, nil: []
                }
            }
            for domain in host.domains { result[domain] = clusters }
        }
        return result
    }
}

extension EndpointAddress {
    /// `ip:port`, `name:port` or the path of a socket.
    var text: String {
        switch self {
        case .socket(let address): address.description
        case .name(let name, let port): "\(name):\(port)"
        case .pipe(let path): path
        }
    }
}
