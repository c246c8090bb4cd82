import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// Clusters every proxy has (rule 36).
enum BuiltInClusters {
    /// Endpoint of what must not be: it has none.
    static func blackHole(_ mesh: MeshConfiguration) -> XDS.Cluster {
        var draft = ClusterDraft(name: WellKnownName.blackHoleCluster, type: .static, mesh: mesh)
        draft.cluster.lbPolicy = .roundRobin
        return draft.build()
    }

    /// To wherever the caller meant to go.
    static func passthrough(_ mesh: MeshConfiguration) -> XDS.Cluster {
        passthrough(WellKnownName.passthroughCluster, mesh).build()
    }

    /// To ports of the workload that no service names; the source address keeps capture from taking it again.
    static func inboundPassthrough(_ view: ProxyView) -> XDS.Cluster {
        var draft = passthrough(WellKnownName.inboundPassthroughCluster, view.mesh)
        draft.bindSource(view.inboundSource)
        return draft.build()
    }

    private static func passthrough(_ name: String, _ mesh: MeshConfiguration) -> ClusterDraft {
        var draft = ClusterDraft(name: name, type: .originalDst, mesh: mesh)
        draft.cluster.lbPolicy = .clusterProvided
        draft.followCaller()
        draft.httpOptions?.commonHTTPProtocolOptions.idleTimeout = .init(.seconds(300))
        draft.apply(mesh.defaultTrafficPolicy.connectionPool, retryBudget: nil, mesh: mesh)
        return draft
    }
}

/// Clusters of the workload's own ports (Istio `buildInboundClusters`).
struct InboundClusters {
    let view: ProxyView

    func clusters() -> [XDS.Cluster] {
        InboundPort.all(view).map(cluster)
    }

    private func cluster(_ port: InboundPort) -> XDS.Cluster {
        var draft = ClusterDraft(
            name: port.cluster,
            type: port.endpoint == nil ? .originalDst : .static,
            mesh: view.mesh
        )
        draft.nameStatistics(view.mesh.inboundClusterStatName, port)
        draft.speak(port.protocol, isSidecar: true)
        switch port.endpoint {
        case .ip(let address, let number): draft.setEndpoint(XDS.Address(address, port: number))
        case .unix(let path): draft.setEndpoint(XDS.Address(pipe: path))
        case nil:
            // The workload's address never goes stale, so hosts are kept for good (Istio's longest interval).
            draft.cluster.cleanupInterval = .init(.seconds(9_223_372_035))
        }
        draft.apply(port.policy?.connectionPool, retryBudget: port.policy?.retryBudget, mesh: view.mesh)
        draft.cluster.lbPolicy = port.endpoint == nil ? .clusterProvided : .leastRequest
        if !(port.endpoint?.isLoopback ?? false) { draft.bindSource(view.inboundSource) }
        if !port.services.isEmpty { draft.cluster.metadata.setServices(port.services) }
        return draft.build()
    }
}

extension ClusterDraft {
    fileprivate mutating func bindSource(_ address: String) {
        cluster.upstreamBindConfig.sourceAddress.address = address
        cluster.upstreamBindConfig.sourceAddress.portValue = 0
    }

    fileprivate mutating func setEndpoint(_ address: XDS.Address) {
        var endpoint = XDS.LbEndpoint()
        endpoint.endpoint.address = address
        var group = XDS.LocalityLbEndpoints()
        group.lbEndpoints = [endpoint]
        cluster.loadAssignment.clusterName = cluster.name
        cluster.loadAssignment.endpoints = [group]
    }
}
