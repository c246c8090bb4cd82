import NIOCore
import ProxySnapshot
import Testing

@testable import ProxyDownstream

/// Callers that are gone, or that are answered, at the moment when their upstream connection comes up.
///
/// One connection is all that the cluster may have: one that is not given back would keep everybody else out.
@Suite(.timeLimit(.minutes(1))) struct EarlyEndTests {
    @Sendable private static func cluster(_ assignment: LoadAssignment) -> Cluster {
        var thresholds = CircuitBreakerThresholds()
        thresholds.maxConnections = 1
        return Cluster(
            name: "up",
            index: ClusterIndex(rawValue: 0),
            endpoints: assignment,
            defaultThresholds: thresholds
        )
    }

    @Test func aRequestThatTurnsOutBrokenGivesItsConnectionBack() async throws {
        let server = ScriptedServer { _ in .answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok") }
        try await ProxyHarness.run(server, cluster: Self.cluster) { proxy in
            for _ in 0..<3 {
                let broken = try await proxy.client()
                try await broken.send("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n")
                let answer = await broken.receiveToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 400 "))
            }
            let good = try await proxy.client()
            try await good.send("GET / HTTP/1.1\r\nhost: h\r\n\r\n")
            let answer = await good.receive { $0.hasSuffix("ok") }
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func aCallerWhoLeavesAtOnceGivesItsConnectionBack() async throws {
        let server = ScriptedServer { _ in .answer("HTTP/1.1 200 OK\r\n\r\nok") }
        let filter = NetworkFilter.tcpProxy(TCPProxy(statPrefix: "t", cluster: .cluster(ClusterIndex(rawValue: 0))))
        try await ProxyHarness.run(server, filter: filter, cluster: Self.cluster) { proxy in
            for _ in 0..<20 { try? await proxy.client().close() }
            // The connections of those who left end a turn or two later; until then there is no room.
            var answer = ""
            while !answer.hasSuffix("ok") {
                try Task.checkCancellation()
                let client = try await proxy.client()
                try? await client.send("GET / HTTP/1.1\r\nx: y\r\n\r\n")
                answer = await client.receive { $0.hasSuffix("ok") }
            }
            #expect(answer == "HTTP/1.1 200 OK\r\n\r\nok")
        }
    }
}
