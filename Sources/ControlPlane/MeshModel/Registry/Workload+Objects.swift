import MeshConfig

extension Workload {
    /// A Pod; its locality is its node's, unless the label `istio-locality` says otherwise (`.` for `/`).
    init(pod: Resource<PodSpec>, nodeLabels: [String: String], cluster: ClusterSettings) {
        let labels = pod.metadata.labels
        let locality =
            labels["istio-locality"].map { Locality($0, separator: $0.contains("/") ? "/" : ".") }
            ?? Locality(
                region: nodeLabels["topology.kubernetes.io/region"] ?? "",
                zone: nodeLabels["topology.kubernetes.io/zone"] ?? "",
                subzone: nodeLabels["topology.istio.io/subzone"] ?? ""
            )
        self.init(
            source: ObjectKey(kind: .pod, namespace: pod.namespace, name: pod.name),
            address: pod.spec.podIP.isEmpty ? pod.spec.podIPs.first ?? "" : pod.spec.podIP,
            labels: labels,
            serviceAccount: pod.spec.serviceAccountName.isEmpty ? "default" : pod.spec.serviceAccountName,
            workloadName: labels["service.istio.io/workload-name"] ?? Self.deployment(of: pod),
            locality: locality,
            network: labels["topology.istio.io/network"] ?? cluster.network,
            nodeName: pod.spec.nodeName,
            cluster: cluster.clusterID,
            weight: 1,
            health: Self.health(of: pod.spec)
        )
        for container in pod.spec.containers {
            for port in container.ports where !port.name.isEmpty && ports[port.name] == nil {
                ports[port.name] = port.containerPort
            }
        }
    }

    /// A WorkloadEntry, or an endpoint of a ServiceEntry; labels of the object win over those of its spec.
    init(_ entry: WorkloadEntry, source: ObjectKey, metadataLabels: [String: String] = [:]) {
        let labels = entry.labels.merging(metadataLabels) { _, new in new }
        self.init(
            source: source,
            address: entry.address,
            labels: labels,
            serviceAccount: entry.serviceAccount,
            workloadName: labels["service.istio.io/workload-name"] ?? source.name,
            locality: entry.locality.isEmpty ? Locality(labels["istio-locality"] ?? "") : Locality(entry.locality),
            network: entry.network.isEmpty ? labels["topology.istio.io/network"] ?? "" : entry.network,
            nodeName: "",
            cluster: labels["topology.istio.io/cluster"] ?? "",
            weight: max(entry.weight, 1),
            health: .healthy,
            ports: entry.ports
        )
    }

    /// Files carry no status: a pod that says nothing counts as ready.
    private static func health(of pod: PodSpec) -> WorkloadEndpoint.Health {
        if pod.isTerminating { return .draining }
        return (pod.isReady ?? (pod.phase != .pending)) ? .healthy : .unhealthy
    }

    /// Name of the Deployment, read off the pod's name by its template hash; else the pod's name.
    private static func deployment(of pod: Resource<PodSpec>) -> String {
        guard let hash = pod.metadata.labels["pod-template-hash"], !hash.isEmpty else { return pod.name }
        var parts = pod.name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count > 2, parts[parts.count - 2] == hash[...] else { return pod.name }
        parts.removeLast(2)
        return parts.joined(separator: "-")
    }

    /// The workload as an endpoint at a port of its own.
    func endpoint(port: UInt32, of servicePort: Service.Port) -> WorkloadEndpoint {
        var endpoint = WorkloadEndpoint(address: .init(address), port: port)
        if case .unix = endpoint.address { endpoint.port = 0 }
        endpoint.servicePortName = servicePort.name
        endpoint.servicePort = servicePort.number
        endpoint.labels = labels
        endpoint.serviceAccount = serviceAccount
        endpoint.namespace = namespace
        endpoint.workloadName = workloadName
        endpoint.objectName = name
        endpoint.locality = locality
        endpoint.weight = weight
        endpoint.network = network
        endpoint.cluster = cluster
        endpoint.nodeName = nodeName
        endpoint.health = health
        endpoint.tlsMode = tlsMode
        return endpoint
    }

    /// The label decides; a WorkloadEntry with an identity is taken to have a sidecar (Istio
    /// `getTLSModeFromWorkloadEntry`).
    private var tlsMode: String {
        if let said = labels["security.istio.io/tlsMode"] { return said }
        return source.kind != .pod && !serviceAccount.isEmpty ? "istio" : "disabled"
    }
}
