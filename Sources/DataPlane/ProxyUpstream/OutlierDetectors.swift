internal import ProxyBalancing
internal import ProxySnapshot
internal import Synchronization

/// The outlier detection of every cluster that has one, shared by all workers of the proxy.
package final class OutlierDetectors: Sendable {
    private struct Entry {
        var revision: UInt64
        weak var detector: OutlierDetector?
    }

    private struct Entries {
        var byName: [String: Entry] = [:]
        /// The count at which entries of clusters that are gone are looked for.
        var limit = 64
    }

    private let entries = Mutex(Entries())

    package init() {}

    /// The endpoints of a cluster that are out of rotation now.
    func ejected(of cluster: Cluster) -> Set<EndpointAddress> {
        guard cluster.outlierDetection != nil else { return [] }
        let detector = entries.withLock { entries in
            entries.byName[cluster.name].flatMap { $0.revision == cluster.settingsRevision ? $0.detector : nil }
        }
        return detector?.ejected ?? []
    }

    /// The detector of a cluster: the same for all workers that have this version of it; `nil` if it wants none.
    ///
    /// A cluster with other settings begins anew, as Envoy's does. Called when configuration changes; `now` in
    /// milliseconds.
    func detector(for cluster: Cluster, now: Int64) -> OutlierDetector? {
        guard let limits = cluster.outlierDetection else { return nil }
        return entries.withLock { entries in
            let known = entries.byName[cluster.name]
            if let known, known.revision == cluster.settingsRevision, let detector = known.detector { return detector }
            let made = OutlierDetector(limits, now: now)
            // A worker that lags behind does not take the others' detector away.
            if let known, known.revision > cluster.settingsRevision, known.detector != nil { return made }
            if entries.byName.count >= entries.limit {
                entries.byName = entries.byName.filter { $0.value.detector != nil }
                entries.limit = max(64, 2 * entries.byName.count)
            }
            entries.byName[cluster.name] = Entry(revision: cluster.settingsRevision, detector: made)
            return made
        }
    }
}
