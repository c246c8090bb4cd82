import ProxySnapshot

/// The usable endpoints of one priority: one list, or one for each locality with the locality's effective weight.
///
/// A locality's weight counts in full while its usable share times the overprovisioning factor reaches 100 %
/// (Envoy "Locality weighted load balancing").
struct LocalitySplit {
    private var pickers: [EndpointPicker] = []
    private var weights: [Double] = []
    private var total = 0.0

    init(
        _ localities: [LocalityEndpoints],
        isWeighted: Bool,
        overprovisioning: UInt32,
        policy: BalancingPolicy,
        loads: [EndpointLoad],
        start: Int,
        where isWanted: (EndpointLoad) -> Bool
    ) {
        guard isWeighted else {
            let all = localities.flatMap { $0.range.filter { isWanted(loads[$0]) } }
            if !all.isEmpty { add(EndpointPicker(all, policy: policy, loads: loads, start: start), weight: 1) }
            return
        }
        for locality in localities {
            let usable = locality.range.filter { isWanted(loads[$0]) }
            guard !usable.isEmpty, let weight = locality.weight, weight > 0 else { continue }
            let share = Double(usable.count) / Double(locality.range.count) * Double(overprovisioning) / 100
            let picker = EndpointPicker(usable, policy: policy, loads: loads, start: start)
            add(picker, weight: Double(weight) * min(1, share))
        }
    }

    private mutating func add(_ picker: EndpointPicker, weight: Double) {
        pickers.append(picker)
        weights.append(weight)
        total += weight
    }

    mutating func next(_ loads: [EndpointLoad], _ random: inout RandomSource) -> Int? {
        if pickers.count <= 1 { return pickers.isEmpty ? nil : pickers[0].next(loads, &random) }
        // 53 bits are what a Double holds.
        var left = Double(random.next() >> 11) / 9_007_199_254_740_992 * total
        for index in pickers.indices {
            if left < weights[index] { return pickers[index].next(loads, &random) }
            left -= weights[index]
        }
        return pickers[pickers.count - 1].next(loads, &random)
    }

    /// Adds each endpoint's expected part of `share`.
    func addShares(_ share: Double, _ loads: [EndpointLoad], _ shares: inout [Double]) {
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
