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
    init(_ endpoints: [Int], policy: BalancingPolicy, loads: [EndpointLoad], start: Int) {
        self.endpoints = endpoints
        let weights = endpoints.map { loads[$0].endpoint.weight }
        let isEven = weights.allSatisfy { $0 == weights.first }
        switch policy {
        case .roundRobin where isEven:
            method = .turns(next: endpoints.isEmpty ? 0 : start % endpoints.count)
        case .roundRobin:
            method = .weightedTurns(Self.queue(endpoints, start) { Double(loads[$0].endpoint.weight) })
        case .leastRequest(let choices, _) where isEven:
            method = .leastOf(choices: choices)
        case .leastRequest(_, let bias):
            let queue = Self.queue(endpoints, start) { Self.biasedWeight(loads[$0], bias) }
            method = .weightedLeast(queue, bias: bias)
        case .random, .clusterProvided, .ringHash, .maglev:
            method = .random
        }
    }

    mutating func next(_ loads: [EndpointLoad], _ random: inout RandomSource) -> Int? {
        guard !endpoints.isEmpty else { return nil }
        switch method {
        case .turns(let next):
            method = .turns(next: next + 1 < endpoints.count ? next + 1 : 0)
            return endpoints[next]
        case .weightedTurns(var queue):
            method = .random
            let index = queue.next { Double(loads[$0].endpoint.weight) }
            method = .weightedTurns(queue)
            return index
        case .leastOf(let choices):
            return leastBusy(of: choices, loads, &random)
        case .weightedLeast(var queue, let bias):
            method = .random
            let index = queue.next { Self.biasedWeight(loads[$0], bias) }
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

    /// Envoy's `weight / (active_requests + 1) ^ active_request_bias`.
    private static func biasedWeight(_ load: EndpointLoad, _ bias: Double) -> Double {
        let weight = Double(load.endpoint.weight)
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
