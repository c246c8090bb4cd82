internal import ProxyBalancing
internal import ProxySnapshot

/// The outlier detection of every cluster that has one, shared by all workers of the proxy.
package final class OutlierDetectors: Sendable {
    private let detectors = SharedByCluster<OutlierDetector>()

    package init() {}

    /// The endpoints of a cluster that are out of rotation now.
    func ejected(of cluster: Cluster) -> Set<EndpointAddress> {
        guard cluster.outlierDetection != nil else { return [] }
        return detectors.existing(for: cluster)?.ejected ?? []
    }

    /// The detector of a cluster: the same for all workers that have this version of it; `nil` if it wants none.
    ///
    /// Called when configuration changes; `now` in milliseconds.
    func detector(for cluster: Cluster, now: Int64) -> OutlierDetector? {
        guard let limits = cluster.outlierDetection else { return nil }
        return detectors.shared(for: cluster) { OutlierDetector(limits, now: now) }
    }
}
