import MeshConfig

/// Pods and WorkloadEntries, found by label, by name and by address.
struct WorkloadIndex {
    /// A label of a namespace's workloads.
    private struct LabelKey: Hashable {
        var namespace: String
        var name: String
        var value: String
    }

    private var all: [Workload] = []
    private(set) var byAddress: [String: Workload] = [:]
    private var indexesByLabel: [LabelKey: [Int]] = [:]
    private var podByName: [ObjectKey: Int] = [:]

    init(config: ConfigSnapshot, cluster: ClusterSettings) {
        var nodes: [String: [String: String]] = [:]
        for node in config.nodes { nodes[node.name] = node.metadata.labels }
        for pod in config.pods {
            guard pod.spec.phase != .succeeded, pod.spec.phase != .failed else { continue }
            add(pod, nodeLabels: nodes[pod.spec.nodeName] ?? [:], cluster: cluster)
        }
        for entry in config.workloadEntries {
            let workload = Workload(
                entry.spec,
                source: ObjectKey(kind: .workloadEntry, namespace: entry.namespace, name: entry.name),
                metadataLabels: entry.metadata.labels
            )
            add(workload)
            if !workload.address.isEmpty { byAddress[workload.address] = byAddress[workload.address] ?? workload }
        }
    }

    private mutating func add(_ pod: Resource<PodSpec>, nodeLabels: [String: String], cluster: ClusterSettings) {
        let workload = Workload(pod: pod, nodeLabels: nodeLabels, cluster: cluster)
        podByName[workload.source] = all.count
        add(workload)
        // Pods on the node's network share its address, so the address does not tell which of them it is.
        guard !pod.spec.hostNetwork else { return }
        for address in pod.spec.podIPs + [pod.spec.podIP] where !address.isEmpty && byAddress[address] == nil {
            byAddress[address] = workload
        }
    }

    private mutating func add(_ workload: Workload) {
        let index = all.count
        all.append(workload)
        for (name, value) in workload.labels {
            let key = LabelKey(namespace: workload.namespace, name: name, value: value)
            indexesByLabel[key, default: []].append(index)
        }
    }

    /// Workloads of a namespace that carry all labels of a selector, in the order of the configuration; none when the
    /// selector is empty. Cost: the workloads with the selector's rarest label.
    func workloads(in namespace: String, selectedBy selector: [String: String]) -> [Workload] {
        var candidates: [Int]?
        for (name, value) in selector {
            let found = indexesByLabel[LabelKey(namespace: namespace, name: name, value: value)] ?? []
            if found.count < candidates?.count ?? .max { candidates = found }
        }
        return (candidates ?? []).map { all[$0] }.filter { $0.labels.contains(all: selector) }
    }

    /// Pod by name; nil when unknown or ended.
    func pod(_ name: String, namespace: String) -> Workload? {
        podByName[ObjectKey(kind: .pod, namespace: namespace, name: name)].map { all[$0] }
    }
}
