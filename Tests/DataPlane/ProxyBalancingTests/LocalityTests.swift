import ProxyBalancing
import ProxySnapshot
import Testing

/// Each row is a cluster that a running Envoy 1.40 was asked 400 times.
@Suite struct LocalityTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var row: ClusterRow
        var policy = BalancingPolicy.roundRobin
        /// Requests by endpoint.
        var counts: [Int]
        /// What Envoy's first turn and rounding may change, or chance.
        var tolerance = 1
    }

    private static func place(_ net: Int, _ weight: UInt32?, _ health: [EndpointHealth]) -> ClusterRow.Place {
        ClusterRow.Place(
            hosts: health.enumerated().map { .init(address: "127.0.\(net).\($0 + 1)", health: $1) },
            weight: weight
        )
    }

    private static let partly = ClusterRow(
        [place(1, 1, [.unhealthy, .unhealthy, .healthy]), place(2, 1, [.healthy, .healthy, .healthy])],
        isLocalityWeighted: true
    )

    static let rows: [Row] = [
        Row(
            testDescription: "weights; a locality without one gets nothing",
            row: ClusterRow(
                [
                    place(1, 1, [.healthy, .healthy]), place(2, 3, [.healthy, .healthy]),
                    place(3, nil, [.healthy, .healthy]),
                ],
                isLocalityWeighted: true
            ),
            counts: [50, 50, 150, 150, 0, 0]
        ),
        Row(
            testDescription: "no weights at all: one list",
            row: ClusterRow(
                [place(1, nil, [.healthy, .healthy]), place(2, nil, [.healthy, .healthy])],
                isLocalityWeighted: true
            ),
            counts: [100, 100, 100, 100]
        ),
        Row(
            testDescription: "panic: neither health nor weights count",
            row: ClusterRow(
                [place(1, 1, [.unhealthy, .unhealthy, .unhealthy]), place(2, 9, [.healthy])],
                isLocalityWeighted: true
            ),
            counts: [100, 100, 100, 100]
        ),
        Row(
            testDescription: "a locality that is partly there counts in part",
            row: partly,
            counts: [0, 0, 127, 91, 91, 91]
        ),
        Row(
            testDescription: "the same by random choice within",
            row: partly,
            policy: .random,
            counts: [0, 0, 127, 91, 91, 91],
            tolerance: 35
        ),
        Row(
            testDescription: "draining endpoints do not make a locality less there",
            row: ClusterRow(
                [place(1, 1, [.draining, .draining, .healthy]), place(2, 1, [.healthy, .healthy, .healthy])],
                isLocalityWeighted: true
            ),
            counts: [0, 0, 200, 67, 67, 66]
        ),
        Row(
            testDescription: "draining endpoints spill nothing to the next priority",
            row: ClusterRow([
                place(1, nil, [.healthy, .draining, .draining, .draining]),
                ClusterRow.Place(hosts: [.init(address: "127.0.2.1")], priority: 1),
            ]),
            counts: [400, 0, 0, 0, 0]
        ),
        Row(
            testDescription: "draining endpoints are asked in panic",
            row: ClusterRow(health: [.healthy, .draining, .draining, .unhealthy, .unhealthy]),
            counts: [80, 80, 80, 80, 80]
        ),
        Row(
            testDescription: "and when there are no others",
            row: ClusterRow(health: [.draining, .draining]),
            counts: [200, 200]
        ),
    ]

    @Test(arguments: rows)
    func sharesAreEnvoys(row: Row) {
        var balancer = LoadBalancer(cluster: row.row.cluster(row.policy))
        var random = RandomSource(seed: 11)
        var counts = [Int](repeating: 0, count: row.counts.count)
        for _ in 0..<400 {
            if let index = balancer.pick(&random) { counts[index] += 1 }
        }
        let differences = zip(counts, row.counts).map { abs($0 - $1) }
        #expect(differences.allSatisfy { $0 <= row.tolerance }, "\(counts) instead of \(row.counts)")
    }
}
