import ProxyBalancing
import ProxySnapshot
import Testing

@Suite struct LoadBalancerTests {
    private func cluster(
        _ policy: BalancingPolicy,
        weights: [UInt32],
        health: [EndpointHealth]? = nil,
        localityWeights: [UInt32]? = nil
    ) -> Cluster {
        let endpoints = weights.enumerated().map { index, weight in
            Endpoint(
                address: .socket(SocketAddressValue(address: IPAddress(v4: UInt32(index + 1)), port: 80)),
                weight: weight,
                health: health?[index] ?? .healthy
            )
        }
        let localities: [LocalityEndpoints]
        if let localityWeights {
            localities = localityWeights.enumerated().map { index, weight in
                LocalityEndpoints(
                    locality: Locality(region: "r\(index)"),
                    priority: 0,
                    weight: weight,
                    range: index..<(index + 1)
                )
            }
        } else {
            localities = [LocalityEndpoints(locality: Locality(), priority: 0, weight: nil, range: 0..<weights.count)]
        }
        return Cluster(
            name: "c",
            index: ClusterIndex(rawValue: 0),
            balancing: policy,
            endpoints: LoadAssignment(localities: localities, endpoints: endpoints, priorities: [0..<localities.count]),
            isLocalityWeighted: localityWeights != nil
        )
    }

    private func counts(_ balancer: inout LoadBalancer, picks: Int) -> [Int] {
        var random = RandomSource(seed: 7)
        var counts = [Int](repeating: 0, count: balancer.loads.count)
        for _ in 0..<picks { if let index = balancer.pick(&random) { counts[index] += 1 } }
        return counts
    }

    private func expectCounts(
        _ balancer: inout LoadBalancer,
        picks: Int,
        _ expected: [Int],
        at location: SourceLocation = #_sourceLocation
    ) {
        let found = counts(&balancer, picks: picks)
        #expect(found == expected, sourceLocation: location)
    }

    @Test func roundRobinTakesTurns() {
        var balancer = LoadBalancer(cluster: cluster(.roundRobin, weights: [1, 1, 1]))
        expectCounts(&balancer, picks: 300, [100, 100, 100])
    }

    @Test func weightedRoundRobinFollowsWeightsExactly() {
        var balancer = LoadBalancer(cluster: cluster(.roundRobin, weights: [1, 2, 5]))
        expectCounts(&balancer, picks: 800, [100, 200, 500])
        #expect(balancer.shares == [0.125, 0.25, 0.625])
    }

    @Test func leastRequestAvoidsTheBusy() {
        var balancer = LoadBalancer(cluster: cluster(.leastRequest(choices: 2, activeRequestBias: 1), weights: [1, 1]))
        for _ in 0..<5 { balancer.loads[0].requestBegan() }
        let counts = counts(&balancer, picks: 1000)
        // The busy one is taken only if both draws hit it.
        #expect((200...300).contains(counts[0]))
        balancer.loads[0].requestEnded()
        #expect(balancer.loads[0].activeRequests == 4)
    }

    @Test func weightedLeastRequestDividesByActiveRequests() {
        var balancer = LoadBalancer(
            cluster: cluster(.leastRequest(choices: 2, activeRequestBias: 1), weights: [1, 3])
        )
        expectCounts(&balancer, picks: 400, [100, 300])
    }

    @Test func randomReachesAll() {
        var balancer = LoadBalancer(cluster: cluster(.random, weights: [1, 1, 1, 1]))
        let counts = counts(&balancer, picks: 4000)
        #expect(counts.allSatisfy { (850...1150).contains($0) })
    }

    @Test func unhealthyGetNothingUntilPanic() {
        let health: [EndpointHealth] = [.healthy, .healthy, .unhealthy]
        var calm = LoadBalancer(cluster: cluster(.roundRobin, weights: [1, 1, 1], health: health))
        expectCounts(&calm, picks: 200, [100, 100, 0])
        var panic = LoadBalancer(
            cluster: cluster(.roundRobin, weights: [1, 1, 1], health: [.healthy, .unhealthy, .unhealthy])
        )
        expectCounts(&panic, picks: 300, [100, 100, 100])
    }

    @Test func ejectedEndpointsComeBack() {
        var balancer = LoadBalancer(cluster: cluster(.roundRobin, weights: [1, 1, 1]))
        balancer.setEjected(true, endpoint: 1)
        expectCounts(&balancer, picks: 200, [100, 0, 100])
        balancer.setEjected(false, endpoint: 1)
        expectCounts(&balancer, picks: 300, [100, 100, 100])
    }

    @Test func localitiesShareByWeight() {
        var balancer = LoadBalancer(cluster: cluster(.roundRobin, weights: [1, 1], localityWeights: [1, 3]))
        let counts = counts(&balancer, picks: 4000)
        #expect((900...1100).contains(counts[0]))
        #expect(balancer.shares == [0.25, 0.75])
    }

    @Test func noEndpointsGiveNone() {
        var balancer = LoadBalancer(cluster: cluster(.roundRobin, weights: []))
        var random = RandomSource(seed: 1)
        let none = balancer.pick(&random)
        #expect(none == nil)
        var empty = LoadBalancer(cluster: Cluster(name: "e", index: ClusterIndex(rawValue: 1)))
        let nothing = empty.pick(&random)
        #expect(nothing == nil)
    }

    @Test func updatesKeepTheLoadOfEndpointsThatStay() {
        var balancer = LoadBalancer(cluster: cluster(.roundRobin, weights: [1, 1]))
        let second = balancer.loads[1]
        second.requestBegan()
        balancer.update(to: cluster(.roundRobin, weights: [1, 4, 1]))
        #expect(balancer.loads[1] === second)
        #expect(second.endpoint.weight == 4)
        #expect(second.activeRequests == 1)
        #expect(balancer.loads.count == 3)
    }

    @Test func retriesAvoidTriedEndpoints() {
        var balancer = LoadBalancer(cluster: cluster(.roundRobin, weights: [1, 1]))
        var random = RandomSource(seed: 3)
        let tried = [balancer.loads[0]]
        var refused: UInt16 = 0
        for _ in 0..<10 {
            let choice = balancer.pick(&random, avoiding: tried, attempts: 5, refused: &refused)
            #expect(choice == 1)
        }
        // In turns every other draw hits the one that was tried.
        #expect(refused == 10)
    }

    /// The one that is gone has no requests, so that every draw of LEAST_REQUEST leads to it.
    @Test func retriesAreNotSpentOnTheIdleEndpointThatFailed() {
        var balancer = LoadBalancer(
            cluster: cluster(.leastRequest(choices: 16, activeRequestBias: 1), weights: [1, 1, 1])
        )
        var random = RandomSource(seed: 3)
        for _ in 0..<9 { [1, 2].forEach { balancer.loads[$0].requestBegan() } }
        var refused: UInt16 = 0
        var tried = [balancer.loads[0]]
        let second = balancer.pick(&random, avoiding: tried, attempts: 5, refused: &refused) ?? 0
        tried.append(balancer.loads[second])
        let third = balancer.pick(&random, avoiding: tried, attempts: 5, refused: &refused) ?? 0
        #expect(Set([0, second, third]) == [0, 1, 2])
        tried.append(balancer.loads[third])
        // All have failed: one of them again is better than none.
        #expect(balancer.pick(&random, avoiding: tried, attempts: 5, refused: &refused) == 0)
        // Nobody asked for others.
        #expect(balancer.pick(&random, avoiding: tried, attempts: 0, refused: &refused) == 0)
    }
}
