import HTTPWire
import ProxySnapshot
import ProxyUpstream
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
private let get = "GET /a HTTP/1.1\r\nhost: example\r\n\r\n"
private let forward = RouteActionKind.forward(RouteAction(cluster: .cluster(ClusterIndex(rawValue: 0)), timeout: nil))

private func route(fault: HTTPFault? = nil, cors: CORSPolicy? = nil, action: RouteActionKind = forward) -> [Route] {
    [Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: action, fault: fault, cors: cors)]
}

private func manager(_ source: RouteSource) -> HTTPConnectionManager {
    HTTPConnectionManager(
        statPrefix: "test",
        routeSource: source,
        httpFilters: [.fault(nil), .cors, .router(RouterOptions())]
    )
}

@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    @Test func anAbortAnswersInPlaceOfTheUpstream() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let fault = HTTPFault(abort: FaultAbort(status: 418, percentage: .hundred))
        try await ProxyHarness.run(server, routes: route(fault: fault), manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send(get + get)
            let received = await client.receive { $0.components("fault filter abort") == 2 }
            #expect(received.hasPrefix("HTTP/1.1 418 "))
            #expect(server.heads.isEmpty)
        }
    }

    @Test func aDelayedRequestGoesOnAfterwardsWithItsBody() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let fault = HTTPFault(delay: FaultDelay(duration: .seconds(5), percentage: .hundred))
        try await ProxyHarness.run(server, routes: route(fault: fault), manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send("POST /a HTTP/1.1\r\nhost: e\r\ncontent-length: 5\r\n\r\nhello")
            try await proxy.wait(for: .faultActive) { $0 == 1 }
            #expect(try await proxy.http(.faultActive) == 1)
            try await proxy.advance(milliseconds: 4000)
            #expect(server.heads.isEmpty)
            try await proxy.advance(milliseconds: 1100)
            let received = await client.receive { $0.hasSuffix("hi") }
            #expect(received.hasPrefix("HTTP/1.1 200"))
            #expect(server.bytesReceived == server.heads.reduce(5) { $0 + $1.utf8.count })
            #expect(try await proxy.http(.faultActive) == 0)
            #expect(try await proxy.http(.faultDelaysInjected) == 1)
        }
    }

    @Test func theAbortFollowsTheDelay() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let fault = HTTPFault(
            delay: FaultDelay(duration: .seconds(2), percentage: .hundred),
            abort: FaultAbort(status: 503, percentage: .hundred)
        )
        try await ProxyHarness.run(server, routes: route(fault: fault), manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.wait(for: .faultActive) { $0 == 1 }
            #expect(try await proxy.http(.faultAbortsInjected) == 0)
            try await proxy.advance(milliseconds: 2200)
            let received = await client.receive { $0.hasSuffix("fault filter abort") }
            #expect(received.hasPrefix("HTTP/1.1 503"))
            #expect(server.heads.isEmpty)
        }
    }

    @Test func aCallerThatLeavesDuringTheDelayIsForgotten() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let fault = HTTPFault(delay: FaultDelay(duration: .seconds(5), percentage: .hundred))
        try await ProxyHarness.run(server, routes: route(fault: fault), manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await proxy.wait(for: .faultActive) { $0 == 1 }
            try await client.close()
            try await proxy.wait(for: .faultActive) { $0 == 0 }
            try await proxy.advance(milliseconds: 6000)
            #expect(try await proxy.http(.faultActive) == 0)
            #expect(server.heads.isEmpty)
        }
    }

    @Test func faultsOfAShareOfZeroAndOfOtherHeadersSpareTheRequest() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let never = FractionalPercent(numerator: 0, denominator: 100)
        for fault in [
            HTTPFault(abort: FaultAbort(status: 503, percentage: never)),
            HTTPFault(
                abort: FaultAbort(status: 503, percentage: .hundred),
                headers: [HeaderMatcher(name: HeaderName("x-fault"), value: .present)]
            ),
            HTTPFault(
                abort: FaultAbort(status: 503, percentage: .hundred),
                upstreamCluster: ClusterIndex(rawValue: 7)
            ),
        ] {
            try await ProxyHarness.run(server, routes: route(fault: fault), manager: manager) { proxy in
                let client = try await proxy.client()
                try await client.send(get)
                let received = await client.receive { $0.hasSuffix("hi") }
                #expect(received.hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test func aFaultComesBeforeARedirect() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let fault = HTTPFault(abort: FaultAbort(status: 500, percentage: .hundred))
        let routes = route(fault: fault, action: .redirect(RedirectAction(host: "other")))
        try await ProxyHarness.run(server, routes: routes, manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let received = await client.receive { $0.hasSuffix("fault filter abort") }
            #expect(received.hasPrefix("HTTP/1.1 500"))
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct CORSTests {
    private static let policy = CORSPolicy(
        allowOrigins: [StringMatcher(.exact(Array("https://a.example".utf8)))],
        allowMethods: "GET,PUT",
        allowHeaders: "x-one,x-two",
        exposeHeaders: "x-seen",
        maxAge: "600",
        allowCredentials: true
    )

    private static func preflight(_ origin: String) -> String {
        "OPTIONS /a HTTP/1.1\r\nhost: e\r\norigin: \(origin)\r\naccess-control-request-method: PUT\r\n\r\n"
    }

    @Test func aPreflightOfAnAllowedOriginIsAnsweredHere() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: route(cors: Self.policy), manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send(Self.preflight("https://a.example"))
            let received = await client.receive { $0.hasSuffix("\r\n\r\n") }
            #expect(received.hasPrefix("HTTP/1.1 200 OK\r\n"))
            for line in [
                "access-control-allow-origin: https://a.example", "access-control-allow-credentials: true",
                "access-control-allow-methods: GET,PUT", "access-control-allow-headers: x-one,x-two",
                "access-control-max-age: 600",
            ] {
                #expect(received.contains("\(line)\r\n"), "\(line)")
            }
            #expect(server.heads.isEmpty)
        }
    }

    @Test func anAllowedOriginMayReadTheAnswer() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: route(cors: Self.policy), manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send("GET /a HTTP/1.1\r\nhost: e\r\norigin: https://a.example\r\n\r\n")
            let received = await client.receive { $0.hasSuffix("hi") }
            #expect(received.contains("access-control-allow-origin: https://a.example\r\n"))
            #expect(received.contains("access-control-expose-headers: x-seen\r\n"))
            #expect(!received.contains("access-control-max-age"))
            #expect(server.heads.count == 1)
        }
    }

    @Test func aForeignOriginIsForwardedWithoutLeave() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server, routes: route(cors: Self.policy), manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send(Self.preflight("https://b.example"))
            let received = await client.receive { $0.hasSuffix("hi") }
            #expect(!received.contains("access-control-"))
            #expect(server.heads.count == 1)
            #expect(try await proxy.http(.originInvalid) == 1)
        }
    }

    @Test func aForeignPreflightIsNotForwardedWhereThePolicySaysSo() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        let policy = CORSPolicy(
            allowOrigins: [StringMatcher(.exact(Array("https://a.example".utf8)))],
            forwardsNotMatchingPreflights: false
        )
        try await ProxyHarness.run(server, routes: route(cors: policy), manager: manager) { proxy in
            let client = try await proxy.client()
            try await client.send(Self.preflight("https://b.example"))
            let received = await client.receive { $0.hasSuffix("\r\n\r\n") }
            #expect(received.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(!received.contains("access-control-"))
            #expect(server.heads.isEmpty)
        }
    }
}
