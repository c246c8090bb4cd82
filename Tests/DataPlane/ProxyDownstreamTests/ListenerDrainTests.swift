import ProxySnapshot
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
private let get = "GET /a HTTP/1.1\r\nhost: example\r\n\r\n"

@Suite(.timeLimit(.minutes(5))) struct ListenerDrainTests {
    private static func manager(_ serverName: String) throws -> NetworkFilter {
        let action = RouteAction(cluster: .cluster(ClusterIndex(rawValue: 0)))
        let route = Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: .forward(action))
        let table = RouteConfiguration(
            name: "t",
            virtualHosts: [VirtualHost(name: "v", domains: ["*"], routes: [route])],
            hosts: try VirtualHostIndex(domains: [["*"]])
        )
        return .httpConnectionManager(
            HTTPConnectionManager(statPrefix: "test", routeSource: .inline(table), serverName: serverName)
        )
    }

    private static func tcp(_ statPrefix: String) -> NetworkFilter {
        .tcpProxy(TCPProxy(statPrefix: statPrefix, cluster: .cluster(ClusterIndex(rawValue: 0))))
    }

    @Test func aReplacedListenersConnectionEndsWithTheNextAnswer() async throws {
        try await ProxyHarness.run(ScriptedServer { _ in .answer(ok) }, filter: try Self.manager("one")) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.hasSuffix("hi") }
            try await proxy.replaceListener(try Self.manager("two"))
            try await client.send(get)
            let answers = await client.receiveToEnd()
            #expect(answers.components("connection: close\r\n") == 1)
            #expect(answers.components("hi") == 2)
        }
    }

    @Test func anIdleConnectionIsCutAfterTheDrainDuration() async throws {
        try await ProxyHarness.run(ScriptedServer { _ in .answer(ok) }, filter: try Self.manager("one")) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.hasSuffix("hi") }
            try await proxy.replaceListener(try Self.manager("two"))
            #expect(try await proxy.onLoop { $1.connectionCount } == 1)
            try await proxy.advance(milliseconds: ProxyHarness.drainSeconds * 1000 + 200)
            _ = await client.receiveToEnd()
        }
    }

    @Test func aRemovedListenersIdleConnectionClosesAtOnce() async throws {
        try await ProxyHarness.run(ScriptedServer { _ in .answer(ok) }, filter: try Self.manager("one")) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.hasSuffix("hi") }
            try await proxy.replaceListener(nil)
            _ = await client.receiveToEnd()
        }
    }

    @Test func aRequestUnderWayIsCutAfterTheDrainDuration() async throws {
        let server = ScriptedServer { _ in .answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi") }
        try await ProxyHarness.run(server, filter: try Self.manager("one")) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.hasSuffix("hi") }
            try await proxy.replaceListener(nil)
            #expect(try await proxy.onLoop { $1.connectionCount } == 1)
            try await proxy.advance(milliseconds: ProxyHarness.drainSeconds * 1000 + 200)
            _ = await client.receiveToEnd()
        }
    }

    @Test func aTCPConnectionIsCutAfterTheDrainDuration() async throws {
        try await ProxyHarness.run(ScriptedServer { _ in .answer(ok) }, filter: Self.tcp("one")) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.hasSuffix("hi") }
            try await proxy.replaceListener(Self.tcp("two"))
            #expect(try await proxy.onLoop { $1.connectionCount } == 1)
            try await proxy.advance(milliseconds: ProxyHarness.drainSeconds * 1000 + 200)
            _ = await client.receiveToEnd()
        }
    }

    @Test(arguments: [true, false])
    func connectionsOfAChainThatStaysGoOn(isHTTP: Bool) async throws {
        let filter = { () throws -> NetworkFilter in isHTTP ? try Self.manager("one") : Self.tcp("one") }
        try await ProxyHarness.run(ScriptedServer { _ in .answer(ok) }, filter: try filter()) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.hasSuffix("hi") }
            try await proxy.replaceListener(try filter())
            try await proxy.advance(milliseconds: ProxyHarness.drainSeconds * 1000 + 200)
            try await client.send(get)
            let answers = await client.receive { $0.components("hi") == 2 }
            #expect(answers.components("hi") == 2)
            #expect(!answers.contains("connection: close"))
        }
    }
}
