import MeshTelemetry
import NIOCore
import ProxySnapshot
import ProxyUpstream
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
private let get = "GET /a HTTP/1.1\r\nhost: example\r\n\r\n"

/// Hashing, ejection and the age of connections, by real sockets.
@Suite(.timeLimit(.minutes(5))) struct BalancingTests {
    private static func cluster(
        _ assignment: LoadAssignment,
        balancing: BalancingPolicy = .roundRobin,
        outliers: OutlierDetection? = nil,
        idleTimeout: Duration? = .seconds(3600),
        maxConnectionDuration: Duration? = nil,
        weights: ClientSideWeights? = nil
    ) -> Cluster {
        Cluster(
            name: "up",
            index: ClusterIndex(rawValue: 0),
            balancing: balancing,
            endpoints: assignment,
            outlierDetection: outliers,
            idleTimeout: idleTimeout,
            maxConnectionDuration: maxConnectionDuration,
            panicThreshold: 0,
            clientSideWeights: weights
        )
    }

    private static func hashing(ttl: Int64?) -> [Route] {
        let cookie = HashCookie(name: Array("user".utf8), ttl: ttl)
        let action = RouteAction(
            cluster: .cluster(ClusterIndex(rawValue: 0)),
            hashPolicy: [HashPolicy(.cookie(cookie))]
        )
        return [Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: .forward(action))]
    }

    // MARK: Load reports

    private static let report = "endpoint-load-metrics: TEXT rps_fractional:100,cpu_utilization:0."

    @Test(arguments: [
        "HTTP/1.1 503 No\r\n\(report)5\r\ncontent-length: 2\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\(report)5\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\(report)5\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\(report)1\r\n\r\n",
    ])
    func whatAnEndpointReportsMakesItsWeight(answer: String) async throws {
        let rule = ClientSideWeights(blackoutMilliseconds: 0, updateMilliseconds: 100)
        try await ProxyHarness.run(
            ScriptedServer { _ in .answer(answer) },
            cluster: { Self.cluster($0, weights: rule) }
        ) { proxy in
            let client = try await proxy.client()
            for number in 1...2 {
                try await client.send(get)
                // The caller gets all of it.
                _ = await client.receive { text in
                    ["hi", "endpoint-load-metrics"].allSatisfy { text.ranges(of: $0).count >= number }
                }
                try await proxy.advance(milliseconds: 200)
            }
            let weight = try await proxy.onLoop { worker, _ in worker.clusters.all.first?.endpoints.first??.weight }
            #expect(weight == 200)
        }
    }

    // MARK: Cookies

    @Test func aCallerWithoutTheCookieGetsOneAndKeepsIt() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(
            server,
            routes: Self.hashing(ttl: 60),
            cluster: { Self.cluster($0, balancing: .ringHash(minimumSize: 64, maximumSize: 64)) }
        ) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let answer = await client.receive { $0.hasSuffix("hi") }
            let start = try #require(answer.firstRange(of: "set-cookie: user=\"")?.upperBound)
            let value = answer[start...].prefix(16)
            #expect(answer[start...].hasPrefix("\(value)\"; Max-Age=60; HttpOnly\r\n"))
            try await client.send("GET /b HTTP/1.1\r\nhost: example\r\ncookie: user=\(value)\r\n\r\n")
            let both = await client.receive { $0.hasSuffix("hi") && $0.count > answer.count }
            #expect(!both.dropFirst(answer.count).contains("set-cookie"))
        }
    }

    @Test func noCookieIsMadeWhereNoHashIsAskedFor() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: Self.hashing(ttl: 60), cluster: { Self.cluster($0) }) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let answer = await client.receive { $0.hasSuffix("hi") }
            #expect(!answer.contains("set-cookie"))
        }
    }

    /// As in Envoy: the cookie goes with what an endpoint answers.
    @Test func anAnswerOfTheProxyHasNoCookie() async throws {
        let server = ScriptedServer { _ in .close }
        try await ProxyHarness.run(
            server,
            routes: Self.hashing(ttl: 0),
            cluster: { Self.cluster($0, balancing: .maglev(tableSize: 101)) }
        ) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let answer = await client.receive { $0.contains("upstream connect error") }
            #expect(answer.hasPrefix("HTTP/1.1 503"))
            #expect(!answer.contains("set-cookie"))
        }
    }

    // MARK: Ejection

    @Test func anEndpointThatFailsIsTakenOutAndComesBack() async throws {
        let server = ScriptedServer { number in
            .answer(number < 3 ? "HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno" : ok)
        }
        let limits = OutlierDetection(
            consecutive5xx: 3,
            interval: .seconds(1),
            baseEjectionTime: .seconds(2),
            maxEjectionPercent: 100
        )
        try await ProxyHarness.run(server, cluster: { Self.cluster($0, outliers: limits) }) { proxy in
            let client = try await proxy.client()
            for round in 1...3 {
                try await client.send(get)
                _ = await client.receive { $0.components("no") == round }
            }
            try await client.send(get)
            let refused = await client.receive { $0.hasSuffix("no healthy upstream") }
            #expect(refused.hasSuffix("no healthy upstream"))
            #expect(server.heads.count == 3)
            for _ in 0..<4 { try await proxy.advance(milliseconds: 1000) }
            try await client.send(get)
            let answer = await client.receive { $0.hasSuffix("hi") }
            #expect(answer.hasSuffix("hi"))
        }
    }

    // MARK: The age of connections

    @Test func aBusyConnectionThatIsTooOldEndsWithItsAnswer() async throws {
        // The second answer waits for the body, which looks like a head to this server.
        let server = ScriptedServer { number in number == 1 ? .silence : .answer(ok) }
        try await ProxyHarness.run(
            server,
            cluster: { Self.cluster($0, maxConnectionDuration: .seconds(10)) }
        ) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.components("hi") == 1 }
            // The head of a request: the connection is busy while its time passes.
            try await client.send("POST /a HTTP/1.1\r\nhost: example\r\ncontent-length: 18\r\n\r\n")
            for _ in 0..<1000 where server.heads.count < 2 { _ = try await proxy.onLoop { _, _ in 0 } }
            for _ in 0..<12 { try await proxy.advance(milliseconds: 1000) }
            #expect(server.connectionCount == 1)
            try await client.send("GET / HTTP/1.1\r\n\r\n")
            _ = await client.receive { $0.components("hi") == 2 }
            try await client.send(get)
            _ = await client.receive { $0.components("hi") == 3 }
            #expect(server.connectionCount == 2)
            let reached = try await proxy.onLoop { worker, _ in
                worker.clusters.cluster(at: ClusterIndex(rawValue: 0))?.counters
                    .table[.upstreamConnectionMaxDuration]
            }
            #expect(reached == 1)
        }
    }

    @Test(arguments: [
        (Duration.seconds(3600), Duration.seconds(10), ClusterStatistic.upstreamConnectionMaxDuration),
        (Duration.seconds(5), Duration.seconds(3600), ClusterStatistic.upstreamConnectionIdleTimeout),
    ])
    func anUnusedConnectionEndsByItself(idle: Duration, age: Duration, statistic: ClusterStatistic) async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(
            server,
            cluster: { Self.cluster($0, idleTimeout: idle, maxConnectionDuration: age) }
        ) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.hasSuffix("hi") }
            for _ in 0..<12 { try await proxy.advance(milliseconds: 1000) }
            let (count, active) = try await proxy.onLoop { worker, _ in
                let table = worker.clusters.cluster(at: ClusterIndex(rawValue: 0))?.counters.table
                return (table?[statistic], table?[.upstreamConnectionActive])
            }
            #expect(count == 1)
            #expect(active == 0)
        }
    }

    // MARK: TCP

    private static func tcp(
        idleTimeout: Duration? = .seconds(3600),
        duration: Duration? = nil
    ) -> NetworkFilter {
        .tcpProxy(
            TCPProxy(
                statPrefix: "t",
                cluster: .cluster(ClusterIndex(rawValue: 0)),
                idleTimeout: idleTimeout,
                maxDownstreamConnectionDuration: duration,
                accessLogs: [
                    AccessLog(
                        destination: .standardOutput,
                        format: .text("%RESPONSE_FLAGS% %BYTES_RECEIVED%\n"),
                        responseFlags: nil
                    )
                ]
            )
        )
    }

    /// Flag DT however busy the connection is, and none when it was idle.
    @Test(arguments: [
        (nil as Duration?, Duration.seconds(10) as Duration?, "DT 18\n"),
        (Duration.seconds(10), nil, "- 18\n"),
        (Duration.seconds(60), Duration.seconds(10), "DT 18\n"),
    ])
    func aTCPConnectionLastsAsLongAsItMay(idle: Duration?, duration: Duration?, line: String) async throws {
        let server = ScriptedServer { _ in .silence }
        try await ProxyHarness.run(server, filter: Self.tcp(idleTimeout: idle, duration: duration)) { proxy in
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\n\r\n")
            for _ in 0..<1000 where server.heads.isEmpty { _ = try await proxy.onLoop { _, _ in 0 } }
            try await proxy.advance(milliseconds: 9000)
            #expect(try await proxy.onLoop { _, listeners in listeners.connectionCount } == 1)
            try await proxy.advance(milliseconds: 2000)
            _ = await client.receiveToEnd()
            #expect(try await proxy.logged() == line)
        }
    }

    @Test func tcpConnectsThatFailEjectTheirEndpoint() async throws {
        let server = ScriptedServer { _ in .silence }
        let limits = OutlierDetection(consecutive5xx: 2, maxEjectionPercent: 100)
        try await ProxyHarness.run(
            server,
            filter: Self.tcp(),
            cluster: { assignment in
                // Nobody listens at port 1.
                let nobody = SocketAddressValue(address: IPAddress(v4: 0x7F00_0001), port: 1)
                return Self.cluster(
                    LoadAssignment(
                        localities: assignment.localities,
                        endpoints: [Endpoint(address: .socket(nobody))],
                        priorities: assignment.priorities
                    ),
                    outliers: limits
                )
            }
        ) { proxy in
            for _ in 0..<2 { _ = await (try proxy.client()).receiveToEnd() }
            _ = await (try proxy.client()).receiveToEnd()
            let log = try await proxy.logged()
            #expect(log == "UF,URX 0\nUF,URX 0\nUH 0\n")
        }
    }
}
