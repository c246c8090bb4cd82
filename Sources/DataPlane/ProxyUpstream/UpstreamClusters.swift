package import ProxySnapshot

/// The clusters of one worker by slot, kept in step with the snapshot.
package final class UpstreamClusters {
    private var slots: ContiguousArray<UpstreamCluster?> = []
    private let breakers: CircuitBreakers

    init(breakers: CircuitBreakers) { self.breakers = breakers }

    /// The cluster in a slot, if it is there.
    @inline(__always)
    package func cluster(at index: ClusterIndex) -> UpstreamCluster? {
        let slot = index.slot
        guard slot < slots.count else { return nil }
        return slots[slot]
    }

    /// The clusters that are there.
    package var all: [UpstreamCluster] { slots.compactMap { $0 } }

    func apply(_ snapshot: ProxySnapshot, worker: Worker) {
        for slot in 0..<max(slots.count, snapshot.clusterSlots.count) {
            let new = slot < snapshot.clusterSlots.count ? snapshot.clusterSlots[slot] : nil
            let old = slot < slots.count ? slots[slot] : nil
            switch (old, new) {
            case (nil, nil): set(slot, nil)
            case (nil, let cluster?):
                let made = UpstreamCluster(
                    cluster,
                    localCluster: snapshot.localCluster,
                    breakers: breakers,
                    worker: worker
                )
                set(slot, made)
            case (let known?, let cluster?): known.update(cluster, localCluster: snapshot.localCluster)
            case (let known?, nil):
                known.retireAll()
                set(slot, nil)
            }
        }
    }

    /// Takes the addresses of a DNS cluster.
    package func resolve(_ index: ClusterIndex, _ assignment: LoadAssignment) {
        cluster(at: index)?.resolve(assignment)
    }

    /// Drops what original-destination clusters no longer use; every few seconds (Envoy's `cleanup_interval` is 5 s).
    /// True when some are left.
    package func forgetUnusedDestinations() -> Bool {
        var isAnyLeft = false
        for case let cluster? in slots where cluster.forgetUnusedDestinations() { isAnyLeft = true }
        return isAnyLeft
    }

    private func set(_ slot: Int, _ cluster: UpstreamCluster?) {
        while slots.count <= slot { slots.append(nil) }
        slots[slot] = cluster
    }
}
