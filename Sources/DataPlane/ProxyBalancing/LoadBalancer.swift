package import ProxySnapshot

/// Chooses endpoints of one cluster on one event loop: priority by health, locality by weight, endpoint by policy.
///
/// ROUND_ROBIN, LEAST_REQUEST and RANDOM are Envoy's; RING_HASH and MAGLEV choose at random (the snapshot warns).
/// Confined to its event loop; randomness comes in.
package struct LoadBalancer {
    /// The cluster as it is served.
    package private(set) var cluster: Cluster
    /// One for each of the assignment's endpoints, in the same order.
    package private(set) var loads: [EndpointLoad] = []
    /// How the load spreads over priorities now.
    package private(set) var priorities = PriorityLoads([], overprovisioning: 140, panicThreshold: 50)

    private var levels: [Level] = []
    private let start: Int

    /// The lists of one priority.
    private struct Level {
        var healthy: LocalitySplit
        var degraded: LocalitySplit
        var all: LocalitySplit
    }

    /// `start` shifts the first round-robin turn; any number, one for each loop.
    package init(cluster: Cluster, start: Int = 0) {
        self.cluster = cluster
        self.start = start.magnitude > UInt(Int.max) ? 0 : abs(start)
        update(to: cluster)
    }

    /// Takes a newer version of the cluster; loads of endpoints that stay are kept.
    package mutating func update(to cluster: Cluster) {
        let old = Dictionary(loads.map { ($0.endpoint.address, $0) }, uniquingKeysWith: { first, _ in first })
        var taken: Set<EndpointAddress> = []
        self.cluster = cluster
        loads = cluster.endpoints.endpoints.map { endpoint in
            guard let known = old[endpoint.address], taken.insert(endpoint.address).inserted else {
                return EndpointLoad(endpoint: endpoint)
            }
            known.endpoint = endpoint
            return known
        }
        rebuild()
    }

    /// Takes an endpoint out of rotation or back in; for outlier detection.
    package mutating func setEjected(_ isEjected: Bool, endpoint index: Int) {
        guard loads.indices.contains(index), loads[index].isEjected != isEjected else { return }
        loads[index].isEjected = isEjected
        rebuild()
    }

    /// Chooses an endpoint: its position in `loads`, or `nil` if none may be used (answer 503, flag UH).
    package mutating func pick(_ random: inout RandomSource) -> Int? {
        guard !levels.isEmpty else { return nil }
        let choice = priorities.choose(random.index(below: 100))
        guard levels.indices.contains(choice.priority) else { return nil }
        if priorities.isPanicking[choice.priority] { return levels[choice.priority].all.next(loads, &random) }
        return choice.degraded
            ? levels[choice.priority].degraded.next(loads, &random)
            : levels[choice.priority].healthy.next(loads, &random)
    }

    /// Chooses an endpoint for a retry: draws anew up to `attempts` times while it hits one of `tried`.
    package mutating func pick(_ random: inout RandomSource, avoiding tried: [EndpointLoad], attempts: Int) -> Int? {
        var choice = pick(&random)
        var left = attempts
        while left > 0, let index = choice, tried.contains(where: { $0 === loads[index] }) {
            choice = pick(&random)
            left -= 1
        }
        return choice
    }

    /// The share of requests each endpoint is to expect, 0...1, in the order of `loads`; for tools.
    package var shares: [Double] {
        var shares = [Double](repeating: 0, count: loads.count)
        for (index, level) in levels.enumerated() {
            let healthy = Double(priorities.healthy[index]) / 100
            let degraded = Double(priorities.degraded[index]) / 100
            if priorities.isPanicking[index] {
                level.all.addShares(healthy + degraded, loads, &shares)
            } else {
                level.healthy.addShares(healthy, loads, &shares)
                level.degraded.addShares(degraded, loads, &shares)
            }
        }
        return shares
    }

    private mutating func rebuild() {
        let assignment = cluster.endpoints
        var census: [PriorityLoads.Census] = []
        var newLevels: [Level] = []
        for range in assignment.priorities {
            let localities = Array(assignment.localities[range])
            let indices = localities.flatMap { Array($0.range) }
            census.append(
                PriorityLoads.Census(
                    healthy: indices.count { loads[$0].isHealthy },
                    degraded: indices.count { loads[$0].isDegraded },
                    total: indices.count
                )
            )
            newLevels.append(
                Level(
                    healthy: split(localities) { $0.isHealthy },
                    degraded: split(localities) { $0.isDegraded },
                    all: split(localities) { _ in true }
                )
            )
        }
        levels = newLevels
        priorities = PriorityLoads(
            census,
            overprovisioning: assignment.overprovisioningFactor,
            panicThreshold: cluster.panicThreshold
        )
    }

    private func split(_ localities: [LocalityEndpoints], where isWanted: (EndpointLoad) -> Bool) -> LocalitySplit {
        LocalitySplit(
            localities,
            isWeighted: cluster.isLocalityWeighted,
            overprovisioning: cluster.endpoints.overprovisioningFactor,
            policy: cluster.balancing,
            loads: loads,
            start: start,
            where: isWanted
        )
    }
}
