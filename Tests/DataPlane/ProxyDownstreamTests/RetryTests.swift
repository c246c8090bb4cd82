import HTTPWire
import ProxySnapshot
import ProxyUpstream
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
private let get = "GET /a HTTP/1.1\r\nhost: example\r\n\r\n"

/// One route to the one cluster with these retries.
private func routes(
    _ conditions: RetryConditions,
    retries: Int = 2,
    perTry: Duration? = nil,
    timeout: Duration? = nil
) -> [Route] {
    let policy = RetryPolicy(conditions: conditions, retries: retries, perTryTimeout: perTry)
    let action = RouteAction(
        cluster: .cluster(ClusterIndex(rawValue: 0)),
        timeout: timeout,
        retryPolicy: policy
    )
    return [Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: .forward(action))]
}

private func answer(_ status: String, _ more: String = "") -> String {
    "HTTP/1.1 \(status)\r\n\(more)content-length: 0\r\n\r\n"
}

@Suite(.timeLimit(.minutes(5))) struct RetryTests {
    @Test func aServerErrorIsTriedAgainAndTheGoodAnswerIsAllTheCallerSees() async throws {
        let server = ScriptedServer { $0 < 2 ? .answer(answer("503 Service Unavailable")) : .answer(ok) }
        try await ProxyHarness.run(server, routes: routes(.serverError)) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.pass { server.heads.count == 3 }
            let received = await client.receive { $0.hasSuffix("hi") }
            #expect(received.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(received.components("HTTP/1.1") == 1)
            #expect(try await proxy.count(.upstreamRequestRetry) == 2)
            #expect(try await proxy.count(.upstreamRequestRetrySuccess) == 1)
            #expect(server.heads.allSatisfy { $0.contains("host: example\r\n") })
        }
    }

    @Test func theLastAnswerComesThroughWhenTheRetriesAreUsedUp() async throws {
        let server = ScriptedServer { .answer(answer("503 Service Unavailable", "x-try: \($0)\r\n")) }
        try await ProxyHarness.run(server, routes: routes(.gatewayError)) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.pass { server.heads.count == 3 }
            let received = await client.receive { $0.hasSuffix("\r\n\r\n") }
            #expect(received.hasPrefix("HTTP/1.1 503"))
            #expect(received.contains("x-try: 2\r\n"))
            #expect(try await proxy.count(.upstreamRequestRetryLimitExceeded) == 1)
        }
    }

    @Test(arguments: [
        (RetryConditions.gatewayError, "500 Internal Server Error"), (RetryConditions.serverError, "404 Not Found"),
        (RetryConditions.retriable4xx, "404 Not Found"), (RetryConditions.reset, "503 Service Unavailable"),
    ])
    func whatNoConditionCoversIsNotTriedAgain(conditions: RetryConditions, status: String) async throws {
        let server = ScriptedServer { _ in .answer(answer(status)) }
        try await ProxyHarness.run(server, routes: routes(conditions)) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let received = await client.receive { $0.hasSuffix("\r\n\r\n") }
            #expect(received.hasPrefix("HTTP/1.1 \(status)\r\n"))
            #expect(server.heads.count == 1)
        }
    }

    @Test func aResetIsTriedAgain() async throws {
        let server = ScriptedServer { $0 == 0 ? .close : .answer(ok) }
        try await ProxyHarness.run(server, routes: routes(.reset)) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.pass { server.heads.count == 2 }
            let received = await client.receive { $0.hasSuffix("hi") }
            #expect(received.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func aBodyIsSentWholeWithEveryTry() async throws {
        let server = ScriptedServer { $0 == 0 ? .answer(answer("503 Service Unavailable")) : .answer(ok) }
        try await ProxyHarness.run(server, routes: routes(.serverError)) { proxy in
            let client = try await proxy.client()
            let body = String(repeating: "0123456789", count: 1000)
            try await client.send("POST / HTTP/1.1\r\nhost: e\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
            try await proxy.pass { server.heads.count == 2 }
            _ = await client.receive { $0.hasSuffix("hi") }
            let bytes = server.heads.reduce(2 * body.utf8.count) { $0 + $1.utf8.count }
            try await proxy.pass { server.bytesReceived == bytes }
            #expect(server.bytesReceived == bytes)
        }
    }

    @Test func aBodyBeyondTheLimitIsSentOnce() async throws {
        let server = ScriptedServer { _ in .silence }
        try await ProxyHarness.run(server, routes: routes(.serverError, perTry: .seconds(1)), bufferLimit: 1000) {
            proxy in
            let client = try await proxy.client()
            let body = String(repeating: "x", count: 5000)
            try await client.send("POST / HTTP/1.1\r\nhost: e\r\ncontent-length: 5000\r\n\r\n\(body)")
            try await proxy.pass { server.bytesReceived >= 5000 }
            try await proxy.advance(milliseconds: 1200)
            let received = await client.receive { $0.hasSuffix("upstream request timeout") }
            #expect(received.hasPrefix("HTTP/1.1 504"))
            #expect(server.heads.count == 1)
            #expect(try await proxy.count(.retryOrShadowAbandoned) == 1)
        }
    }

    @Test func aTryThatTakesTooLongIsGivenUpForTheNext() async throws {
        let server = ScriptedServer { $0 == 0 ? .silence : .answer(ok) }
        try await ProxyHarness.run(server, routes: routes(.gatewayError, perTry: .seconds(2))) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.pass { server.heads.count == 1 }
            try await proxy.advance(milliseconds: 2200)
            try await proxy.pass { server.heads.count == 2 }
            let received = await client.receive { $0.hasSuffix("hi") }
            #expect(received.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(try await proxy.count(.upstreamRequestPerTryTimeout) == 1)
            let expected = "x-envoy-expected-rq-timeout-ms: 2000\r\n"
            #expect(server.heads.allSatisfy { $0.contains(expected) })
        }
    }

    @Test func theTimeoutBoundsAllTriesTogether() async throws {
        let server = ScriptedServer { _ in .silence }
        let routes = routes(.gatewayError, retries: 100, perTry: .seconds(1), timeout: .seconds(3))
        try await ProxyHarness.run(server, routes: routes) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            for tries in 1...3 {
                try await proxy.pass { server.heads.count == tries }
                try await proxy.advance(milliseconds: 1100)
            }
            let received = await client.receive { $0.hasSuffix("upstream request timeout") }
            #expect(received.hasPrefix("HTTP/1.1 504"))
            #expect(try await proxy.count(.upstreamRequestTimeout) == 1)
        }
    }

    @Test func noRetryOnceTheAnswerHasBegun() async throws {
        let server = ScriptedServer { _ in .answerAndClose("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab") }
        try await ProxyHarness.run(server, routes: routes([.reset, .serverError])) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let received = await client.receiveToEnd()
            #expect(received.hasSuffix("\r\n\r\nab"))
            #expect(server.heads.count == 1)
        }
    }

    @Test func aCallerThatLeavesDuringTheBackOffEndsIt() async throws {
        let server = ScriptedServer { _ in .answer(answer("503 Service Unavailable")) }
        let policy = RetryPolicy(
            conditions: .serverError,
            backOffBase: .seconds(1000),
            backOffMaximum: .seconds(1000)
        )
        let action = RouteAction(cluster: .cluster(ClusterIndex(rawValue: 0)), timeout: nil, retryPolicy: policy)
        let route = Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: .forward(action))
        try await ProxyHarness.run(server, routes: [route]) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            while try await proxy.count(.upstreamRequestRetry) == 0 { try Task.checkCancellation() }
            try await client.close()
            try await proxy.wait(for: .connectionActive) { $0 == 0 }
            try await proxy.advance(milliseconds: 2_000_000)
            #expect(server.heads.count == 1)
        }
    }

    @Test func retriesInFlightAreLimited() async throws {
        let server = ScriptedServer { _ in .answer(answer("503 Service Unavailable")) }
        let cluster: (LoadAssignment) -> Cluster = { assignment in
            Cluster(
                name: "up",
                index: ClusterIndex(rawValue: 0),
                endpoints: assignment,
                defaultThresholds: CircuitBreakerThresholds(maxRetries: 0)
            )
        }
        try await ProxyHarness.run(server, routes: routes(.serverError), cluster: cluster) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let received = await client.receive { $0.hasSuffix("\r\n\r\n") }
            #expect(received.hasPrefix("HTTP/1.1 503"))
            #expect(server.heads.count == 1)
            #expect(try await proxy.count(.upstreamRequestRetryOverflow) == 1)
        }
    }
}
