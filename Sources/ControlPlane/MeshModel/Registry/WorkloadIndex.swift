import MeshConfig

/// Pods and WorkloadEntries, found by label, by name and by address.
struct WorkloadIndex {
    /// A label of a namespace's workloads.
    private struct LabelKey: Hashable {
        var namespace: String
        var name: String
        var value: String
    }

    /// A workload with what its kind says about ports.
    struct Entry {
        var workload: Workload
        /// Ports by name: of the containers, or of the WorkloadEntry.
        var ports: [String: UInt32]
        var isPod: Bool { workload.source.kind == .pod }
    }

    private(set) var entries: [Entry] = []
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
            add(Entry(workload: workload, ports: entry.spec.ports))
            if !workload.address.isEmpty { byAddress[workload.address] = byAddress[workload.address] ?? workload }
        }
    }

    private mutating func add(_ pod: Resource<PodSpec>, nodeLabels: [String: String], cluster: ClusterSettings) {
        let workload = Workload(pod: pod, nodeLabels: nodeLabels, cluster: cluster)
        var ports: [String: UInt32] = [:]
        for container in pod.spec.containers {
            for port in container.ports where !port.name.isEmpty && ports[port.name] == nil {
                ports[port.name] = port.containerPort
            }
        }
        podByName[workload.source] = entries.count
        add(Entry(workload: workload, ports: ports))
        // Pods on the node's network share its address, so the address does not tell which of them it is.
        guard !pod.spec.hostNetwork else { return }
        for address in pod.spec.podIPs + [pod.spec.podIP] where !address.isEmpty && byAddress[address] == nil {
            byAddress[address] = workload
        }
    }

    private mutating func add(_ entry: Entry) {
        let index = entries.count
        entries.append(entry)
        for (name, value) in entry.workload.labels {
            let key = LabelKey(namespace: entry.workload.namespace, name: name, value: value)
            indexesByLabel[key, default: []].append(index)
        }
    }

    /// Workloads of a namespace that carry all labels of a selector, in the order of the configuration; none when the
    /// selector is empty. Cost: the workloads with the selector's rarest label.
    func workloads(in namespace: String, selectedBy selector: [String: String]) -> [Entry] {
        var candidates: [Int]?
        for (name, value) in selector {
            let found = indexesByLabel[LabelKey(namespace: namespace, name: name, value: value)] ?? []
            if found.count < candidates?.count ?? .max { candidates = found }
        }
        return (candidates ?? []).map { entries[$0] }.filter { $0.workload.labels.contains(all: selector) }
    }

    /// Pod by name; nil when unknown or ended.
    func pod(_ name: String, namespace: String) -> Workload? {
        podByName[ObjectKey(kind: .pod, namespace: namespace, name: name)].map { entries[$0].workload }
    }
}
