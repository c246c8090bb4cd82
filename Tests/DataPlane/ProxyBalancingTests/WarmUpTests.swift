import ProxyBalancing
import ProxySnapshot
import Testing

@Suite struct WarmUpTests {
    private static let window = SlowStart(window: .seconds(10))

    /// Picks at a moment, counted by endpoint.
    private func counts(_ balancer: inout LoadBalancer, at now: Int64, picks: Int) -> [Int] {
        var random = RandomSource(seed: 3)
        // The queue begins with the deadlines that a newcomer had at its very beginning.
        for _ in 0..<1000 { _ = balancer.pick(&random, now: now) }
        var counts = [Int](repeating: 0, count: balancer.loads.count)
        for _ in 0..<picks {
            if let index = balancer.pick(&random, now: now) { counts[index] += 1 }
        }
        return counts
    }

    /// A third endpoint comes when the first two are long warm.
    private func grown(_ policy: BalancingPolicy, _ slowStart: SlowStart, weights: [UInt32] = [1, 1, 1])
        -> LoadBalancer
    {
        var balancer = LoadBalancer(
            cluster: ClusterRow(weights: Array(weights.dropLast())).cluster(policy, slowStart: slowStart)
        )
        balancer.update(to: ClusterRow(weights: weights).cluster(policy, slowStart: slowStart), now: 100_000)
        return balancer
    }

    struct Row: Sendable {
        var age: Int64
        var aggression = 1.0
        var minimum = 0.1
        /// The newcomer's part of the weight of an old endpoint.
        var factor: Double
    }

    /// Envoy's formula: max(minimum, (age / window) ^ (1 / aggression)).
    @Test(arguments: [
        Row(age: 0, factor: 0.1), Row(age: 500, factor: 0.1), Row(age: 2500, factor: 0.25),
        Row(age: 5000, factor: 0.5), Row(age: 9000, factor: 0.9), Row(age: 10_000, factor: 1),
        Row(age: 50_000, factor: 1), Row(age: 2500, aggression: 2, factor: 0.5),
        Row(age: 2500, minimum: 0.4, factor: 0.4), Row(age: 1600, aggression: 2, minimum: 0, factor: 0.4),
    ])
    func aNewcomersShareGrowsWithItsAge(row: Row) {
        let slowStart = SlowStart(window: .seconds(10), aggression: row.aggression, minimumWeight: row.minimum)
        var balancer = grown(.roundRobin, slowStart)
        let found = counts(&balancer, at: 100_000 + row.age, picks: 2100)
        let expected = 2100 * row.factor / (2 + row.factor)
        #expect(abs(Double(found[2]) - expected) <= 3, "\(found)")
    }

    @Test func weightsCountBesidesAge() {
        var balancer = grown(.roundRobin, Self.window, weights: [1, 1, 4])
        let found = counts(&balancer, at: 105_000, picks: 2000)
        #expect(abs(found[2] - 1000) <= 3, "\(found)")
    }

    @Test func leastRequestWarmsUpToo() {
        var balancer = grown(.leastRequest(choices: 2, activeRequestBias: 1), Self.window)
        let found = counts(&balancer, at: 102_500, picks: 2250)
        #expect(abs(found[2] - 250) <= 3, "\(found)")
    }

    @Test func randomKnowsNoSlowStart() {
        var balancer = grown(.random, Self.window)
        let found = counts(&balancer, at: 100_000, picks: 3000)
        #expect(found.allSatisfy { (850...1150).contains($0) }, "\(found)")
    }

    /// All endpoints of a new cluster are new at once, so that none is spared.
    @Test func aNewClusterSharesEvenly() {
        var balancer = LoadBalancer(
            cluster: ClusterRow(weights: [1, 1, 1]).cluster(.roundRobin, slowStart: Self.window),
            now: 5000
        )
        #expect(counts(&balancer, at: 5001, picks: 300) == [100, 100, 100])
    }

    /// The window begins when an endpoint is first seen healthy, not when it is first seen.
    @Test func anUnhealthyNewcomerIsNewWhenItRecovers() {
        func cluster(_ health: EndpointHealth) -> Cluster {
            ClusterRow(health: [.healthy, .healthy, health]).cluster(.roundRobin, slowStart: Self.window)
        }
        var balancer = LoadBalancer(cluster: cluster(.unhealthy))
        balancer.update(to: cluster(.healthy), now: 60_000)
        let found = counts(&balancer, at: 62_500, picks: 2250)
        #expect(abs(found[2] - 250) <= 3, "\(found)")
    }

    /// Envoy begins no new window for an endpoint that comes back from ejection.
    @Test func anEjectedEndpointReturnsAtFullWeight() {
        var balancer = LoadBalancer(
            cluster: ClusterRow(weights: [1, 1, 1]).cluster(.roundRobin, slowStart: Self.window)
        )
        balancer.setEjected(true, endpoint: 0, now: 50_000)
        balancer.setEjected(false, endpoint: 0, now: 80_000)
        #expect(counts(&balancer, at: 80_001, picks: 300) == [100, 100, 100])
    }
}
