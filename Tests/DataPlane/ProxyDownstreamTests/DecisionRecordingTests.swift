import CustomDump
import MeshTelemetry
import ProxyFilters
import ProxySnapshot
import ProxyUpstream
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"

/// What a worker remembers of requests that went through it.
@Suite(.timeLimit(.minutes(5))) struct DecisionRecordingTests {
    private func get(_ path: String, id: String = "id-1") -> String {
        "GET \(path) HTTP/1.1\r\nHost: example\r\nX-Request-ID: \(id)\r\nX-Secret: s\r\n\r\n"
    }

    private func records(_ proxy: ProxyHarness, id: String = "id-1") async throws -> [DecisionRecord] {
        try await proxy.onLoop { _, listeners in listeners.decisions.records(requestID: Array(id.utf8)) }
    }

    @Test func anOrdinaryRequestIsRemembered() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: [route(source: "/x", rule: "http[0]")]) { proxy in
            let client = try await proxy.client()
            try await client.send(get("/a?b=c"))
            _ = await client.receive { $0.hasSuffix("hi") }
            let record = try #require(try await records(proxy).first)
            expectNoDifference(
                [
                    record.requestID, record.listener, record.filterChain, record.table, record.virtualHost,
                    record.route,
                ],
                ["id-1", "l", "c", "t", "v", "r"]
            )
            expectNoDifference([record.configSource, record.configRule, record.cluster], ["/x", "http[0]", "up"])
            #expect(record.details == "via_upstream")
            #expect(record.facts.status == 200)
            #expect(record.facts.responseBytes == 2)
            #expect(record.facts.timeout == 15_000)
            #expect(record.facts.weightedEntry == -1)
            #expect(record.flags.isEmpty)
            #expect(record.attempts.map(\.endpoint) == ["127.0.0.1:\(server.port)"])
            #expect(record.attempts.map(\.ending) == [.response])
            #expect(record.attempts.map(\.status) == [200])
            let head = String(decoding: record.head, as: UTF8.self)
            expectNoDifference(
                head,
                get("/a?b=c").replacing("Host", with: "host")
                    .replacing("X-Request-ID", with: "x-request-id").replacing("X-Secret", with: "x-secret")
            )
        }
    }

    @Test func anIdThatTheProxyMadeIsFoundToo() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\nhost: example\r\n\r\n")
            _ = await client.receive { $0.hasSuffix("hi") }
            let sent = try #require(server.heads.first)
            let line = try #require(sent.split(separator: "\r\n").first { $0.hasPrefix("x-request-id: ") })
            let id = String(line.dropFirst("x-request-id: ".count))
            #expect(try await records(proxy, id: id).count == 1)
        }
    }

    @Test func requestsOfOneConnectionAreToldApart() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            for (round, id) in ["a", "b", "a"].enumerated() {
                try await client.send(get("/\(round)", id: id))
                _ = await client.receive { $0.components("hi") == round + 1 }
            }
            #expect(try await records(proxy, id: "a").count == 2)
            #expect(try await records(proxy, id: "c").isEmpty)
            let last = try await proxy.onLoop { _, listeners in listeners.decisions.records(last: 2) }
            #expect(last.map(\.requestID) == ["b", "a"])
        }
    }

    @Test func aFailedAttemptIsFollowedByTheNext() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let action = RouteAction(
            cluster: .cluster(ClusterIndex(rawValue: 0)),
            retryPolicy: RetryPolicy(conditions: [.connectFailure], retries: 1)
        )
        let route = Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: .forward(action))
        // Nobody listens at port 1.
        let dead = SocketAddressValue(address: IPAddress(v4: 0x7F00_0001), port: 1)
        let cluster: @Sendable (LoadAssignment) -> Cluster = { _ in
            Cluster(
                name: "up",
                index: ClusterIndex(rawValue: 0),
                endpoints: LoadAssignment(
                    localities: [LocalityEndpoints(locality: Locality(), priority: 0, weight: nil, range: 0..<1)],
                    endpoints: [Endpoint(address: .socket(dead))],
                    priorities: [0..<1]
                )
            )
        }
        try await ProxyHarness.run(server, routes: [route], cluster: cluster) { proxy in
            let client = try await proxy.client()
            try await client.send(get("/a"))
            while try await proxy.count(.upstreamRequestRetryLimitExceeded) == 0 {
                try Task.checkCancellation()
                try await proxy.advance(milliseconds: 1)
            }
            _ = await client.receive { $0.contains("503") }
            let record = try #require(try await records(proxy).first)
            #expect(record.attempts.map(\.endpoint) == ["127.0.0.1:1", "127.0.0.1:1"])
            #expect(record.attempts.map(\.ending) == [.remoteConnectionFailure, .remoteConnectionFailure])
            #expect(record.facts.attempts == 2)
            #expect(record.flags.text == "URX,UF")
            #expect(record.transportFailure.contains("Connection refused"))
        }
    }

    @Test func anOpenBreakerIsNamed() async throws {
        let server = ScriptedServer { _ in .silence }
        let cluster: @Sendable (LoadAssignment) -> Cluster = {
            Cluster(
                name: "up",
                index: ClusterIndex(rawValue: 0),
                endpoints: $0,
                defaultThresholds: CircuitBreakerThresholds(maxRequests: 1)
            )
        }
        try await ProxyHarness.run(server, cluster: cluster) { proxy in
            let first = try await proxy.client()
            try await first.send(get("/a", id: "first"))
            while server.heads.isEmpty { await Task.yield() }
            let second = try await proxy.client()
            try await second.send(get("/a"))
            _ = await second.receive { $0.contains("overflow") }
            let record = try #require(try await records(proxy).first)
            #expect(record.flags == .upstreamOverflow)
            #expect(record.overflow == "http2MaxRequests")
        }
    }

    @Test func whatTimedOutSaysSo() async throws {
        let server = ScriptedServer { _ in .silence }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get("/a"))
            while server.heads.isEmpty { await Task.yield() }
            try await proxy.advance(milliseconds: 16_000)
            _ = await client.receive { $0.contains("504") }
            let record = try #require(try await records(proxy).first)
            #expect(record.facts.timedOut)
            #expect(record.attempts.map(\.ending) == [.requestTimeout])
            #expect(record.facts.endedAt - record.facts.startedAt >= 16_000_000_000)
        }
    }

    @Test func aRequestWithoutRouteIsRememberedAmongTheFailures() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let route = Route(name: "r", match: RouteMatch(path: .exact(Array("/only".utf8))), action: action)
        try await ProxyHarness.run(server, routes: [route]) { proxy in
            let client = try await proxy.client()
            try await client.send(get("/a"))
            _ = await client.receive { $0.contains("404") }
            let record = try #require(try await records(proxy).first)
            #expect(record.flags == .noRouteFound)
            #expect(record.table.isEmpty)
            #expect(!record.facts.isRouted)
            #expect(record.attempts.isEmpty)
        }
    }

    @Test func manyGoodRequestsLeaveTheFailuresAlone() async throws {
        let server = ScriptedServer { number in
            number == 0 ? .answer("HTTP/1.1 500 no\r\ncontent-length: 2\r\n\r\nhi") : .answer(ok)
        }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            for round in 0..<600 {
                try await client.send(get("/a", id: "id-\(round)"))
                _ = await client.receive { $0.components("hi") == round + 1 }
            }
            #expect(try await records(proxy, id: "id-0").count == 1)
            #expect(try await records(proxy, id: "id-1").isEmpty)
            #expect(try await records(proxy, id: "id-599").count == 1)
            let (count, total, bytes) = try await proxy.onLoop { _, listeners in
                (listeners.decisions.count, listeners.decisions.total, listeners.decisions.bytes)
            }
            #expect(count < 600)
            #expect(total == 600)
            #expect(bytes == 96 << 10)
        }
    }

    private var action: RouteActionKind { .forward(RouteAction(cluster: .cluster(ClusterIndex(rawValue: 0)))) }

    private func route(source: String, rule: String) -> Route {
        Route(
            name: "r",
            match: RouteMatch(path: .prefix([0x2F])),
            action: action,
            configSource: source,
            configRule: rule
        )
    }
}
