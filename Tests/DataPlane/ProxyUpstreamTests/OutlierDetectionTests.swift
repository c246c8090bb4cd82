import ProxyBalancing
import ProxySnapshot
import Testing

@testable import ProxyUpstream

@Suite struct OutlierDetectionTests {
    @Test func errorsOfAllWorkersCountTogetherAndTheEjectionHoldsForAll() {
        var proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster())
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
        var proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster())
        for _ in 0..<2 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        proxy.endpoint(1, 0)?.addOutcome(status: 200)
        for _ in 0..<2 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["1", "2", "3"])
        proxy.stop()
    }

    @Test func theEjectedComesBackAtTheEndOfAnInterval() {
        var proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster())
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
        let proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster())
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 503) }
        proxy.advance(milliseconds: 3000)
        #expect(!proxy.workers[0].isAsleep)
        #expect(proxy.workers[1].isAsleep)
        proxy.advance(milliseconds: 6000)
        #expect(proxy.workers[0].isAsleep)
        proxy.stop()
    }

    @Test func noMoreThanTheShareIsEjected() {
        var proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster())
        for host in 0..<3 { for _ in 0..<3 { proxy.endpoint(0, host)?.addOutcome(status: 500) } }
        #expect(proxy.choices(1) == ["2", "3"])
        #expect(proxy.total(.outlierEjectionsOverflow) == 2)
        proxy.stop()
    }

    /// Both workers have the hosts: each counts once for the share.
    @Test func hostsThatComeAndGoChangeTheShare() {
        var proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster(hosts: [1]))
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["1"])
        proxy.publish(WorkerProxy.cluster(hosts: [1, 2]))
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["2"])
        proxy.publish(WorkerProxy.cluster(hosts: [2]))
        #expect(proxy.total(.outlierEjectionsActive) == 0)
        proxy.publish(WorkerProxy.cluster(hosts: [1, 2]))
        #expect(proxy.choices(1) == ["1", "2"])
        proxy.stop()
    }

    @Test func endpointUpdatesKeepEjections() {
        var proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster())
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        proxy.publish(WorkerProxy.cluster(hosts: [4, 3, 2, 1]))
        #expect(proxy.choices(0) == ["2", "3", "4"])
        #expect(proxy.choices(1) == ["2", "3", "4"])
        proxy.stop()
    }

    @Test func otherSettingsBeginAnew() {
        var proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster())
        for _ in 0..<3 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        let old = proxy.endpoint(0, 0)
        proxy.publish(WorkerProxy.cluster(revision: 2))
        #expect(proxy.choices(0) == ["1", "2", "3"])
        #expect(proxy.total(.outlierEjectionsActive) == 0)
        // What is still heard of the endpoint as it was does not count.
        for _ in 0..<3 { old?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["1", "2", "3"])
        proxy.publish(WorkerProxy.cluster(nil, revision: 3))
        for _ in 0..<9 { proxy.endpoint(0, 0)?.addOutcome(status: 500) }
        #expect(proxy.choices(0) == ["1", "2", "3"])
        proxy.publish(nil)
        proxy.stop()
    }

    /// A request that began before its cluster went may choose again after an ejection elsewhere.
    @Test func aClusterThatIsGoneHasNoEndpointsToChoose() throws {
        let proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster())
        let gone = try #require(proxy.cluster(0))
        proxy.workers[0].publish(ProxySnapshot())
        for _ in 0..<3 { proxy.endpoint(1, 0)?.addOutcome(status: 500) }
        #expect(proxy.endpoint(1, 0)?.isEjected == true)
        var random = RandomSource(seed: 1)
        #expect(gone.choose(random: &random) == nil)
        proxy.stop()
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var limits: OutlierDetection
        var tell: @Sendable (UpstreamEndpoint) -> Void
        var isEjected: Bool
    }

    private static let split: OutlierDetection = {
        var limits = WorkerProxy.limits
        limits.splitsLocalOriginErrors = true
        limits.consecutiveLocalOriginFailure = 3
        return limits
    }()

    private static let chosen: OutlierDetection = {
        var limits = WorkerProxy.limits
        limits.errorStatuses = [429, 409]
        return limits
    }()

    /// What Envoy 1.40 did after three of these.
    @Test(arguments: [
        Row(
            testDescription: "connects refused",
            limits: WorkerProxy.limits,
            tell: {
                $0.addReset(.remoteConnectionFailure(errno: 111))
            },
            isEjected: true
        ),
        Row(
            testDescription: "connects that time out",
            limits: WorkerProxy.limits,
            tell: {
                $0.addReset(.connectionTimeout)
            },
            isEjected: true
        ),
        Row(
            testDescription: "no HTTP",
            limits: WorkerProxy.limits,
            tell: { $0.addReset(.protocolError) },
            isEjected: true
        ),
        Row(
            testDescription: "circuit breaker",
            limits: WorkerProxy.limits,
            tell: { $0.addReset(.overflow) },
            isEjected: false
        ),
        Row(testDescription: "timeouts", limits: WorkerProxy.limits, tell: { $0.addTimeout() }, isEjected: true),
        Row(
            testDescription: "timeouts after the response began",
            limits: WorkerProxy.limits,
            tell: {
                $0.addOutcome(status: 200)
                $0.addTimeout(beforeResponse: false)
            },
            isEjected: false
        ),
        Row(
            testDescription: "timeouts while waiting for a connection",
            limits: WorkerProxy.limits,
            tell: {
                $0.addTimeout(hadConnection: false)
            },
            isEjected: false
        ),
        Row(
            testDescription: "responses cut short",
            limits: WorkerProxy.limits,
            tell: {
                $0.addOutcome(status: 200)
                $0.addReset(.connectionTermination)
            },
            isEjected: false
        ),
        Row(
            testDescription: "split: connects refused",
            limits: split,
            tell: {
                $0.addReset(.remoteConnectionFailure(errno: 111))
            },
            isEjected: true
        ),
        Row(
            testDescription: "split: connections that break off",
            limits: split,
            tell: {
                $0.addConnected()
                $0.addReset(.connectionTermination)
            },
            isEjected: false
        ),
        Row(
            testDescription: "split: timeouts",
            limits: split,
            tell: {
                $0.addConnected()
                $0.addTimeout()
            },
            isEjected: false
        ),
        Row(
            testDescription: "split: responses",
            limits: split,
            tell: {
                $0.addConnected()
                $0.addOutcome(status: 503)
            },
            isEjected: true
        ),
        Row(
            testDescription: "statuses that are made errors",
            limits: chosen,
            tell: {
                $0.addOutcome(status: 429)
            },
            isEjected: true
        ),
        Row(
            testDescription: "5xx when others are errors",
            limits: chosen,
            tell: {
                $0.addOutcome(status: 503)
            },
            isEjected: false
        ),
        Row(
            testDescription: "gRPC errors beside other statuses",
            limits: chosen,
            tell: {
                $0.addOutcome(status: 200, grpcStatus: 503)
            },
            isEjected: true
        ),
        Row(
            testDescription: "gRPC errors",
            limits: WorkerProxy.limits,
            tell: {
                $0.addOutcome(status: 200, grpcStatus: 503)
            },
            isEjected: true
        ),
        Row(
            testDescription: "TCP connects refused",
            limits: WorkerProxy.limits,
            tell: {
                $0.addTCPConnectFailure(.remoteConnectionFailure(errno: 111))
            },
            isEjected: true
        ),
        Row(
            testDescription: "TCP connects that fail on this side",
            limits: WorkerProxy.limits,
            tell: {
                $0.addTCPConnectFailure(.localConnectionFailure(errno: 24))
            },
            isEjected: false
        ),
        Row(
            testDescription: "TCP connections now and then",
            limits: WorkerProxy.limits,
            tell: {
                $0.addTCPConnectFailure(.connectionTimeout)
                $0.addTCPConnected()
            },
            isEjected: false
        ),
    ])
    func ejectsForWhatEnvoyEjectsFor(row: Row) throws {
        let proxy = WorkerProxy(workers: 1)
        proxy.publish(WorkerProxy.cluster(row.limits))
        let endpoint = try #require(proxy.endpoint(0, 0))
        for _ in 0..<3 { row.tell(endpoint) }
        #expect(endpoint.isEjected == row.isEjected)
        proxy.stop()
    }

    @Test func hashedRequestsGoElsewhereWhileTheirEndpointIsOut() throws {
        let proxy = WorkerProxy()
        proxy.publish(WorkerProxy.cluster(balancing: .ringHash(minimumSize: 1024, maximumSize: 8 << 20)))
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
