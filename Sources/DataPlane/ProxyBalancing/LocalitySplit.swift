import ProxySnapshot

/// The usable endpoints of one priority: one list, or one for each locality, whose turns follow their effective weights.
///
/// A locality's weight counts in full while its usable share times the overprovisioning factor reaches 100 %
/// (Envoy "Locality weighted load balancing"). Localities without any weight are one list, as if weights did not count.
struct LocalitySplit {
    private var pickers: [EndpointPicker] = []
    private var weights: [Double] = []
    private var turns = EarliestDeadlineQueue()

    /// How the lists are made, the same for all lists of a cluster.
    struct Rules {
        var isWeighted: Bool
        var overprovisioning: UInt32
        var policy: BalancingPolicy
        var start: Int
        var warmUp: WarmUp?
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
            pickers = [picker(all)]
            weights = [1]
        }
        guard pickers.count > 1 else { return }
        for index in pickers.indices { turns.add(index, weight: weights[index]) }
        for _ in 0..<(rules.start % pickers.count) { _ = turns.next { [weights] in weights[$0] } }
    }

    mutating func next(_ loads: [EndpointLoad], _ random: inout RandomSource, _ warmUp: WarmUp?) -> Int? {
        guard pickers.count > 1 else { return pickers.isEmpty ? nil : pickers[0].next(loads, &random, warmUp) }
        guard let locality = turns.next(weight: { [weights] in weights[$0] }) else { return nil }
        return pickers[locality].next(loads, &random, warmUp)
    }

    /// Adds each endpoint's expected part of `share`.
    func addShares(_ share: Double, _ loads: [EndpointLoad], _ shares: inout [Double]) {
        let total = weights.reduce(0, +)
        guard total > 0, share > 0 else { return }
        for (index, picker) in pickers.enumerated() {
            let sum = picker.endpoints.reduce(0) { $0 + picker.shareWeight(loads[$1]) }
            guard sum > 0 else { continue }
            for endpoint in picker.endpoints {
                shares[endpoint] += share * weights[index] / total * picker.shareWeight(loads[endpoint]) / sum
            }
        }
    }
}

extension EndpointPicker {
    /// What an endpoint's share is proportional to: its weight, unless the choice is random.
    func shareWeight(_ load: EndpointLoad) -> Double {
        isWeighted ? Double(load.endpoint.weight) : 1
    }
}
