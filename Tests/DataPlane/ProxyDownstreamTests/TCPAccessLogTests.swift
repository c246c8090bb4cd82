import ProxySnapshot
import Testing

@testable import ProxyDownstream

@Suite(.timeLimit(.minutes(5))) struct TCPAccessLogTests {
    private static let format = """
        %REQ(:METHOD)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% \
        %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %UPSTREAM_CLUSTER_RAW% %UPSTREAM_REQUEST_ATTEMPT_COUNT%\n
        """

    private static func log(flags: [String]? = nil) -> [AccessLog] {
        [AccessLog(destination: .standardOutput, format: .text(format), responseFlags: flags)]
    }

    private static func filter(_ slot: UInt32) -> NetworkFilter {
        .tcpProxy(TCPProxy(statPrefix: "t", cluster: .cluster(ClusterIndex(rawValue: slot)), accessLogs: log()))
    }

    @Test func aConnectionIsOneLineAtItsEnd() async throws {
        let server = ScriptedServer { _ in .answerAndClose("bye") }
        try await ProxyHarness.run(server, filter: Self.filter(0)) { proxy in
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\n\r\n")
            _ = await client.receiveToEnd()
            #expect(try await proxy.logged() == "- - 0 - - 18 3 0 up 1\n")
        }
    }

    @Test func aMissingClusterIsNC() async throws {
        let server = ScriptedServer { _ in .silence }
        try await ProxyHarness.run(server, filter: Self.filter(7)) { proxy in
            _ = await (try proxy.client()).receiveToEnd()
            #expect(try await proxy.logged() == "- - 0 NC - 0 0 0 - 0\n")
        }
    }

    @Test(arguments: [
        (0 as UInt32, "- - 0 UO - 0 0 0 up 0\n"),
        (1, "- - 0 UH - 0 0 0 up 0\n"),
    ])
    func whatKeepsFromConnectingIsAFlag(maxConnections: UInt32, line: String) async throws {
        let server = ScriptedServer { _ in .silence }
        var thresholds = CircuitBreakerThresholds()
        thresholds.maxConnections = maxConnections
        try await ProxyHarness.run(
            server,
            filter: Self.filter(0),
            cluster: { assignment in
                Cluster(
                    name: "up",
                    index: ClusterIndex(rawValue: 0),
                    endpoints: maxConnections == 0 ? assignment : LoadAssignment(),
                    defaultThresholds: thresholds
                )
            }
        ) { proxy in
            _ = await (try proxy.client()).receiveToEnd()
            #expect(try await proxy.logged() == line)
        }
    }

    @Test func aFailedConnectIsFlaggedBeforeTheLimitItReached() async throws {
        // Nobody listens where a server was a moment ago.
        let server = ScriptedServer { _ in .silence }
        try await ProxyHarness.run(server, filter: Self.filter(0)) { proxy in
            try await server.stop()
            _ = await (try proxy.client()).receiveToEnd()
            #expect(try await proxy.logged() == "- - 0 UF,URX - 0 0 0 up 1\n")
        }
    }

    @Test(arguments: [(["UF"], true), (["UH", "URX"], true), ([], true), (["NR", "UH"], false)])
    func aLogWithAFilterHasTheLinesWithItsFlags(flags: [String], isLogged: Bool) async throws {
        let server = ScriptedServer { _ in .silence }
        let filtered = AccessLog(destination: .standardOutput, format: .text("filtered\n"), responseFlags: flags)
        let all = AccessLog(destination: .standardOutput, format: .text("all\n"), responseFlags: nil)
        let proxy = TCPProxy(
            statPrefix: "t",
            cluster: .cluster(ClusterIndex(rawValue: 0)),
            accessLogs: [filtered, all]
        )
        try await ProxyHarness.run(server, filter: .tcpProxy(proxy)) { proxy in
            try await server.stop()
            _ = await (try proxy.client()).receiveToEnd()
            #expect(try await proxy.logged() == (isLogged ? "filtered\nall\n" : "all\n"))
        }
    }

    @Test func aConnectionNoChainTookIsInTheListenersLog() async throws {
        let server = ScriptedServer { _ in .silence }
        try await ProxyHarness.run(
            server,
            filter: Self.filter(0),
            match: FilterChainMatch(destinationPort: 1),
            accessLogs: Self.log(flags: ["NR"])
        ) { proxy in
            _ = await (try proxy.client()).receiveToEnd()
            #expect(try await proxy.logged() == "- - 0 NR filter_chain_not_found 0 0 0 - 0\n")
        }
    }
}
