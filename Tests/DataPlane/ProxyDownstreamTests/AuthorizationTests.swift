import ProxyFilters
import ProxySnapshot
import Testing

@testable import ProxyDownstream

/// Authorization rules in front of a real socket.
@Suite(.timeLimit(.minutes(5))) struct AuthorizationTests {
    static func rules(_ action: AuthorizationRules.Action, path: String) -> AuthorizationFilter {
        let condition = AuthorizationCondition.path(StringMatcher(.prefix(Array(path.utf8))))
        let policy = AuthorizationPolicy(name: "ns[n]-policy[p]-rule[0]", permissions: [condition], principals: [.any])
        return AuthorizationFilter(rules: AuthorizationRules(action: action, policies: [policy]))
    }

    @Test func refusedBeforeTheRouteIs() async throws {
        let server = ScriptedServer { _ in .answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi") }
        let log = AccessLog(
            destination: .standardOutput,
            format: .text("%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %UPSTREAM_CLUSTER%\n"),
            responseFlags: nil
        )
        try await ProxyHarness.run(
            server,
            manager: { routes in
                HTTPConnectionManager(
                    statPrefix: "test",
                    routeSource: routes,
                    httpFilters: [
                        .authorization(Self.rules(.deny, path: "/private")), .router(RouterOptions()),
                    ],
                    normalizesPath: true,
                    accessLogs: [log]
                )
            }
        ) { proxy in
            for path in ["/private", "/x/../private/y", "/%70rivate?q"] {
                let client = try await proxy.client()
                try await client.send("GET \(path) HTTP/1.1\r\nhost: a\r\n\r\n")
                let text = await client.receive { $0.hasSuffix("denied") }
                #expect(text.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
                #expect(text.hasSuffix("\r\n\r\nRBAC: access denied"))
                #expect(text.contains("content-type: text/plain\r\n"))
                // The connection goes on.
                try await client.send("GET /public HTTP/1.1\r\nhost: a\r\n\r\n")
                let more = await client.receive { $0.hasSuffix("hi") }
                #expect(more.contains("HTTP/1.1 200 OK\r\n"))
            }
            #expect(server.heads.count == 3)
            let line = "403 rbac_access_denied_matched_policy[ns[n]-policy[p]-rule[0]] - up\n"
            #expect(try await proxy.logged().hasPrefix(line))
            let counts = try await proxy.onLoop { _, listeners in listeners.statistics.all.first?.filters.all }
            #expect(counts?["rbac.denied"] == 3)
            #expect(counts?["rbac.allowed"] == 3)
        }
    }

    @Test func refusedConnectionIsClosed() async throws {
        let server = ScriptedServer { _ in .answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi") }
        let proxied = NetworkFilter.tcpProxy(
            TCPProxy(
                statPrefix: "t",
                cluster: .cluster(ClusterIndex(rawValue: 0)),
                accessLogs: [
                    AccessLog(
                        destination: .standardOutput,
                        format: .text("%RESPONSE_CODE% %CONNECTION_TERMINATION_DETAILS% %RESPONSE_FLAGS%\n"),
                        responseFlags: nil
                    )
                ]
            )
        )
        // A condition about HTTP holds for no connection.
        let guards = [ConnectionGuard.authorization(Self.rules(.allow, path: "/"))]
        try await ProxyHarness.run(server, filter: proxied, guards: guards) { proxy in
            let client = try await proxy.client()
            #expect(await client.receiveToEnd().isEmpty)
            #expect(try await proxy.logged() == "0 rbac_access_denied_matched_policy[none] -\n")
            let counts = try await proxy.onLoop { _, listeners in listeners.statistics.network.all }
            #expect(counts["rbac.denied"] == 1)
        }
    }
}
