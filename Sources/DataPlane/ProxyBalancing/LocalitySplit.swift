import ProxySnapshot

/// The usable endpoints of one priority: one list, or several of which each choice takes one first.
///
/// Several are the localities that weights are given for: their turns follow their effective weights, where a locality's
/// weight counts in full while its usable share times the overprovisioning factor reaches 100 % (Envoy "Locality weighted
/// load balancing"). Or they are the localities among which zone-aware routing divides, with all endpoints as the last
/// list, for requests that zones do not count for. Localities without any weight are one list.
struct LocalitySplit {
    private var pickers: [EndpointPicker] = []
    private var weights: [Double] = []
    private var turns = EarliestDeadlineQueue()
    /// Divides in place of the weights.
    private var zones: ZoneSplit?

    /// How the lists are made, the same for all lists of a cluster.
    struct Rules {
        var isWeighted: Bool
        var overprovisioning: UInt32
        var policy: BalancingPolicy
        var start: Int
        var warmUp: WarmUp?
        /// Divides where weights do not.
        var zones: ZoneSplit?
    }

    /// No endpoints.
    init() {}

    init(
        _ localities: [LocalityEndpoints],
        _ rules: Rules,
        loads: [EndpointLoad],
        where isWanted: (EndpointLoad) -> Bool
    ) {
        func picker(_ endpoints: [Int]) -> EndpointPicker {
            EndpointPicker(
                endpoints,
                policy: rules.policy,
                loads: loads,
                start: rules.start,
                warmUp: rules.warmUp
            )
        }
        if rules.isWeighted {
            for locality in localities {
                guard let weight = locality.weight, weight > 0 else { continue }
                let usable = locality.range.filter { isWanted(loads[$0]) }
                let count = locality.range.count { !loads[$0].isExcluded }
                guard !usable.isEmpty, count > 0 else { continue }
                let share = Double(usable.count) / Double(count) * Double(rules.overprovisioning) / 100
                pickers.append(picker(usable))
                weights.append(Double(weight) * min(1, share))
            }
        }
        if pickers.isEmpty {
            let all = localities.flatMap { $0.range.filter { isWanted(loads[$0]) } }
            guard !all.isEmpty else { return }
            if let zones = rules.zones {
                pickers = zones.localities.map { picker($0.filter { isWanted(loads[$0]) }) } + [picker(all)]
                self.zones = zones
                return
            }
            pickers = [picker(all)]
            weights = [1]
        }
        guard pickers.count > 1 else { return }
        for index in pickers.indices { turns.add(index, weight: weights[index]) }
        for _ in 0..<(rules.start % pickers.count) { _ = turns.next { [weights] in weights[$0] } }
    }

    mutating func next(_ loads: [EndpointLoad], _ random: inout RandomSource, _ warmUp: WarmUp?) -> Int? {
        guard pickers.count > 1 else { return pickers.isEmpty ? nil : pickers[0].next(loads, &random, warmUp) }
        switch zones?.choose(&random) {
        case nil: break
        case .locality(let index)?: return pickers[index].next(loads, &random, warmUp)
        case .all?: return pickers[pickers.count - 1].next(loads, &random, warmUp)
        case ZoneSplit.Choice.none?: return nil
        }
        guard let locality = turns.next(weight: { [weights] in weights[$0] }) else { return nil }
        return pickers[locality].next(loads, &random, warmUp)
    }

    /// Adds each endpoint's expected part of `share`.
    func addShares(_ share: Double, _ loads: [EndpointLoad], _ shares: inout [Double]) {
        guard share > 0 else { return }
        for (picker, part) in zip(pickers, parts) {
            let sum = picker.endpoints.reduce(0) { $0 + picker.shareWeight(loads[$1]) }
            guard sum > 0 else { continue }
            for endpoint in picker.endpoints {
                shares[endpoint] += share * part * picker.shareWeight(loads[endpoint]) / sum
            }
        }
    }

    /// The part of the choices that each list gets.
    private var parts: [Double] {
        guard pickers.count > 1 else { return pickers.map { _ in 1 } }
        if let shares = zones?.shares { return shares.localities + [shares.others] }
        let total = weights.reduce(0, +)
        return weights.map { total > 0 ? $0 / total : 0 }
    }
}

extension EndpointPicker {
    /// What an endpoint's share is proportional to: its weight, unless the choice is random.
    func shareWeight(_ load: EndpointLoad) -> Double {
        isWeighted ? Double(load.weight) : 1
    }
}
