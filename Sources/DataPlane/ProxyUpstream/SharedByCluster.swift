internal import ProxySnapshot
internal import Synchronization

/// What all workers of the proxy keep together for a cluster as long as one of them has it, by the cluster's name and
/// settings: a cluster with other settings begins anew, as Envoy's does.
final class SharedByCluster<Shared: AnyObject & Sendable>: Sendable {
    private struct Entry {
        var revision: UInt64
        weak var shared: Shared?
    }

    private struct Entries {
        var byName: [String: Entry] = [:]
        /// The count at which entries of clusters that are gone are looked for.
        var limit = 64
    }

    private let entries = Mutex(Entries())

    init() {}

    /// What is kept for this version of a cluster, if a worker has it.
    func existing(for cluster: Cluster) -> Shared? {
        entries.withLock { entries in
            entries.byName[cluster.name].flatMap { $0.revision == cluster.settingsRevision ? $0.shared : nil }
        }
    }

    /// What is kept for this version of a cluster: the same for all workers that have it. Called when configuration
    /// changes.
    func shared(for cluster: Cluster, make: () -> Shared) -> Shared {
        entries.withLock { entries in
            let known = entries.byName[cluster.name]
            if let known, known.revision == cluster.settingsRevision, let shared = known.shared { return shared }
            let made = make()
            // A worker that lags behind does not take the others' away.
            if let known, known.revision > cluster.settingsRevision, known.shared != nil { return made }
            if entries.byName.count >= entries.limit {
                entries.byName = entries.byName.filter { $0.value.shared != nil }
                entries.limit = max(64, 2 * entries.byName.count)
            }
            entries.byName[cluster.name] = Entry(revision: cluster.settingsRevision, shared: made)
            return made
        }
    }
}
