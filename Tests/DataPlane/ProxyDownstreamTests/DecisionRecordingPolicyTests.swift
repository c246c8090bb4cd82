import CustomDump
import MeshTelemetry
import ProxyFilters
import ProxySnapshot
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
private let get = "GET /a HTTP/1.1\r\nhost: example\r\nx-request-id: id\r\n\r\n"
private let index = ClusterIndex(rawValue: 0)

private func routes(
    _ conditions: RetryConditions? = nil,
    retries: Int = 2,
    perTry: Duration? = nil,
    mirrors: [MirrorPolicy] = [],
    fault: HTTPFault? = nil
) -> [Route] {
    let policy = conditions.map { RetryPolicy(conditions: $0, retries: retries, perTryTimeout: perTry) }
    let action = RouteAction(cluster: .cluster(index), timeout: nil, retryPolicy: policy, mirrors: mirrors)
    return [Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: .forward(action), fault: fault)]
}

private func answer(_ status: String) -> String { "HTTP/1.1 \(status)\r\ncontent-length: 0\r\n\r\n" }

/// What is remembered of retries, faults and mirrors.
@Suite(.timeLimit(.minutes(5))) struct DecisionRecordingPolicyTests {
    private func record(_ proxy: ProxyHarness) async throws -> DecisionRecord {
        let found = try await proxy.onLoop { _, listeners in listeners.decisions.records(requestID: Array("id".utf8)) }
        return try #require(found.first)
    }

    @Test func everyAttemptIsRememberedWithItsStatus() async throws {
        let server = ScriptedServer { $0 < 2 ? .answer(answer("503 no")) : .answer(ok) }
        try await ProxyHarness.run(server, routes: routes(.serverError)) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.pass { server.heads.count == 3 }
            _ = await client.receive { $0.hasSuffix("hi") }
            let record = try await record(proxy)
            expectNoDifference(record.attempts.map(\.status), [503, 503, 200])
            expectNoDifference(record.attempts.map(\.ending), [.response, .response, .response])
            let times = record.attempts.flatMap { [$0.startedAt, $0.endedAt] }
            #expect(times == times.sorted(), "an attempt ends before the next begins, after a back-off")
            #expect(record.retryStop == .none)
            #expect(record.facts.attempts == 3)
        }
    }

    @Test func theLimitOfRetriesIsTheReasonToStop() async throws {
        let server = ScriptedServer { _ in .answer(answer("503 no")) }
        try await ProxyHarness.run(server, routes: routes(.serverError, retries: 1)) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.pass { server.heads.count == 2 }
            _ = await client.receive { $0.contains("503") }
            let record = try await record(proxy)
            #expect(record.retryStop == .limit)
            #expect(record.flags.contains(ResponseFlag.upstreamRetryLimitExceeded))
            #expect(record.attempts.map(\.status) == [503, 503])
        }
    }

    @Test func aFailureThatThePolicyDoesNotNameIsTheReasonToStop() async throws {
        let server = ScriptedServer { _ in .answer(answer("500 no")) }
        try await ProxyHarness.run(server, routes: routes(.gatewayError)) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.contains("500") }
            #expect(try await record(proxy).retryStop == .notRetriable)
        }
    }

    @Test func anAttemptThatTookTooLongSaysSo() async throws {
        let server = ScriptedServer { $0 == 0 ? .silence : .answer(ok) }
        let routes = routes(.serverError, perTry: .seconds(2))
        try await ProxyHarness.run(server, routes: routes) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.pass { server.heads.count == 1 }
            try await proxy.advance(milliseconds: 2200)
            try await proxy.pass { server.heads.count == 2 }
            _ = await client.receive { $0.hasSuffix("hi") }
            #expect(try await record(proxy).attempts.map(\.ending) == [.perTryTimeout, .response])
        }
    }

    @Test func faultsAndMirrorsAreRemembered() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let fault = HTTPFault(delay: FaultDelay(duration: .seconds(3), percentage: .hundred))
        let routes = routes(mirrors: [MirrorPolicy(cluster: index)], fault: fault)
        let manager = { (source: RouteSource) in
            HTTPConnectionManager(
                statPrefix: "test",
                routeSource: source,
                httpFilters: [.fault(nil), .cors, .router(RouterOptions())]
            )
        }
        try await ProxyHarness.run(server, routes: routes, manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.wait(for: .faultActive) { $0 == 1 }
            try await proxy.advance(milliseconds: 3100)
            try await proxy.pass { server.heads.count == 2 }
            _ = await client.receive { $0.hasSuffix("hi") }
            let record = try await record(proxy)
            #expect(record.facts.delayMilliseconds == 3000)
            #expect(record.mirrors == ["up"])
            let attempt = try #require(record.attempts.first)
            #expect(attempt.startedAt - record.facts.startedAt >= 2_999_000_000, "the attempt came after the delay")
        }
    }
}
