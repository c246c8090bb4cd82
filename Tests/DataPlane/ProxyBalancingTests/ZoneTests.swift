import ProxySnapshot
import Testing

@testable import ProxyBalancing

/// Zones of upstream endpoints and of the proxies beside the own one, which is in `a`.
@Suite struct ZoneTests {
    private static func assignment(_ zones: [(String, [EndpointHealth])], priority: Int = 0) -> LoadAssignment {
        var endpoints: [Endpoint] = []
        var localities: [LocalityEndpoints] = []
        for (zone, health) in zones {
            let start = endpoints.count
            let locality = Locality(region: "r", zone: zone)
            endpoints += health.map { health in
                let address = IPAddress(v4: 0x7F00_0001 + UInt32(endpoints.count + localities.count * 256))
                return Endpoint(
                    address: .socket(SocketAddressValue(address: address, port: 80)),
                    health: health,
                    locality: locality
                )
            }
            localities.append(
                LocalityEndpoints(locality: locality, priority: 0, weight: 1, range: start..<endpoints.count)
            )
        }
        return LoadAssignment(localities: localities, endpoints: endpoints, priorities: [0..<localities.count])
    }

    private static func local(_ zones: [(String, Int)], own: String = "a") -> LocalCluster {
        LocalCluster(
            locality: Locality(region: "r", zone: own),
            endpoints: assignment(zones.map { ($0, Array(repeating: .healthy, count: $1)) })
        )
    }

    private static func balancer(
        _ zones: [(String, Int)],
        local: LocalCluster?,
        policy: BalancingPolicy = .roundRobin,
        routing: ZoneAwareRouting = ZoneAwareRouting(minClusterSize: 1),
        isLocalityWeighted: Bool = false
    ) -> LoadBalancer {
        let endpoints = assignment(zones.map { ($0, Array(repeating: .healthy, count: $1)) })
        return LoadBalancer(
            cluster: Cluster(
                name: "c",
                index: ClusterIndex(rawValue: 0),
                balancing: policy,
                endpoints: endpoints,
                isLocalityWeighted: isLocalityWeighted,
                zoneAwareRouting: routing
            ),
            localCluster: local
        )
    }

    /// The part of each zone in thousandths, in order of the assignment: by computation, and counted.
    private func parts(_ balancer: LoadBalancer) -> (computed: [Int], counted: [Int]) {
        var balancer = balancer
        var random = RandomSource(seed: 29)
        var picks = [Int](repeating: 0, count: balancer.loads.count)
        for _ in 0..<20_000 { if let index = balancer.pick(&random) { picks[index] += 1 } }
        let zones = balancer.cluster.endpoints.localities.map(\.range)
        return (
            zones.map { Int((balancer.shares[$0].reduce(0, +) * 1000).rounded()) },
            zones.map { picks[$0].reduce(0, +) / 20 }
        )
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var upstream: [(String, Int)]
        var local: [(String, Int)]
        var own = "a"
        var parts: [Int]
    }

    static let rows = [
        Row(
            testDescription: "as many endpoints as proxies in the zone: all stays",
            upstream: [("b", 2), ("a", 2)],
            local: [("a", 1), ("b", 1)],
            parts: [0, 1000]
        ),
        Row(
            testDescription: "fewer endpoints than proxies: what is too much goes where there is room",
            upstream: [("a", 1), ("b", 3)],
            local: [("a", 1), ("b", 1)],
            parts: [500, 500]
        ),
        Row(
            testDescription: "room in two zones, in proportion",
            upstream: [("a", 5), ("b", 10), ("c", 5)],
            local: [("a", 2), ("b", 2), ("c", 1)],
            parts: [625, 250, 125]
        ),
        Row(
            testDescription: "no endpoint in the own zone",
            upstream: [("b", 3), ("c", 1)],
            local: [("a", 1), ("b", 1)],
            parts: [500, 500]
        ),
        Row(
            testDescription: "an upstream zone that has no proxies",
            upstream: [("a", 1), ("z", 1)],
            local: [("a", 3), ("b", 1)],
            parts: [667, 333]
        ),
        Row(
            testDescription: "no room anywhere but for rounding: at random",
            upstream: [("b", 1), ("c", 1)],
            local: [("a", 0), ("b", 1), ("c", 1)],
            own: "b",
            parts: [1000, 0]
        ),
    ]

    @Test(arguments: rows)
    func requestsStayInTheZoneAsFarAsItCanBearThem(row: Row) {
        for policy in [BalancingPolicy.roundRobin, .random, .leastRequest(choices: 2, activeRequestBias: 1)] {
            let parts = parts(Self.balancer(row.upstream, local: Self.local(row.local, own: row.own), policy: policy))
            #expect(parts.computed == row.parts)
            #expect(zip(parts.counted, row.parts).allSatisfy { abs($0 - $1) < 20 }, "\(parts.counted)")
        }
    }

    /// Reasons for which Envoy, too, leaves zones alone.
    @Test func zonesDoNotCount() {
        let upstream = [("a", 2), ("b", 4)]
        let even = Self.local([("a", 1), ("b", 1)])
        func first(_ balancer: LoadBalancer) -> Int { parts(balancer).computed[0] }
        #expect(first(Self.balancer(upstream, local: even)) == 667)
        #expect(first(Self.balancer(upstream, local: nil)) == 333)
        #expect(first(Self.balancer(upstream, local: Self.local([("a", 2)]))) == 333)
        #expect(first(Self.balancer(upstream, local: Self.local([("b", 1), ("c", 1)]))) == 333)
        #expect(first(Self.balancer(upstream, local: even, routing: ZoneAwareRouting(minClusterSize: 7))) == 333)
        #expect(first(Self.balancer(upstream, local: even, routing: ZoneAwareRouting(minClusterSize: 6))) == 667)
        #expect(first(Self.balancer(upstream, local: even, routing: ZoneAwareRouting(routingEnabled: 0))) == 333)
        #expect(first(Self.balancer([("a", 6)], local: even)) == 1000)
        let unwell = LocalCluster(
            locality: Locality(region: "r", zone: "a"),
            endpoints: Self.assignment([("a", [.healthy, .unhealthy, .unhealthy]), ("b", [.unhealthy, .draining])])
        )
        #expect(first(Self.balancer(upstream, local: unwell)) == 333)
    }

    /// `fail_traffic_on_panic`: of the proxies beside the own one, and of the endpoints.
    @Test func aPanicMayLeaveNothingToChoose() {
        let unwell = LocalCluster(
            locality: Locality(region: "r", zone: "a"),
            endpoints: Self.assignment([("a", [.healthy, .unhealthy, .unhealthy]), ("b", [.unhealthy])])
        )
        let routing = ZoneAwareRouting(routingEnabled: 50, minClusterSize: 1, failsTrafficOnPanic: true)
        let parts = parts(Self.balancer([("a", 1), ("b", 1)], local: unwell, routing: routing))
        #expect(parts.computed == [250, 250])
        #expect(parts.counted.allSatisfy { abs($0 - 250) < 20 })

        var balancer = Self.balancer([("a", 1), ("b", 3)], local: nil, routing: routing)
        var random = RandomSource(seed: 1)
        for index in 1...2 { balancer.setEjected(true, endpoint: index) }
        #expect(balancer.pick(&random) != nil)
        balancer.setEjected(true, endpoint: 3)
        #expect(balancer.pick(&random) == nil)
        #expect(balancer.shares.allSatisfy { $0 == 0 })
    }

    @Test func halfOfTheRequestsMayBeMeant() {
        let balancer = Self.balancer(
            [("a", 1), ("b", 1)],
            local: Self.local([("a", 1), ("b", 1)]),
            routing: ZoneAwareRouting(routingEnabled: 50, minClusterSize: 1)
        )
        let parts = parts(balancer)
        #expect(parts.computed == [750, 250])
        #expect(abs(parts.counted[0] - 750) < 20)
    }

    @Test func weightsOfLocalitiesGoBeforeZones() {
        let balancer = Self.balancer(
            [("a", 1), ("b", 1)],
            local: Self.local([("a", 1), ("b", 1)]),
            isLocalityWeighted: true
        )
        #expect(parts(balancer).computed == [500, 500])
    }

    @Test func zonesAreWeighedAnewWhenTheProxiesChange() {
        var balancer = Self.balancer([("a", 1), ("b", 1)], local: Self.local([("a", 1), ("b", 1)]))
        #expect(parts(balancer).computed == [1000, 0])
        balancer.update(to: balancer.cluster, localCluster: Self.local([("a", 3), ("b", 1)]))
        #expect(parts(balancer).computed == [667, 333])
        balancer.setEjected(true, endpoint: 0)
        #expect(parts(balancer).computed == [0, 1000])
    }
}
