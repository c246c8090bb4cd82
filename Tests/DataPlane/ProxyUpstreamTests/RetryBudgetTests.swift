import NIOEmbedded
import ProxySnapshot
import Testing

@testable import ProxyUpstream

@Suite struct RetryBudgetTests {
    /// The requests that count after each tenth of an interval of 1 s.
    private func course(_ window: RetryWindow, from start: Int64, steps: Int) -> [Int] {
        (1...steps).map { window.requests(now: start + Int64($0) * 100) }
    }

    @Test func aRequestCountsForNineToTenTenthsOfTheInterval() {
        let window = RetryWindow(interval: 1000, now: 5000)
        for _ in 0..<3 { window.note(now: 5000) }
        window.note(now: 5099)
        window.note(now: 5100)
        #expect(window.requests(now: 5100) == 5)
        #expect(window.requests(now: 5999) == 5)
        #expect(window.requests(now: 6000) == 1)
        #expect(window.requests(now: 6099) == 1)
        #expect(window.requests(now: 6100) == 0)
    }

    @Test func silenceEndsTheWindowAtOnce() {
        let window = RetryWindow(interval: 1000, now: 0)
        for time in stride(from: Int64(0), to: 1000, by: 50) { window.note(now: time) }
        #expect(window.requests(now: 999) == 20)
        #expect(course(window, from: 900, steps: 10) == [18, 16, 14, 12, 10, 8, 6, 4, 2, 0])
        window.note(now: 3_600_000)
        #expect(window.requests(now: 3_600_000) == 1)
        #expect(window.requests(now: .max) == 0)
    }

    @Test func anIntervalShorterThanItsSlotsStillEnds() {
        let window = RetryWindow(interval: 1, now: 0)
        window.note(now: 0)
        #expect(window.requests(now: 0) == 1)
        #expect(window.requests(now: 10) == 0)
    }

    private static func cluster(_ budget: RetryBudget, revision: UInt64 = 1, limit: UInt32 = .max) -> Cluster {
        Cluster(
            name: "c",
            index: ClusterIndex(rawValue: 0),
            settingsRevision: revision,
            defaultThresholds: CircuitBreakerThresholds(maxRequests: limit, retryBudget: budget)
        )
    }

    @Test func requestsOfAllWorkersAllowRetriesAfterTheyEnded() {
        let clock = ManualClock()
        let breakers = CircuitBreakers()
        let workers = (0..<2).map {
            Worker(index: $0, eventLoop: EmbeddedEventLoop(), clock: .manual(clock), breakers: breakers)
        }
        let budget = RetryBudget(percent: 50, minimumConcurrency: 1, intervalMilliseconds: 1000)
        func clusters() -> [UpstreamCluster] { workers.flatMap(\.clusters.all) }
        for (revision, limit) in [(1, .max), (2, 100)] as [(UInt64, UInt32)] {
            for worker in workers {
                worker.publish(ProxySnapshot(clusterSlots: [Self.cluster(budget, revision: revision, limit: limit)]))
            }
            for cluster in clusters() {
                for _ in 0..<2 { if cluster.take(.requests) == true { cluster.give(.requests) } }
                // One that waits is counted when it gets its connection.
                if cluster.take(.pendingRequests) == true { cluster.give(.pendingRequests) }
            }
            #expect(clusters().map { $0.takeRetry() } == [true, true])
            #expect(clusters().map { $0.takeRetry() } == [nil, nil])
            for cluster in clusters() { cluster.giveRetry() }
            clock.advance(milliseconds: 1000)
            #expect(clusters().map { $0.takeRetry() } == [true, nil])
            clusters().first?.giveRetry()
        }
    }

    @Test func withoutAnIntervalOnlyRequestsInFlightAllowRetries() {
        let worker = Worker(index: 0, eventLoop: EmbeddedEventLoop(), clock: .manual(ManualClock()))
        worker.publish(ProxySnapshot(clusterSlots: [Self.cluster(RetryBudget(percent: 50, minimumConcurrency: 0))]))
        guard let cluster = worker.clusters.all.first else { return #expect(Bool(false)) }
        let held = (0..<2).map { _ in cluster.take(.requests) }
        #expect(held == [true, true])
        #expect(cluster.takeRetry() == true)
        cluster.giveRetry()
        cluster.give(.requests)
        #expect(cluster.takeRetry() == nil)
    }
}
