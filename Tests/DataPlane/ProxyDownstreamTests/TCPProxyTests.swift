import NIOCore
import ProxySnapshot
import Testing

@testable import ProxyDownstream

@Suite(.timeLimit(.minutes(5))) struct TCPProxyTests {
    private static func filter(_ slot: UInt32) -> NetworkFilter {
        .tcpProxy(TCPProxy(statPrefix: "t", cluster: .cluster(ClusterIndex(rawValue: slot))))
    }

    @Test func bytesPassBothWaysAndTheEndIsPassedOn() async throws {
        let server = ScriptedServer { _ in .answerAndClose("HTTP/1.1 200 OK\r\n\r\nbye") }
        try await ProxyHarness.run(server, filter: Self.filter(0)) { proxy in
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\nx: y\r\n\r\n")
            let answer = await client.receiveToEnd()
            #expect(answer == "HTTP/1.1 200 OK\r\n\r\nbye")
            #expect(server.heads == ["GET / HTTP/1.1\r\nx: y\r\n\r\n"])
        }
    }

    @Test func aClusterThatIsNotThereEndsTheConnection() async throws {
        let server = ScriptedServer { _ in .silence }
        try await ProxyHarness.run(server, filter: Self.filter(7)) { proxy in
            let client = try await proxy.client()
            let answer = await client.receiveToEnd()
            #expect(answer.isEmpty)
        }
    }
}
