import NIOCore
import NIOEmbedded
import ProxyBalancing
import ProxySnapshot

@testable import ProxyUpstream

/// A proxy of several workers whose clock is moved; results are told to endpoints, no sockets are opened.
struct WorkerProxy {
    let clock = ManualClock()
    let loops: [EmbeddedEventLoop]
    let workers: [Worker]
    private var random = RandomSource(seed: 5)

    init(workers count: Int = 2) {
        let (tables, outliers, reports, clock) = (HashTableStore(), OutlierDetectors(), LoadReports(), clock)
        let loops = (0..<count).map { _ in EmbeddedEventLoop() }
        self.loops = loops
        workers = loops.enumerated().map { index, loop in
            let worker = Worker(
                index: index,
                eventLoop: loop,
                clock: .manual(clock),
                hashTables: tables,
                outliers: outliers,
                reports: reports,
                random: RandomSource(seed: 1)
            )
            worker.start()
            return worker
        }
    }

    static let limits = OutlierDetection(
        consecutive5xx: 3,
        interval: .seconds(1),
        baseEjectionTime: .seconds(5),
        maxEjectionPercent: 50
    )

    static func cluster(
        _ limits: OutlierDetection? = Self.limits,
        hosts: [Int] = [1, 2, 3],
        revision: UInt64 = 1,
        balancing: BalancingPolicy = .roundRobin,
        clientSideWeights: ClientSideWeights? = nil
    ) -> Cluster {
        let endpoints = hosts.map { number in
            let address = IPAddress(v4: 0x7F00_0100 + UInt32(number))
            return Endpoint(address: .socket(SocketAddressValue(address: address, port: 80)))
        }
        return Cluster(
            name: "c",
            index: ClusterIndex(rawValue: 0),
            settingsRevision: revision,
            balancing: balancing,
            endpoints: LoadAssignment(
                localities: [
                    LocalityEndpoints(locality: Locality(), priority: 0, weight: nil, range: 0..<endpoints.count)
                ],
                endpoints: endpoints,
                priorities: [0..<1]
            ),
            outlierDetection: limits,
            panicThreshold: 0,
            clientSideWeights: clientSideWeights
        )
    }

    func publish(_ cluster: Cluster?) {
        for worker in workers { worker.publish(ProxySnapshot(clusterSlots: cluster.map { [$0] } ?? [])) }
    }

    func cluster(_ worker: Int) -> UpstreamCluster? {
        workers[worker].clusters.cluster(at: ClusterIndex(rawValue: 0))
    }

    func endpoint(_ worker: Int, _ host: Int) -> UpstreamEndpoint? {
        cluster(worker)?.endpoints[host] ?? nil
    }

    /// Hosts that a worker chooses in one round, in order of the assignment.
    mutating func choices(_ worker: Int) -> Set<String> {
        var found: Set<String> = []
        for _ in 0..<12 {
            guard let endpoint = cluster(worker)?.choose(random: &random) else { continue }
            found.insert(String(String(decoding: endpoint.addressText, as: UTF8.self).dropFirst(8).prefix(1)))
        }
        return found
    }

    func advance(milliseconds: Int64) {
        for _ in 0..<(milliseconds / 100) {
            clock.advance(milliseconds: 100)
            for loop in loops { loop.advanceTime(by: .milliseconds(100)) }
        }
    }

    /// A counter of all workers.
    func total(_ statistic: ClusterStatistic) -> UInt64 {
        workers.indices.reduce(0) { $0 &+ (cluster($1)?.counters.table[statistic] ?? 0) }
    }

    func stop() {
        for worker in workers { worker.stop() }
    }
}
