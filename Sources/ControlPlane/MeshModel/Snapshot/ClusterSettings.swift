/// Facts about the cluster that configuration does not hold; read once when the control plane starts.
package struct ClusterSettings: Sendable, Hashable {
    /// Domain of Kubernetes services.
    package var domain = "cluster.local"
    /// ID of the cluster (Istio `CLUSTER_ID`), written on the endpoints of its pods.
    package var clusterID = "Kubernetes"
    /// Network of the cluster's pods; empty for the default.
    package var network = ""

    /// Istio's defaults.
    package init() {}
}
