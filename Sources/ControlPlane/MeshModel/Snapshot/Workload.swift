package import MeshConfig

/// A workload by its address: a Pod or a WorkloadEntry.
package struct Workload: Sendable, Hashable {
    /// Object.
    package var source: ObjectKey
    /// Address of the workload, as written: an IP address, a DNS name or `unix:///path`.
    package var address: String
    /// Labels.
    package var labels: [String: String]
    /// Service account; `default` where a pod names none, empty where a WorkloadEntry names none.
    package var serviceAccount: String
    /// Name of the workload (the Deployment's for its pods).
    package var workloadName: String
    /// Where it runs.
    package var locality: Locality
    /// Network; empty for the default.
    package var network: String
    /// Node of Kubernetes; empty when unknown.
    package var nodeName: String
    /// Cluster ID; empty outside clusters.
    package var cluster: String
    /// Weight as an endpoint, at least 1.
    package var weight: UInt32
    /// Health as an endpoint.
    package var health: WorkloadEndpoint.Health
    /// Ports by name: of the pod's containers, or of the WorkloadEntry.
    package var ports: [String: UInt32] = [:]

    /// Namespace.
    package var namespace: String { source.namespace }
    /// Name of the object.
    package var name: String { source.name }
}
