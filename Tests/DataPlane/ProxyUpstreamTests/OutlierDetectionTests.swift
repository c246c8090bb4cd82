import NIOCore
import NIOEmbedded
import ProxyBalancing
import ProxySnapshot
import Testing

@testable import ProxyUpstream

/// A proxy of several workers whose clock is moved; results are told to endpoints, no sockets are opened.
private struct Proxy {
    let clock = ManualClock()
    let loops: [EmbeddedEventLoop]
    let workers: [Worker]
    private var random = RandomSource(seed: 5)

    init(workers count: Int = 2) {
        let (tables, outliers, clock) = (HashTableStore(), OutlierDetectors(), clock)
        let loops = (0..<count).map { _ in EmbeddedEventLoop() }
        self.loops = loops
        workers = loops.enumerated().map { index, loop in
            let worker = Worker(
                index: index,
                eventLoop: loop,
                clock: .manual(clock),
                hashTables: tables,
                outliers: outliers,
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
        balancing: BalancingPolicy = .roundRobin
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
            panicThreshold: 0
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

@Suite struct OutlierDetectionTests {
    @Test func errorsOfAllWorkersCountTogetherAndTheEjectionHoldsForAll() {
        var proxy = Proxy()
        proxy.publish(Proxy.cluster())
        proxy.endpoint(0, 0)?.addOutcome(status: 503)
        proxy.endpoint(1, 0)?.addOutcome(status: 503)
        #expect(proxy.choices(0) == ["1", "2", "3"])
        proxy.endpoint(0, 0)?.addOutcome(status: 503)
        #expect(proxy.choices(0) == ["2", "3"])
        #expect(proxy.choices(1) == ["2", "3"])
        #expect(proxy.endpoint(1, 0)?.isEjected == true)
        #expect(proxy.total(.outlierEjectionsActive) == 1)
        #expect(proxy.total(.outlierEjectionsEnforcedTotal) == 1)
        #expect(proxy.total(.outlierEjectionsEnforced5xx) == 1)
        #expect(proxy.total(.outlierEjectionsDetected5xx) == 1)
        proxy.stop()
    }

    @Test func aSuccessOnAnotherWorkerBeginsAnew() {
        var proxy = Proxy()
        proxy.publish(Proxy.cluster())
        for _ in 0..<2 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        proxy.endpoint(1, 0)?.addOutcome(status: 200)
        for _ in 0..<2 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["1", "2", "3"])
        proxy.stop()
    }

    @Test func theEjectedComesBackAtTheEndOfAnInterval() {
        var proxy = Proxy()
        proxy.publish(Proxy.cluster())
        for _ in 0..<3 { proxy.endpoint(1, 2)?.addReset(.connectionTermination) }
        #expect(proxy.choices(0) == ["1", "2"])
        proxy.advance(milliseconds: 4900)
        #expect(proxy.choices(0) == ["1", "2"])
        #expect(proxy.total(.outlierEjectionsActive) == 1)
        proxy.advance(milliseconds: 1200)
        #expect(proxy.choices(0) == ["1", "2", "3"])
        #expect(proxy.choices(1) == ["1", "2", "3"])
        #expect(proxy.total(.outlierEjectionsActive) == 0)
        proxy.stop()
    }

    /// Timers are set while somebody is out, or was lately, and not a tick longer.
    @Test func workersRestWhenAllAreBack() {
        let proxy = Proxy()
        proxy.publish(Proxy.cluster())
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 503) }
        proxy.advance(milliseconds: 3000)
        #expect(!proxy.workers[0].isAsleep)
        #expect(proxy.workers[1].isAsleep)
        proxy.advance(milliseconds: 6000)
        #expect(proxy.workers[0].isAsleep)
        proxy.stop()
    }

    @Test func noMoreThanTheShareIsEjected() {
        var proxy = Proxy()
        proxy.publish(Proxy.cluster())
        for host in 0..<3 { for _ in 0..<3 { proxy.endpoint(0, host)?.addOutcome(status: 500) } }
        #expect(proxy.choices(1) == ["2", "3"])
        #expect(proxy.total(.outlierEjectionsOverflow) == 2)
        proxy.stop()
    }

    /// Both workers have the hosts: each counts once for the share.
    @Test func hostsThatComeAndGoChangeTheShare() {
        var proxy = Proxy()
        proxy.publish(Proxy.cluster(hosts: [1]))
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["1"])
        proxy.publish(Proxy.cluster(hosts: [1, 2]))
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["2"])
        proxy.publish(Proxy.cluster(hosts: [2]))
        #expect(proxy.total(.outlierEjectionsActive) == 0)
        proxy.publish(Proxy.cluster(hosts: [1, 2]))
        #expect(proxy.choices(1) == ["1", "2"])
        proxy.stop()
    }

    @Test func endpointUpdatesKeepEjections() {
        var proxy = Proxy()
        proxy.publish(Proxy.cluster())
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        proxy.publish(Proxy.cluster(hosts: [4, 3, 2, 1]))
        #expect(proxy.choices(0) == ["2", "3", "4"])
        #expect(proxy.choices(1) == ["2", "3", "4"])
        proxy.stop()
    }

    @Test func otherSettingsBeginAnew() {
        var proxy = Proxy()
        proxy.publish(Proxy.cluster())
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        let old = proxy.endpoint(0, 0)
        proxy.publish(Proxy.cluster(revision: 2))
        #expect(proxy.choices(0) == ["1", "2", "3"])
        #expect(proxy.total(.outlierEjectionsActive) == 0)
        // What is still heard of the endpoint as it was does not count.
        for _ in 0..<3 { old?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["1", "2", "3"])
        proxy.publish(Proxy.cluster(nil, revision: 3))
        for _ in 0..<9 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["1", "2", "3"])
        proxy.publish(nil)
        proxy.stop()
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var limits: OutlierDetection
        var tell: @Sendable (UpstreamEndpoint) -> Void
        var isEjected: Bool
    }

    private static let split: OutlierDetection = {
        var limits = Proxy.limits
        limits.splitsLocalOriginErrors = true
        limits.consecutiveLocalOriginFailure = 3
        return limits
    }()

    private static let chosen: OutlierDetection = {
        var limits = Proxy.limits
        limits.errorStatuses = [429, 409]
        return limits
    }()

    /// What Envoy 1.40 did after three of these.
    @Test(arguments: [
        Row(testDescription: "connects refused", limits: Proxy.limits, tell: {
            $0.addReset(.remoteConnectionFailure(errno: 111))
        }, isEjected: true),
        Row(testDescription: "connects that time out", limits: Proxy.limits, tell: {
            $0.addReset(.connectionTimeout)
        }, isEjected: true),
        Row(testDescription: "no HTTP", limits: Proxy.limits, tell: { $0.addReset(.protocolError) }, isEjected: true),
        Row(testDescription: "circuit breaker", limits: Proxy.limits, tell: { $0.addReset(.overflow) }, isEjected: false),
        Row(testDescription: "timeouts", limits: Proxy.limits, tell: { $0.addTimeout() }, isEjected: true),
        Row(testDescription: "timeouts after the response began", limits: Proxy.limits, tell: {
            $0.addOutcome(status: 200)
            $0.addTimeout(beforeResponse: false)
        }, isEjected: false),
        Row(testDescription: "timeouts while waiting for a connection", limits: Proxy.limits, tell: {
            $0.addTimeout(hadConnection: false)
        }, isEjected: false),
        Row(testDescription: "responses cut short", limits: Proxy.limits, tell: {
            $0.addOutcome(status: 200)
            $0.addReset(.connectionTermination)
        }, isEjected: false),
        Row(testDescription: "split: connects refused", limits: split, tell: {
            $0.addReset(.remoteConnectionFailure(errno: 111))
        }, isEjected: true),
        Row(testDescription: "split: connections that break off", limits: split, tell: {
            $0.addConnected()
            $0.addReset(.connectionTermination)
        }, isEjected: false),
        Row(testDescription: "split: timeouts", limits: split, tell: {
            $0.addConnected()
            $0.addTimeout()
        }, isEjected: false),
        Row(testDescription: "split: responses", limits: split, tell: {
            $0.addConnected()
            $0.addOutcome(status: 503)
        }, isEjected: true),
        Row(testDescription: "statuses that are made errors", limits: chosen, tell: {
            $0.addOutcome(status: 429)
        }, isEjected: true),
        Row(testDescription: "5xx when others are errors", limits: chosen, tell: {
            $0.addOutcome(status: 503)
        }, isEjected: false),
        Row(testDescription: "gRPC errors beside other statuses", limits: chosen, tell: {
            $0.addOutcome(status: 200, grpcStatus: 503)
        }, isEjected: true),
        Row(testDescription: "gRPC errors", limits: Proxy.limits, tell: {
            $0.addOutcome(status: 200, grpcStatus: 503)
        }, isEjected: true),
        Row(testDescription: "TCP connects refused", limits: Proxy.limits, tell: {
            $0.addTCPConnectFailure(.remoteConnectionFailure(errno: 111))
        }, isEjected: true),
        Row(testDescription: "TCP connects that fail on this side", limits: Proxy.limits, tell: {
            $0.addTCPConnectFailure(.localConnectionFailure(errno: 24))
        }, isEjected: false),
        Row(testDescription: "TCP connections now and then", limits: Proxy.limits, tell: {
            $0.addTCPConnectFailure(.connectionTimeout)
            $0.addTCPConnected()
        }, isEjected: false),
    ])
    func ejectsForWhatEnvoyEjectsFor(row: Row) throws {
        let proxy = Proxy(workers: 1)
        proxy.publish(Proxy.cluster(row.limits))
        let endpoint = try #require(proxy.endpoint(0, 0))
        for _ in 0..<3 { row.tell(endpoint) }
        #expect(endpoint.isEjected == row.isEjected)
        proxy.stop()
    }

    @Test func hashedRequestsGoElsewhereWhileTheirEndpointIsOut() throws {
        let proxy = Proxy()
        proxy.publish(Proxy.cluster(balancing: .ringHash(minimumSize: 1024, maximumSize: 8 << 20)))
        var random = RandomSource(seed: 1)
        let hash = XXHash64.hash(ContiguousArray("jason".utf8))
        let first = try #require(proxy.cluster(0)?.choose(random: &random, hash: hash))
        #expect(proxy.cluster(1)?.choose(random: &random, hash: hash)?.addressText == first.addressText)
        for _ in 0..<3 { first.addOutcome(status: 503) }
        let second = try #require(proxy.cluster(1)?.choose(random: &random, hash: hash))
        #expect(second.addressText != first.addressText)
        proxy.advance(milliseconds: 7000)
        #expect(proxy.cluster(1)?.choose(random: &random, hash: hash)?.addressText == first.addressText)
        proxy.stop()
    }
}
