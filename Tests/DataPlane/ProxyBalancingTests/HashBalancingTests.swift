import ProxyBalancing
import ProxySnapshot
import Testing

/// Which endpoint a running Envoy 1.40 chose for the header values `key-0` ... `key-63`, one digit each.
@Suite struct HashBalancingTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var policy: BalancingPolicy
        var row: ClusterRow
        var picks: String

        init(_ name: String, _ policy: BalancingPolicy, _ row: ClusterRow, _ picks: String) {
            testDescription = name
            self.policy = policy
            self.row = row
            self.picks = picks
        }
    }

    private static func ring(_ minimum: UInt64 = 1024, _ maximum: UInt64 = 8 << 20) -> BalancingPolicy {
        .ringHash(minimumSize: minimum, maximumSize: maximum)
    }

    private static func hosts(_ net: String, _ weights: [UInt32]) -> [ClusterRow.Host] {
        weights.enumerated().map { ClusterRow.Host(address: "\(net).\($0 + 1)", weight: $1) }
    }

    private static let localities = ClusterRow(
        [
            .init(hosts: hosts("127.0.1", [1, 1]), weight: 1),
            .init(hosts: hosts("127.0.2", [1, 2, 1]), weight: 3),
            .init(hosts: hosts("127.0.3", [1, 1])),
        ],
        isLocalityWeighted: true
    )

    private static let priorities = ClusterRow([
        .init(
            hosts: [
                .init(address: "127.0.1.1"), .init(address: "127.0.1.2", health: .unhealthy),
                .init(address: "127.0.1.3"), .init(address: "127.0.1.4", health: .unhealthy),
            ]
        ),
        .init(hosts: hosts("127.0.2", [1, 2, 1]), priority: 1),
    ])

    static let rings: [Row] = [
        Row(
            "ring, equal weights",
            ring(),
            ClusterRow(weights: [1, 1, 1, 1, 1]),
            "1243432012412240131022303024433024140440444014321320122342034323"
        ),
        Row(
            "ring, weights",
            ring(17),
            ClusterRow(weights: [1, 2, 5, 3, 9]),
            "4443334412342240343434444443444444242330423423244444314341042423"
        ),
        Row(
            "ring, a size below the number of hosts",
            ring(1, 6),
            ClusterRow(weights: [1, 1, 1, 1]),
            "3210002131011110010303223210111232121000110210110212011301011313"
        ),
        Row(
            "ring, no more than the largest size",
            ring(6, 6),
            ClusterRow(weights: [1, 1, 1, 1]),
            "0210002102012210010303223210111232222000120220210212011301012323"
        ),
        Row(
            "ring, weights and largest size",
            ring(30, 40),
            ClusterRow(weights: [1, 7, 20, 3, 2]),
            "2222221222322220322224224223222232222230222123224221212321022323"
        ),
        Row(
            "ring, IPv6",
            ring(64),
            ClusterRow([.init(address: "::1"), .init(address: "127.0.1.1"), .init(address: "127.0.1.2")]),
            "0000212102112212102112121101022102222211021022220202202000222020"
        ),
        Row(
            "ring, weighted localities, one without a weight",
            ring(128),
            localities,
            "0222243323233331222031110133233233442200243434333031212431132324"
        ),
        Row(
            "ring, unhealthy and degraded hosts",
            ring(64),
            ClusterRow(health: [.healthy, .unhealthy, .healthy, .degraded, .healthy]),
            "4222242022002200022040020020202044242200224024224424222042422420"
        ),
        Row(
            "ring, panic",
            ring(64),
            ClusterRow(health: [.healthy, .unhealthy, .draining, .unhealthy, .unhealthy]),
            "3123331342032231023031410420231444242300223423214421311341112423"
        ),
        Row(
            "ring, panic in weighted localities",
            ring(64),
            ClusterRow(
                [
                    .init(
                        hosts: (1...3).map { .init(address: "127.0.1.\($0)", health: .unhealthy) },
                        weight: 1
                    ),
                    .init(hosts: hosts("127.0.2", [1]), weight: 3),
                ],
                isLocalityWeighted: true
            ),
            "3333333032302200333033333030303332233300323320233333313331033333"
        ),
        Row(
            "ring, two priorities",
            ring(64),
            priorities,
            "2422222025000500522054020005252400204250022520222402222022552020"
        ),
    ]

    static let tables: [Row] = [
        Row(
            "maglev, equal weights",
            .maglev(tableSize: 65537),
            ClusterRow(weights: [1, 1, 1, 1, 1]),
            "0113403214121432321443144042303400403404330342023322444103414433"
        ),
        Row(
            "maglev, weights",
            .maglev(tableSize: 1009),
            ClusterRow(weights: [1, 2, 5, 3, 9]),
            "3242144442234242442434444224410243404042443424444241144424444244"
        ),
        Row(
            "maglev, addresses that sort otherwise than they stand",
            .maglev(tableSize: 101),
            ClusterRow([
                .init(address: "127.0.1.10", weight: 4), .init(address: "127.0.1.9", weight: 3),
                .init(address: "127.0.1.2", weight: 2), .init(address: "127.0.1.100", weight: 1),
            ]),
            "0120000212220000300131021112011302311122021200012100103222210013"
        ),
        Row(
            "maglev, two priorities",
            .maglev(tableSize: 211),
            priorities,
            "2400200024202422502254202024260622005052200622222522022002562022"
        ),
        Row(
            "maglev, weighted localities, one without a weight",
            .maglev(tableSize: 307),
            localities,
            "4044323303444340443340132203434224333234332033333334232224243413"
        ),
    ]

    @Test(arguments: rings + tables)
    func choosesWhatEnvoyChooses(row: Row) {
        var balancer = LoadBalancer(cluster: row.row.cluster(row.policy))
        var random = RandomSource(seed: 1)
        let picks = (0..<64).map { number in
            let hash = XXHash64.hash(ContiguousArray("key-\(number)".utf8))
            return balancer.pick(&random, hash: hash).map { "\($0)" } ?? "-"
        }
        #expect(picks.joined() == row.picks)
    }

    /// The hosts that Envoy asked one after the other in three retries that avoid those tried before.
    @Test(arguments: [
        ("a", [2, 3, 4, 1]), ("b", [4, 3, 0, 2]), ("c", [3, 4, 0, 2]), ("d", [1, 4, 3, 0]),
    ])
    func retriesGoRoundTheRingAsInEnvoy(key: String, hosts: [Int]) {
        expectRetries(Self.ring(16), ClusterRow(weights: [1, 1, 1, 1, 1]), key, hosts)
    }

    @Test(arguments: [
        ("a", [51, 47, 60, 53]), ("b", [11, 40, 48, 5]), ("c", [25, 3, 50, 54]), ("d", [40, 11, 63, 50]),
    ])
    func retriesChangeMaglevsHashAsInEnvoy(key: String, hosts: [Int]) {
        let row = ClusterRow(weights: [UInt32](repeating: 1, count: 64))
        expectRetries(.maglev(tableSize: 4099), row, key, hosts)
    }

    private func expectRetries(_ policy: BalancingPolicy, _ row: ClusterRow, _ key: String, _ hosts: [Int]) {
        var balancer = LoadBalancer(cluster: row.cluster(policy))
        var random = RandomSource(seed: 1)
        let hash = XXHash64.hash(ContiguousArray(key.utf8))
        var found: [Int] = []
        var refused: UInt16 = 0
        for _ in hosts {
            let tried = found.map { balancer.loads[$0] }
            found.append(balancer.pick(&random, hash: hash, avoiding: tried, attempts: 5, refused: &refused) ?? -1)
        }
        #expect(found == hosts)
    }

    @Test func withoutAHashTheChoiceIsRandom() {
        var balancer = LoadBalancer(cluster: ClusterRow(weights: [1, 1, 1]).cluster(Self.ring()))
        var random = RandomSource(seed: 4)
        let picks = Set((0..<100).compactMap { _ in balancer.pick(&random) })
        #expect(picks == [0, 1, 2])
    }

    @Test func withoutHealthyHostsThereIsNone() {
        let row = ClusterRow(health: [.degraded, .degraded])
        var balancer = LoadBalancer(cluster: row.cluster(Self.ring()))
        var random = RandomSource(seed: 4)
        let pick = balancer.pick(&random, hash: 1)
        #expect(pick == nil)
        var empty = LoadBalancer(cluster: ClusterRow([ClusterRow.Host]()).cluster(.maglev(tableSize: 101)))
        let none = empty.pick(&random, hash: 1)
        #expect(none == nil)
    }

    @Test func sharesAreThoseOfTheTable() {
        let maglev = LoadBalancer(cluster: ClusterRow(weights: [1, 3]).cluster(.maglev(tableSize: 1009)))
        #expect(maglev.shares.map { ($0 * 1009).rounded() } == [253, 756])
        let ring = LoadBalancer(cluster: ClusterRow(weights: [1, 1, 1]).cluster(Self.ring()))
        #expect(abs(ring.shares.reduce(0, +) - 1) < 1e-9)
        #expect(ring.shares.allSatisfy { (0.25...0.42).contains($0) })
    }

    // MARK: Sharing

    @Test func loopsShareATableAndAnUpdateWithoutChangeBuildsNone() throws {
        let store = HashTableStore()
        let row = ClusterRow(weights: [1, 2, 3])
        var first = LoadBalancer(cluster: row.cluster(Self.ring()), start: 0, tables: store)
        let second = LoadBalancer(cluster: row.cluster(Self.ring()), start: 1, tables: store)
        let table = try #require(first.hashTables.first)
        #expect(second.hashTables.first === table)
        first.update(to: row.cluster(Self.ring()))
        #expect(first.hashTables.first === table)
        first.setEjected(true, endpoint: 1)
        #expect(first.hashTables.first !== table)
        first.setEjected(false, endpoint: 1)
        #expect(first.hashTables.first === table)
        first.update(to: ClusterRow(weights: [1, 2, 4]).cluster(Self.ring()))
        #expect(first.hashTables.first !== table)
    }

    /// One point for each endpoint: with more, an ejection changes how many the others have.
    @Test func ejectionMovesOnlyTheRequestsOfTheEjected() {
        var balancer = LoadBalancer(cluster: ClusterRow(weights: [1, 1, 1, 1]).cluster(Self.ring(1)))
        var random = RandomSource(seed: 1)
        let hashes = (0..<500).map { XXHash64.hash(ContiguousArray("user-\($0)".utf8)) }
        let before = hashes.map { balancer.pick(&random, hash: $0) }
        balancer.setEjected(true, endpoint: 2)
        let after = hashes.map { balancer.pick(&random, hash: $0) }
        let moved = zip(before, after).filter { $0 != $1 }.map(\.0)
        #expect(Set(moved) == [2])
        #expect(!after.contains(2))
    }
}
