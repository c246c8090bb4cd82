import HTTPWire
import NIOCore
import ProxySnapshot
import ProxyUpstream
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
private let get = "GET /a HTTP/1.1\r\nhost: example\r\n\r\n"

@Suite(.timeLimit(.minutes(5))) struct HTTPProxyTests {
    @Test func aRequestGoesUpstreamAndComesBack() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let answer = await client.receive { $0.hasSuffix("hi") }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("server: istio-envoy\r\n"))
            #expect(answer.contains("x-envoy-upstream-service-time: 0\r\n"))
            #expect(answer.contains("date: "))
            let head = try #require(server.heads.first)
            #expect(head.hasPrefix("GET /a HTTP/1.1\r\n"))
            #expect(head.contains("host: example\r\n"))
            #expect(head.contains("x-forwarded-proto: http\r\n"))
            #expect(head.contains("x-request-id: "))
            #expect(head.contains("x-envoy-expected-rq-timeout-ms: 15000\r\n"))
        }
    }

    @Test func keepAliveUsesOneUpstreamConnection() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            for round in 1...5 {
                try await client.send(get)
                _ = await client.receive { $0.components("hi") == round }
            }
            #expect(server.heads.count == 5)
            #expect(server.connectionCount == 1)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        let server = ScriptedServer { number in
            .answer("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n<\(number)>")
        }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get + get + get)
            let answer = await client.receive { $0.hasSuffix("<2>") }
            let order = ["<0>", "<1>", "<2>"].compactMap { answer.firstRange(of: $0)?.lowerBound }
            #expect(order.count == 3)
            #expect(order == order.sorted())
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "\r\n\r\n"),
        ("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", "hi"),
    ])
    func bodiesKeepTheirFraming(answer: String, end: String) async throws {
        let server = ScriptedServer { _ in .answer(answer) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let received = await client.receive { $0.hasSuffix(end) }
            #expect(received.hasSuffix(end))
        }
    }

    @Test func aBodyThatEndsWithTheConnectionBecomesChunked() async throws {
        let server = ScriptedServer { _ in .answerAndClose("HTTP/1.1 200 OK\r\n\r\nabc") }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let received = await client.receive { $0.hasSuffix("0\r\n\r\n") }
            #expect(received.contains("transfer-encoding: chunked\r\n"))
            #expect(received.hasSuffix("3\r\nabc\r\n0\r\n\r\n"))
        }
    }

    @Test func aRequestBodyIsStreamedAndItsFramingKept() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            let head = "POST / HTTP/1.1\r\nhost: e\r\ntransfer-encoding: chunked\r\n\r\n"
            try await client.send(head + "5\r\nhello\r\n0\r\n\r\n")
            _ = await client.receive { $0.hasSuffix("hi") }
            #expect(server.heads.first?.contains("transfer-encoding: chunked") == true)
        }
    }

    @Test func connectionCloseEndsTheConnectionAfterTheAnswer() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\nhost: e\r\nconnection: close\r\n\r\n")
            let answer = await client.receiveToEnd()
            #expect(answer.contains("connection: close\r\n"))
            #expect(answer.hasSuffix("hi"))
            #expect(server.heads.first?.contains("connection:") == false)
        }
    }

    @Test func garbageIsAnsweredWith400AndTheConnectionClosed() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\nhost : e\r\n\r\n")
            let answer = await client.receive { $0.hasSuffix("Bad Request") }
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(answer.contains("connection: close\r\n"))
            #expect(server.heads.isEmpty)
        }
    }

    @Test func anUpstreamThatClosesBeforeAnsweringGives503() async throws {
        let server = ScriptedServer { _ in .close }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let text = "upstream connect error or disconnect/reset before headers. reset reason: connection termination"
            let answer = await client.receive { $0.hasSuffix(text) }
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            #expect(answer.hasSuffix(text))
        }
    }

    @Test(arguments: ["S", "SSH-2.0-OpenSSH\r\n", "HTTP/2"])
    func anUpstreamThatSpeaksSomethingElseGives502AtOnce(greeting: String) async throws {
        let server = ScriptedServer { _ in .answer(greeting) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let answer = await client.receive { $0.hasSuffix("reset reason: protocol error") }
            #expect(answer.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        }
    }

    @Test func whatFollowsARefusedCONNECTIsNoRequest() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send("CONNECT e:80 HTTP/1.1\r\nhost: e:80\r\n\r\n" + get)
            let answer = await client.receiveToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
            #expect(answer.contains("connection: close\r\n"))
            #expect(answer.components("HTTP/1.1") == 1)
            #expect(server.heads.isEmpty)
        }
    }

    @Test func anAnswerCutShortCutsTheClientToo() async throws {
        let server = ScriptedServer { _ in
            .answerAndClose("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab")
        }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            let answer = await client.receiveToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
            #expect(!answer.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func theRoutesOwnAnswersCarryItsResponseHeaders() async throws {
        let added = HeaderModifications(additions: [
            HeaderAddition(
                name: HeaderName("x-route"),
                value: .literal(Array("yes".utf8)),
                action: .appendIfExistsOrAdd
            ),
            HeaderAddition(
                name: HeaderName("content-type"),
                value: .literal(Array("application/json".utf8)),
                action: .appendIfExistsOrAdd
            ),
        ])
        let missing = RouteAction(cluster: .cluster(ClusterIndex(rawValue: 7)))
        let actions: [(String, RouteActionKind)] = [
            ("/direct", .directResponse(DirectResponse(status: 200, body: Array("{}".utf8)))),
            ("/redirect", .redirect(RedirectAction())),
            ("/missing", .forward(missing)),
        ]
        let routes = actions.map { path, action in
            Route(
                name: path,
                match: RouteMatch(path: .prefix(Array(path.utf8))),
                action: action,
                responseHeaders: added
            )
        }
        try await ProxyHarness.run(ScriptedServer { _ in .silence }, routes: routes) { proxy in
            for (path, _) in actions {
                let client = try await proxy.client()
                try await client.send("GET \(path) HTTP/1.1\r\nhost: example\r\nconnection: close\r\n\r\n")
                let answer = await client.receiveToEnd()
                #expect(answer.components("x-route: yes\r\n") == 1, "\(path)")
                #expect(!answer.contains("text/plain"), "\(path)")
            }
            let client = try await proxy.client()
            try await client.send("GET /none HTTP/1.1\r\nhost: example\r\nconnection: close\r\n\r\n")
            #expect(!(await client.receiveToEnd()).contains("x-route"))
        }
    }

    @Test func theRoutesTimeoutGives504() async throws {
        let server = ScriptedServer { _ in .silence }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            try await until { server.heads.count == 1 }
            try await proxy.advance(milliseconds: 15_200)
            let answer = await client.receive { $0.hasSuffix("upstream request timeout") }
            #expect(answer.hasPrefix("HTTP/1.1 504 Gateway Timeout\r\n"))
            let timeouts = try await proxy.onLoop { worker, _ in
                worker.clusters.all.flatMap { $0.endpoints.compactMap { $0?.requestTimeout } }
            }
            #expect(timeouts == [1])
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await client.send(get)
            _ = await client.receive { $0.hasSuffix("hi") }
            try await proxy.advance(milliseconds: 3_600_200)
            _ = await client.receiveToEnd()
        }
    }

    @Test func drainingTellsTheNextAnswerToClose() async throws {
        let server = ScriptedServer { number in number == 0 ? .answer(ok) : .answer(ok) }
        try await ProxyHarness.run(server) { proxy in
            let client = try await proxy.client()
            try await proxy.onLoop { worker, _ in worker.isDraining = true }
            try await client.send(get)
            let answer = await client.receiveToEnd()
            #expect(answer.contains("connection: close\r\n"))
        }
    }
}

extension String {
    func components(_ text: String) -> Int { ranges(of: text).count }
}

/// Waits for a condition that another thread brings about.
func until(_ condition: () -> Bool) async throws {
    while !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}
