package import ProxySnapshot

/// Chooses endpoints of one cluster on one event loop: priority by health, locality by weight, endpoint by policy.
///
/// All as Envoy does, with RING_HASH and MAGLEV giving the same endpoint for the same hash. Confined to its event loop;
/// randomness and time come in.
package struct LoadBalancer {
    /// The cluster as it is served.
    package private(set) var cluster: Cluster
    /// One for each of the assignment's endpoints, in the same order.
    package private(set) var loads: [EndpointLoad] = []
    /// How the load spreads over priorities now.
    package private(set) var priorities = PriorityLoads([], overprovisioning: 140, panicThreshold: 50)

    /// The proxies that carry the same load, if this one knows them.
    package private(set) var localCluster: LocalCluster?

    private var census: [PriorityLoads.Census] = []
    private var levels: [Level] = []
    private var warmUp: WarmUp?
    private let tables: HashTableStore
    private let start: Int

    /// How the endpoints of one priority are chosen.
    private struct Level {
        var healthy = LocalitySplit()
        var degraded = LocalitySplit()
        /// In panic, when neither health nor locality count.
        var all = LocalitySplit()
        /// What hashing policies have instead of the lists.
        var table: HashTable?
    }

    /// - Parameters:
    ///   - start: shifts the first round-robin turn; any number, one for each loop.
    ///   - tables: where hashing policies share what they build.
    ///   - localCluster: makes zones count; nil for a proxy that does not know its like.
    ///   - now: milliseconds of the clock that `pick` gets its time from.
    package init(
        cluster: Cluster,
        start: Int = 0,
        tables: HashTableStore = HashTableStore(),
        localCluster: LocalCluster? = nil,
        now: Int64 = 0
    ) {
        self.cluster = cluster
        self.start = start.magnitude > UInt(Int.max) ? 0 : abs(start)
        self.tables = tables
        warmUp = cluster.slowStart.map { WarmUp($0, now: now) }
        update(to: cluster, localCluster: localCluster, now: now)
    }

    /// Takes a newer version of the cluster; loads of endpoints that stay are kept.
    package mutating func update(to cluster: Cluster, localCluster: LocalCluster? = nil, now: Int64 = 0) {
        let old = Dictionary(loads.map { ($0.endpoint.address, $0) }, uniquingKeysWith: { first, _ in first })
        var taken: Set<EndpointAddress> = []
        if cluster.slowStart != self.cluster.slowStart {
            warmUp = cluster.slowStart.map { WarmUp($0, now: now) }
        }
        self.cluster = cluster
        self.localCluster = localCluster
        loads = cluster.endpoints.endpoints.map { endpoint in
            guard let known = old[endpoint.address], taken.insert(endpoint.address).inserted else {
                return EndpointLoad(endpoint: endpoint)
            }
            known.endpoint = endpoint
            known.weight = endpoint.weight
            return known
        }
        rebuild(now)
    }

    /// Gives the endpoints the weights that their reports make, in order of `loads`; one without reports gets what is
    /// usual in its priority.
    package mutating func setWeights(by rule: ClientSideWeights, of reports: [ReportedLoad?], now: Int64) {
        guard reports.count == loads.count else { return }
        var hasChanged = false
        for priority in cluster.endpoints.priorities {
            let indices = cluster.endpoints.localities[priority].flatMap { Array($0.range) }
            let weights = ReportedWeights.weights(of: indices.map { reports[$0] }, rule: rule, now: now)
            for (index, weight) in zip(indices, weights) where loads[index].weight != weight {
                loads[index].weight = weight
                hasChanged = true
            }
        }
        if hasChanged { rebuild(now) }
    }

    /// Takes an endpoint out of rotation or back in; for outlier detection.
    package mutating func setEjected(_ isEjected: Bool, endpoint index: Int, now: Int64 = 0) {
        guard loads.indices.contains(index), loads[index].isEjected != isEjected else { return }
        loads[index].isEjected = isEjected
        rebuild(now)
    }

    /// Says of each endpoint, by its position in `loads`, whether it is out of rotation.
    package mutating func setEjected(now: Int64, _ isEjected: (Int) -> Bool) {
        var hasChanged = false
        for index in loads.indices {
            let verdict = isEjected(index)
            guard loads[index].isEjected != verdict else { continue }
            loads[index].isEjected = verdict
            hasChanged = true
        }
        if hasChanged { rebuild(now) }
    }

    /// Chooses an endpoint: its position in `loads`, or `nil` if none may be used (answer 503, flag UH).
    ///
    /// - Parameters:
    ///   - hash: what hashing policies choose by, at random without one; other policies do not read it.
    ///   - attempt: how many choices for the same try were refused before, so that a hash may give another endpoint.
    ///   - excluded: priorities to pass over while another has endpoints that are fit (`previous_priorities`).
    ///   - now: milliseconds; read if the cluster has a slow start.
    package mutating func pick(
        _ random: inout RandomSource,
        hash: UInt64? = nil,
        attempt: Int = 0,
        excluding excluded: PrioritySet = PrioritySet(),
        now: Int64 = 0
    ) -> Int? {
        let priorities = excluded.isEmpty ? priorities : remaining(excluded)
        if cluster.balancing.hashes {
            return pick(byHash: hash ?? random.next(), attempt: attempt, priorities)
        }
        if warmUp != nil { warmUp?.now = now }
        guard !levels.isEmpty else { return nil }
        let choice = priorities.choose(random.index(below: 100))
        guard levels.indices.contains(choice.priority) else { return nil }
        if priorities.isPanicking[choice.priority] {
            return levels[choice.priority].all.next(loads, &random, warmUp)
        }
        return choice.degraded
            ? levels[choice.priority].degraded.next(loads, &random, warmUp)
            : levels[choice.priority].healthy.next(loads, &random, warmUp)
    }

    /// A priority's table has its healthy endpoints or, in panic, all; degraded ones are never meant, as in Envoy.
    private func pick(byHash hash: UInt64, attempt: Int, _ priorities: PriorityLoads) -> Int? {
        let choice = priorities.choose(Int(truncatingIfNeeded: hash % 100))
        guard levels.indices.contains(choice.priority) else { return nil }
        return levels[choice.priority].table?.pick(hash, attempt: attempt)
    }

    /// The loads with some priorities taken for empty; the ordinary ones if then nothing fit were left.
    private func remaining(_ excluded: PrioritySet) -> PriorityLoads {
        let left = census.enumerated().map { index, census in
            excluded.contains(index) ? PriorityLoads.Census(healthy: 0, degraded: 0, total: 0) : census
        }
        guard left.contains(where: { $0.healthy + $0.degraded > 0 }) else { return priorities }
        return PriorityLoads(
            left,
            overprovisioning: cluster.endpoints.overprovisioningFactor,
            panicThreshold: cluster.panicThreshold
        )
    }

    /// Chooses an endpoint for a retry: draws anew up to `attempts` times while it hits one of `tried`, and takes then one
    /// of the others of the same priority, if there is any.
    ///
    /// Envoy goes back to a tried one after as many draws. With few endpoints, of which the one that is gone has the
    /// fewest requests, that is where every draw of LEAST_REQUEST may lead, and the retries are spent on it.
    ///
    /// - Parameters:
    ///   - attempts: 0 to take what the first draw gives.
    ///   - refused: grows by the draws that hit one.
    package mutating func pick(
        _ random: inout RandomSource,
        hash: UInt64? = nil,
        avoiding tried: [EndpointLoad],
        attempts: Int,
        excluding excluded: PrioritySet = PrioritySet(),
        now: Int64 = 0,
        refused: inout UInt16
    ) -> Int? {
        var attempt = 0
        var choice = pick(&random, hash: hash, excluding: excluded, now: now)
        while attempt < attempts, let index = choice, isTried(index, tried) {
            attempt += 1
            refused &+= 1
            choice = pick(&random, hash: hash, attempt: attempt, excluding: excluded, now: now)
        }
        guard attempts > 0, attempt == attempts, let index = choice else { return choice }
        return isTried(index, tried) ? another(besides: index, avoiding: tried, &random) ?? index : index
    }

    private func isTried(_ index: Int, _ tried: [EndpointLoad]) -> Bool {
        tried.contains { $0 === loads[index] }
    }

    /// Any endpoint of the priority of `choice` that is as fit as it and was not tried; nil if there is none.
    private func another(besides choice: Int, avoiding tried: [EndpointLoad], _ random: inout RandomSource) -> Int? {
        let assignment = cluster.endpoints
        let isNeighbour = { (range: Range<Int>) in assignment.localities[range].contains { $0.range.contains(choice) } }
        guard let priority = assignment.priorities.first(where: isNeighbour) else { return nil }
        let needsHealth = loads[choice].isHealthy
        let others = assignment.localities[priority].lazy.flatMap(\.range)
            .filter { (!needsHealth || loads[$0].isHealthy) && !isTried($0, tried) }
        let count = others.reduce(0) { count, _ in count + 1 }
        return others.dropFirst(random.index(below: count)).first { _ in true }
    }

    /// The tables in use, by priority; none unless the policy hashes.
    package var hashTables: [HashTable] { levels.compactMap(\.table) }

    /// The share of requests each endpoint is to expect, 0...1, in the order of `loads`; for tools.
    package var shares: [Double] {
        var shares = [Double](repeating: 0, count: loads.count)
        for (index, level) in levels.enumerated() {
            let healthy = Double(priorities.healthy[index]) / 100
            let degraded = Double(priorities.degraded[index]) / 100
            if let table = level.table {
                table.forEachShare { shares[$0] += $1 * (healthy + degraded) }
            } else if priorities.isPanicking[index] {
                level.all.addShares(healthy + degraded, loads, &shares)
            } else {
                level.healthy.addShares(healthy, loads, &shares)
                level.degraded.addShares(degraded, loads, &shares)
            }
        }
        return shares
    }

    private mutating func rebuild(_ now: Int64) {
        warmUp?.now = now
        warmUp?.note(loads)
        let assignment = cluster.endpoints
        census = assignment.priorities.map { range in
            let indices = assignment.localities[range].flatMap { Array($0.range) }
            return PriorityLoads.Census(
                healthy: indices.count { loads[$0].isHealthy },
                degraded: indices.count { loads[$0].isDegraded },
                excluded: indices.count { loads[$0].isExcluded },
                total: indices.count
            )
        }
        priorities = PriorityLoads(
            census,
            overprovisioning: assignment.overprovisioningFactor,
            panicThreshold: cluster.panicThreshold
        )
        levels = assignment.priorities.indices.map { index in
            level(
                Array(assignment.localities[assignment.priorities[index]]),
                isPanicking: priorities.isPanicking[index],
                // Zones count for the first priority only, as in Envoy.
                localCluster: index == 0 ? localCluster : nil
            )
        }
    }

    private func level(
        _ localities: [LocalityEndpoints],
        isPanicking: Bool,
        localCluster: LocalCluster?
    ) -> Level {
        let input = HashTableInput(localities, of: cluster, loads: loads) { isPanicking || $0.isHealthy }
        if let input { return Level(table: tables.table(for: input)) }
        var rules = LocalitySplit.Rules(
            isWeighted: cluster.isLocalityWeighted,
            overprovisioning: cluster.endpoints.overprovisioningFactor,
            policy: cluster.balancing,
            start: start,
            warmUp: warmUp,
            zones: localCluster.flatMap { local in
                ZoneSplit(
                    localities,
                    cluster.zoneAwareRouting,
                    local: local,
                    panicThreshold: cluster.panicThreshold,
                    loads: loads
                )
            }
        )
        let healthy = LocalitySplit(localities, rules, loads: loads) { $0.isHealthy }
        let degraded = LocalitySplit(localities, rules, loads: loads) { $0.isDegraded }
        rules.isWeighted = false
        rules.zones = nil
        return Level(
            healthy: healthy,
            degraded: degraded,
            all: cluster.zoneAwareRouting.failsTrafficOnPanic
                ? LocalitySplit() : LocalitySplit(localities, rules, loads: loads) { _ in true }
        )
    }
}
