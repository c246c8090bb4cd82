import ProxySnapshot

/// Chooses among a fixed list of endpoints by the cluster's policy; one for each list a load may fall on.
struct EndpointPicker {
    /// Indices into the balancer's loads.
    let endpoints: [Int]
    private var method: Method

    /// False if the policy ignores weights.
    var isWeighted: Bool {
        if case .random = method { return false }
        return true
    }

    private enum Method {
        case turns(next: Int)
        case weightedTurns(EarliestDeadlineQueue)
        case leastOf(choices: Int)
        case weightedLeast(EarliestDeadlineQueue, bias: Double)
        case random
    }

    /// `start` shifts the first turn, so that the proxies of a mesh do not all begin at the same endpoint.
    ///
    /// While a slow start is on, equal weights are not equal; the method stays until the next rebuild, as in Envoy.
    init(_ endpoints: [Int], policy: BalancingPolicy, loads: [EndpointLoad], start: Int, warmUp: WarmUp?) {
        self.endpoints = endpoints
        let first = endpoints.first.map { loads[$0].weight }
        let hasEqualWeights = endpoints.allSatisfy { loads[$0].weight == first }
        let isEven = endpoints.count <= 1 || (hasEqualWeights && !(warmUp?.isActive ?? false))
        switch policy {
        case .roundRobin where isEven:
            method = .turns(next: endpoints.isEmpty ? 0 : start % endpoints.count)
        case .roundRobin:
            method = .weightedTurns(Self.queue(endpoints, start) { Self.weight(loads[$0], warmUp) })
        case .leastRequest(let choices, _) where isEven:
            method = .leastOf(choices: choices)
        case .leastRequest(_, let bias):
            let queue = Self.queue(endpoints, start) { Self.biasedWeight(loads[$0], bias, warmUp) }
            method = .weightedLeast(queue, bias: bias)
        case .random, .clusterProvided, .ringHash, .maglev:
            method = .random
        }
    }

    mutating func next(_ loads: [EndpointLoad], _ random: inout RandomSource, _ warmUp: WarmUp?) -> Int? {
        guard !endpoints.isEmpty else { return nil }
        switch method {
        case .turns(let next):
            method = .turns(next: next + 1 < endpoints.count ? next + 1 : 0)
            return endpoints[next]
        case .weightedTurns(var queue):
            method = .random
            let index = queue.next { Self.weight(loads[$0], warmUp) }
            method = .weightedTurns(queue)
            return index
        case .leastOf(let choices):
            return leastBusy(of: choices, loads, &random)
        case .weightedLeast(var queue, let bias):
            method = .random
            let index = queue.next { Self.biasedWeight(loads[$0], bias, warmUp) }
            method = .weightedLeast(queue, bias: bias)
            return index
        case .random:
            return endpoints[random.index(below: endpoints.count)]
        }
    }

    /// The least busy of a few random draws; the first of equals.
    private func leastBusy(of choices: Int, _ loads: [EndpointLoad], _ random: inout RandomSource) -> Int {
        var best = endpoints[random.index(below: endpoints.count)]
        for _ in 1..<max(choices, 2) {
            let other = endpoints[random.index(below: endpoints.count)]
            if loads[other].activeRequests < loads[best].activeRequests { best = other }
        }
        return best
    }

    private static func weight(_ load: EndpointLoad, _ warmUp: WarmUp?) -> Double {
        let weight = Double(load.weight)
        guard let warmUp else { return weight }
        return weight * warmUp.factor(load)
    }

    /// Envoy's `weight / (active_requests + 1) ^ active_request_bias`.
    private static func biasedWeight(_ load: EndpointLoad, _ bias: Double, _ warmUp: WarmUp?) -> Double {
        let weight = weight(load, warmUp)
        let busy = Double(load.activeRequests) + 1
        if bias == 1 { return weight / busy }
        return bias == 0 ? weight : weight / power(busy, bias)
    }

    private static func queue(_ endpoints: [Int], _ start: Int, weight: (Int) -> Double) -> EarliestDeadlineQueue {
        var queue = EarliestDeadlineQueue()
        for endpoint in endpoints { queue.add(endpoint, weight: weight(endpoint)) }
        for _ in 0..<(endpoints.isEmpty ? 0 : start % endpoints.count) { _ = queue.next(weight: weight) }
        return queue
    }
}
