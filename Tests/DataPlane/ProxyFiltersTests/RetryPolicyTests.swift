import HTTPWire
import ProxySnapshot
import ProxyUpstream
import Testing

@testable import ProxyFilters

@Suite struct RetryPolicyTests {
    private static func head(_ status: UInt16, _ headers: [(KnownHeader, String)] = []) -> ResponseHead {
        var head = ResponseHead()
        head.status = status
        for (name, value) in headers { head.headers.set(name, value) }
        return head
    }

    @Test(arguments: [
        (RetryConditions.serverError, UInt16(499), false), (.serverError, 500, true), (.serverError, 599, true),
        (.gatewayError, 501, false), (.gatewayError, 502, true), (.gatewayError, 504, true),
        (.gatewayError, 505, false),
        (.retriable4xx, 409, true), (.retriable4xx, 404, false), (.retriableStatusCodes, 418, true),
        (.retriableStatusCodes, 200, false), (.reset, 503, false), (.connectFailure, 503, false),
    ])
    func statuses(conditions: RetryConditions, status: UInt16, isCovered: Bool) {
        let policy = RetryPolicy(conditions: conditions, retriableStatusCodes: [418])
        #expect(policy.covers(Self.head(status)) == isCovered)
    }

    @Test(arguments: [
        (RetryConditions.grpcCancelled, "1"), (.grpcDeadlineExceeded, "4"), (.grpcResourceExhausted, "8"),
        (.grpcInternal, "13"), (.grpcUnavailable, "14"),
    ])
    func gRPCStatuses(conditions: RetryConditions, status: String) {
        let policy = RetryPolicy(conditions: conditions)
        for text in ["0", "1", "4", "8", "13", "14", "2", "", "x", "1x", "140", "-1"] {
            #expect(policy.covers(Self.head(200, [(.grpcStatus, text)])) == (text == status), "\(text)")
        }
    }

    @Test func anOverloadedOrRateLimitedAnswerIsNotTriedAgain() {
        let policy = RetryPolicy(conditions: .serverError)
        #expect(!policy.covers(Self.head(503, [(.xEnvoyOverloaded, "true")])))
        #expect(!policy.covers(Self.head(503, [(.xEnvoyRatelimited, "true")])))
        let limited = RetryPolicy(conditions: [.envoyRateLimited])
        #expect(limited.covers(Self.head(429, [(.xEnvoyRatelimited, "true")])))
    }

    @Test func headersMayAskForARetry() {
        let matcher = HeaderMatcher(name: HeaderName("x-again"), value: .present)
        let policy = RetryPolicy(conditions: .retriableHeaders, retriableHeaders: [matcher])
        var head = Self.head(200)
        #expect(!policy.covers(head))
        head.headers.set(HeaderName("x-again"), "")
        #expect(policy.covers(head))
    }

    @Test(arguments: [
        (RetryConditions.connectFailure, [true, true, true, false, false, false]),
        (.resetBeforeRequest, [true, true, true, false, false, false]),
        (.reset, [true, true, true, true, true, true]),
        (.serverError, [true, true, true, true, true, true]),
        (.gatewayError, [true, true, true, true, true, true]),
        (.refusedStream, [false, false, false, false, false, false]),
    ])
    func failures(conditions: RetryConditions, covered: [Bool]) {
        let failures: [TryFailure] = [
            .reset(.remoteConnectionFailure(errno: 111)), .reset(.localConnectionFailure(errno: 0)),
            .reset(.connectionTimeout), .reset(.connectionTermination), .reset(.protocolError), .perTryTimeout,
        ]
        let policy = RetryPolicy(conditions: conditions)
        #expect(failures.map { policy.covers($0) } == covered)
        #expect(!policy.covers(.reset(.overflow)))
    }

    @Test func theBackOffDoublesUpToItsMaximumAndIsDrawnFromBelow() {
        let policy = RetryPolicy(conditions: .reset)
        let ceilings = (0..<6).map { retry in
            (0..<1000).map { policy.backOffMilliseconds(retry: retry, random: UInt64($0)) }.max() ?? -1
        }
        #expect(ceilings == [24, 49, 99, 199, 249, 249])
        let long = RetryPolicy(conditions: .reset, backOffBase: .seconds(3), backOffMaximum: .seconds(30))
        #expect(long.backOffMilliseconds(retry: .max, random: .max) < 30_000)
        #expect(long.backOffMilliseconds(retry: -1, random: .max) < 3000)
    }

    @Test func aBudgetIsAShareOfTheRequests() {
        let budget = RetryBudget(percent: 20, minimumConcurrency: 3)
        #expect([0, 10, 20, 100, -1].map { budget.limit(requests: $0) } == [3, 3, 4, 20, 3])
    }
}
