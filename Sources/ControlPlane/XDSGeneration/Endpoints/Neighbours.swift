import MeshModel

/// The workloads that carry the same load as a proxy: what an Envoy compares the zones of its upstreams with (Istio
/// `isSelfDiscoveryCluster`).
///
/// They stand behind the same port of the proxy's first service, in its region, and are of the same workload and
/// ReplicaSet: across those load is spread evenly.
struct Neighbours {
    private let view: ProxyView
    /// Port of the proxy's own service that counts; nil for a proxy that no service names.
    let target: ServiceTarget?
    /// What the endpoints share with the proxy.
    let traits: Traits

    /// What neighbours have in common.
    struct Traits: Hashable {
        var workloadName: String
        var region: String
        var replicaSets: [String]
    }

    private static let replicaSetLabels = ["pod-template-hash", "rollouts-pod-template-hash"]

    init(_ view: ProxyView) {
        self.view = view
        target = view.targets.first
        traits = Traits(
            workloadName: view.workloadName,
            region: view.locality.region,
            replicaSets: Self.replicaSetLabels.map { view.node.labels[$0] ?? "" }
        )
    }

    /// The proxy itself among them once it is ready.
    var endpoints: [WorkloadEndpoint] {
        guard let target else { return [] }
        return view.endpoints(of: target.service, port: target.servicePort.number).filter { endpoint in
            let own = Traits(
                workloadName: endpoint.workloadName,
                region: endpoint.locality.region,
                replicaSets: Self.replicaSetLabels.map { endpoint.labels[$0] ?? "" }
            )
            if case .ip = endpoint.address { return own == traits }
            return false
        }
    }
}
