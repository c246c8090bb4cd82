import HTTPWire
import ProxySnapshot
import Testing

@testable import ProxyUpstream

@Suite struct LoadReportSharingTests {
    private static let rule = ClientSideWeights(
        blackoutMilliseconds: 1000,
        expirationMilliseconds: 5000,
        updateMilliseconds: 1000
    )

    private static func cluster(hosts: [Int] = [1, 2], revision: UInt64 = 1) -> Cluster {
        WorkerProxy.cluster(nil, hosts: hosts, revision: revision, clientSideWeights: rule)
    }

    private func headers(_ lines: [(HeaderName, String)]) -> HeaderBlock {
        var head = ResponseHead()
        for (name, value) in lines { Array(value.utf8).withUnsafeBytes { head.headers.add(name, $0) } }
        return head.headers
    }

    private let report = HeaderName("endpoint-load-metrics")
    private let binary = HeaderName("endpoint-load-metrics-bin")

    private func weights(_ proxy: inout WorkerProxy, _ worker: Int) -> [UInt32] {
        _ = proxy.choices(worker)
        return (proxy.cluster(worker)?.endpoints ?? []).compactMap { $0?.weight }
    }

    @Test func whatOneWorkerHearsCountsForAll() {
        var proxy = WorkerProxy()
        proxy.publish(Self.cluster())
        #expect(weights(&proxy, 0) == [1, 1])
        let loaded = headers([(report, "TEXT rps_fractional:10,application_utilization:0.5")])
        let idle = headers([(report, "TEXT rps_fractional:10,application_utilization:0.1")])
        #expect(proxy.endpoint(0, 0)?.takeLoadReport(loaded) == true)
        #expect(proxy.endpoint(1, 1)?.takeLoadReport(idle) == true)
        proxy.advance(milliseconds: 900)
        #expect(weights(&proxy, 0) == [1, 1])
        proxy.advance(milliseconds: 200)
        #expect(weights(&proxy, 0) == [20, 100])
        #expect(weights(&proxy, 1) == [20, 100])
        // Long enough ago, and nothing since.
        proxy.advance(milliseconds: 6000)
        #expect(weights(&proxy, 0) == [1, 1])
        proxy.stop()
    }

    @Test func endpointsComeAndGo() {
        var proxy = WorkerProxy(workers: 1)
        proxy.publish(Self.cluster())
        let some = headers([(report, "TEXT rps_fractional:10,application_utilization:0.5")])
        #expect(proxy.endpoint(0, 1)?.takeLoadReport(some) == true)
        proxy.advance(milliseconds: 1500)
        #expect(weights(&proxy, 0) == [20, 20])
        proxy.publish(Self.cluster(hosts: [2, 3]))
        // A newcomer does not wait for the next look at the reports.
        #expect((proxy.cluster(0)?.endpoints ?? []).compactMap { $0?.weight } == [20, 20])
        proxy.publish(Self.cluster(hosts: [3]))
        proxy.publish(Self.cluster(hosts: [2, 3]))
        #expect(weights(&proxy, 0) == [1, 1])
        proxy.publish(Self.cluster(hosts: [2, 3], revision: 2))
        #expect(weights(&proxy, 0) == [1, 1])
        proxy.stop()
    }

    @Test func theHeaderOfGRPCGoesFirstEvenIfItIsMalformed() {
        let proxy = WorkerProxy(workers: 1)
        proxy.publish(Self.cluster())
        let text = (report, "TEXT rps_fractional:10,application_utilization:0.5")
        func take(_ lines: [(HeaderName, String)]) -> Bool? { proxy.endpoint(0, 0)?.takeLoadReport(headers(lines)) }
        #expect(take([text, (binary, "MQAAAAAAACRA")]) == true)
        #expect(take([text, (binary, "?")]) == false)
        #expect(take([text, (report, "?")]) == true)
        #expect(take([(report, "?"), text]) == false)
        #expect(take([]) == false)
        proxy.stop()
    }

    @Test func aClusterWithoutTheRuleHearsNothing() {
        let proxy = WorkerProxy(workers: 1)
        proxy.publish(WorkerProxy.cluster(nil))
        let some = headers([(report, "TEXT rps_fractional:10,application_utilization:0.5")])
        #expect(proxy.endpoint(0, 0)?.takeLoadReport(some) == false)
        #expect(proxy.endpoint(0, 0)?.isWatched == false)
        proxy.stop()
    }
}
