import ProxySnapshot

/// How requests for a cluster's first priority go to the localities of its endpoints, so that they stay in the proxy's own
/// zone as far as the zones can bear it (Envoy "Zone aware routing").
///
/// The proxies of the local cluster carry the same load each. A zone whose part of the endpoints is at least its part
/// of the proxies takes all that its own proxies send; another takes what it can, and the rest goes where endpoints are
/// more than proxies. Shares are ten-thousandths, rounded down, as Envoy counts.
struct ZoneSplit {
    /// The localities by their endpoints: the proxy's own first, if it is among them, then by name.
    let localities: [[Int]]
    private let spread: Spread
    /// Percent of the requests for which zones count, 0...100.
    private let enabled: Int

    private enum Spread {
        /// All to the first.
        case direct
        /// So many of ten thousand to the first, of the others in proportion to `room`.
        case residual(local: Int, room: [Int])
        /// To nobody: the local cluster cannot be relied on, and that is to fail requests.
        case nowhere
    }

    /// Nil if zones do not count.
    ///
    /// - Parameters:
    ///   - localities: those of the first priority.
    ///   - panicThreshold: percent; a local cluster with fewer healthy proxies cannot be relied on.
    init?(
        _ localities: [LocalityEndpoints],
        _ rule: ZoneAwareRouting,
        local: LocalCluster,
        panicThreshold: Double,
        loads: [EndpointLoad]
    ) {
        let groups = Self.grouped(localities)
        let others = groups.keys.filter { $0 != local.locality }.sorted()
        let order = (groups[local.locality] == nil ? [] : [local.locality]) + others
        let proxies = Proxies(local)
        guard rule.routingEnabled > 0 else { return nil }
        guard order.count >= 2, proxies.localityCount >= 2, proxies.areInOwnLocality else { return nil }
        let isPanicking = proxies.isPanicking(threshold: panicThreshold)
        guard !isPanicking || rule.failsTrafficOnPanic else { return nil }
        let healthy = order.map { groups[$0, default: []].count { loads[$0].isHealthy } }
        let total = healthy.reduce(0, +)
        guard UInt64(total) >= rule.minClusterSize else { return nil }
        self.localities = order.map { groups[$0, default: []] }
        enabled = rule.routingEnabled
        guard !isPanicking else {
            spread = .nowhere
            return
        }
        let shares = zip(order, healthy).map { locality, count in
            Share(proxies: count == 0 ? 0 : proxies.share(of: locality), endpoints: Share.part(count, of: total))
        }
        let own = order.first == local.locality ? shares.first : nil
        if let own, own.endpoints > 0, own.endpoints >= own.proxies {
            spread = .direct
            return
        }
        var room = shares.map { max(0, $0.endpoints - $0.proxies) }
        if own != nil { room[0] = 0 }
        let part = own.map { $0.proxies > 0 ? $0.endpoints * 10_000 / $0.proxies : 0 } ?? 0
        spread = .residual(local: part, room: room)
    }

    /// What the next request is to have.
    enum Choice {
        case locality(Int)
        /// All localities alike: zones do not count for it.
        case all
        case none
    }

    func choose(_ random: inout RandomSource) -> Choice {
        guard enabled >= 100 || random.index(below: 100) < enabled else { return .all }
        return locality(&random).map { .locality($0) } ?? .none
    }

    private func locality(_ random: inout RandomSource) -> Int? {
        switch spread {
        case .nowhere: return nil
        case .direct: return 0
        case .residual(let local, let room):
            if random.index(below: 10_000) < local { return 0 }
            let total = room.reduce(0, +)
            guard total > 0 else { return random.index(below: room.count) }
            var left = random.index(below: total)
            for (index, share) in room.enumerated() {
                if left < share { return index }
                left -= share
            }
            return 0
        }
    }

    /// The part of the requests that goes to each locality, and the part for which zones do not count; they sum up to 1.
    var shares: (localities: [Double], others: Double) {
        let counted = Double(min(100, enabled)) / 100
        var shares = localities.map { _ in 0.0 }
        switch spread {
        case .nowhere: break
        case .direct: shares[0] = 1
        case .residual(let local, let room):
            let total = Double(room.reduce(0, +))
            let rest = 1 - Double(local) / 10_000
            shares = room.map { rest * (total > 0 ? Double($0) / total : 1 / Double(room.count)) }
            shares[0] += Double(local) / 10_000
        }
        return (shares.map { $0 * counted }, 1 - counted)
    }

    private static func grouped(_ localities: [LocalityEndpoints]) -> [Locality: [Int]] {
        localities.reduce(into: [:]) { groups, place in
            guard !place.range.isEmpty else { return }
            groups[place.locality, default: []] += place.range
        }
    }

    /// A locality's part of all proxies and of all endpoints.
    private struct Share {
        var proxies: Int
        var endpoints: Int

        static func part(_ count: Int, of total: Int) -> Int { total > 0 ? 10_000 * count / total : 0 }
    }

    /// The local cluster by locality.
    private struct Proxies {
        private var healthy: [Locality: Int] = [:]
        private var known: Set<Locality> = []
        private var total = 0
        private var usable = 0
        private let own: Locality

        init(_ local: LocalCluster) {
            own = local.locality
            // Of a local cluster the first priority counts.
            for place in local.endpoints.localities where place.priority == 0 && !place.range.isEmpty {
                known.insert(place.locality)
                for endpoint in local.endpoints.endpoints[place.range] {
                    switch endpoint.health {
                    case .healthy: healthy[place.locality, default: 0] += 1
                    case .degraded: usable += 1
                    case .unhealthy: break
                    case .draining: continue
                    }
                    total += 1
                }
            }
            usable += healthyCount
        }

        var localityCount: Int { known.count }
        var areInOwnLocality: Bool { known.contains(own) }
        private var healthyCount: Int { healthy.values.reduce(0, +) }

        func isPanicking(threshold: Double) -> Bool {
            (total == 0 ? 0 : 100 * Double(usable) / Double(total)) < threshold
        }

        func share(of locality: Locality) -> Int { Share.part(healthy[locality, default: 0], of: healthyCount) }
    }
}
