import ProxySnapshot
import Testing

@testable import ProxyBalancing

/// `previous_priorities`: a retry goes to priorities that have not failed it yet.
@Suite struct PriorityExclusionTests {
    private static func balancer(health: [[EndpointHealth]]) -> LoadBalancer {
        var endpoints: [Endpoint] = []
        var localities: [LocalityEndpoints] = []
        for (priority, states) in health.enumerated() {
            let start = endpoints.count
            for state in states {
                let address = SocketAddressValue(
                    address: IPAddress(v4: 0x0A00_0001 + UInt32(endpoints.count)),
                    port: 80
                )
                endpoints.append(Endpoint(address: .socket(address), health: state, priority: priority))
            }
            localities.append(
                LocalityEndpoints(
                    locality: Locality(region: "r\(priority)"),
                    priority: priority,
                    weight: nil,
                    range: start..<endpoints.count
                )
            )
        }
        let assignment = LoadAssignment(
            localities: localities,
            endpoints: endpoints,
            priorities: localities.indices.map { $0..<($0 + 1) }
        )
        return LoadBalancer(cluster: Cluster(name: "c", index: ClusterIndex(rawValue: 0), endpoints: assignment))
    }

    private static func picks(_ balancer: LoadBalancer, excluding priorities: [Int]) -> Set<Int> {
        var balancer = balancer
        var random = RandomSource(seed: 1)
        var set = PrioritySet()
        for priority in priorities { set.insert(priority) }
        return Set((0..<200).compactMap { _ in balancer.pick(&random, excluding: set) })
    }

    @Test func anExcludedPriorityIsPassedOver() {
        let balancer = Self.balancer(health: [[.healthy, .healthy], [.healthy], [.healthy]])
        #expect(Self.picks(balancer, excluding: []) == [0, 1])
        #expect(Self.picks(balancer, excluding: [0]) == [2])
        #expect(Self.picks(balancer, excluding: [0, 1]) == [3])
        #expect(Self.picks(balancer, excluding: [1]) == [0, 1])
    }

    @Test func whereNothingFitIsLeftAllCountAgain() {
        let balancer = Self.balancer(health: [[.healthy], [.unhealthy]])
        #expect(Self.picks(balancer, excluding: [0]) == [0])
        #expect(Self.picks(balancer, excluding: [0, 1]) == [0])
    }

    @Test func prioritiesBeyondTheSetAreNeverInIt() {
        var set = PrioritySet()
        for priority in [-1, 64, .max, .min] { set.insert(priority) }
        #expect(set.isEmpty)
        #expect(!set.contains(64) && !set.contains(-1))
    }
}
