import HTTPWire
import ProxyFilters
import ProxySnapshot
import SecurityTags
import Testing

@testable import ProxyDownstream

private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"

/// The server of these tests is both the authorization service and the workload: it is asked first, then called.
@Suite(.timeLimit(.minutes(5)), .tags(.sec28)) struct ExternalAuthorizationTests {
    private static func exactly(_ text: String) -> StringMatcher { StringMatcher(.exact(Array(text.utf8))) }

    private static func filter(
        body: ExternalAuthorization.BodyLimit? = nil,
        failureModeAllows: Bool = false,
        cluster: UInt32 = 0,
        clientHeaders: [StringMatcher] = [],
        metadataHeaders: [StringMatcher] = [],
        status: UInt16 = 403
    ) -> ExternalAuthorization {
        ExternalAuthorization(
            service: .http(
                .init(
                    cluster: ClusterIndex(rawValue: cluster),
                    timeout: .milliseconds(500),
                    pathPrefix: "/check",
                    upstreamHeaders: [exactly("x-user"), StringMatcher(.prefix(Array("x-up-".utf8)))],
                    clientHeaders: clientHeaders,
                    clientHeadersOnSuccess: [exactly("x-ok")],
                    metadataHeaders: metadataHeaders
                )
            ),
            failureModeAllows: failureModeAllows,
            marksFailures: failureModeAllows,
            body: body,
            statusOnError: status,
            allowedHeaders: [exactly("x-in")]
        )
    }

    private static func run(
        _ filter: ExternalAuthorization,
        _ server: ScriptedServer,
        format: String = "%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%\n",
        _ body: (ProxyHarness) async throws -> Void
    ) async throws {
        let log = AccessLog(
            destination: .standardOutput,
            format: .text(format),
            responseFlags: nil
        )
        try await ProxyHarness.run(
            server,
            manager: { routes in
                HTTPConnectionManager(
                    statPrefix: "test",
                    routeSource: routes,
                    httpFilters: [.externalAuthorization(filter), .router(RouterOptions())],
                    accessLogs: [log]
                )
            },
            body
        )
    }

    /// Chosen headers of an answer, of one that refuses too, are there for the access log.
    @Test(arguments: [("200", "0 me -\n"), ("403", "- me -\n")])
    func headersOfTheAnswerAreKeptAsMetadata(status: String, line: String) async throws {
        let said = "HTTP/1.1 \(status) X\r\nx-user: me\r\nx-no: no\r\ncontent-length: 0\r\n\r\n"
        let server = ScriptedServer { number in .answer(number == 0 ? said : ok) }
        let key = "envoy.filters.http.ext_authz"
        // The clock of these tests stands still: the question takes no time.
        let duration = "%DYNAMIC_METADATA(\(key):ext_authz_duration)%"
        let format = "\(duration) %DYNAMIC_METADATA(\(key):x-user)% %DYNAMIC_METADATA(\(key):x-no)%\n"
        let filter = Self.filter(metadataHeaders: [Self.exactly("x-user")])
        try await Self.run(filter, server, format: format) { proxy in
            let client = try await proxy.client()
            try await client.send("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
            #expect(await client.receiveToEnd().hasPrefix("HTTP/1.1 \(status) "))
            #expect(try await proxy.logged() == line)
        }
    }

    @Test func theServiceIsAskedAndChangesTheRequest() async throws {
        let server = ScriptedServer { number in
            .answer(
                number == 0
                    ? """
                    HTTP/1.1 200 OK\r\nx-user: me\r\nx-up-a: 1\r\nx-ok: yes\r\nx-no: no\r\n\
                    x-envoy-auth-headers-to-remove: x-in, x-gone\r\ncontent-length: 3\r\n\r\nabc
                    """ : ok
            )
        }
        try await Self.run(Self.filter(), server) { proxy in
            let client = try await proxy.client()
            try await client.send(
                """
                GET /a?q=1 HTTP/1.1\r\nhost: h:8080\r\nx-in: 1\r\nx-in: 2\r\nx-user: forged\r\nx-gone: g\r\n\
                authorization: a\r\ncookie: secret\r\n\r\n
                """
            )
            let answer = await client.receive { $0.hasSuffix("hi") }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("x-ok: yes\r\n"))
            let check = try #require(server.heads.first)
            #expect(check.hasPrefix("GET /check/a?q=1 HTTP/1.1\r\n"))
            #expect(check.contains("host: h:8080\r\n"))
            #expect(check.contains("x-in: 1,2\r\n"))
            #expect(check.contains("authorization: a\r\n"))
            #expect(check.contains("content-length: 0\r\n"))
            #expect(!check.contains("cookie") && !check.contains("x-user"))
            let sent = try #require(server.heads.last)
            #expect(sent.contains("x-user: me\r\n") && !sent.contains("forged"))
            #expect(sent.contains("x-up-a: 1\r\n"))
            #expect(!sent.contains("x-in") && !sent.contains("x-gone") && !sent.contains("x-no"))
            #expect(sent.contains("cookie: secret\r\n"))
        }
    }

    /// What the service says, and what the caller gets.
    @Test(arguments: [
        (
            "HTTP/1.1 418 T\r\nx-why: because\r\nx-other: o\r\ncontent-length: 4\r\n\r\nnope", "418",
            "nope", "418 ext_authz_denied UAEX\n"
        ),
        (
            "HTTP/1.1 302 F\r\nlocation: http://x/\r\ncontent-length: 0\r\n\r\n", "302", "",
            "302 ext_authz_denied UAEX\n"
        ),
        ("HTTP/1.1 500 E\r\ncontent-length: 4\r\n\r\nfive", "403", "", "403 ext_authz_error UAEX\n"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "403", "", "403 ext_authz_error UAEX\n"),
        ("nonsense\r\n\r\n", "403", "", "403 ext_authz_error UAEX\n"),
        ("", "403", "", "403 ext_authz_error UAEX\n"),
    ])
    func refusals(said: String, status: String, body: String, line: String) async throws {
        let server = ScriptedServer { _ in said.isEmpty ? .close : .answerAndClose(said) }
        try await Self.run(Self.filter(clientHeaders: [Self.exactly("x-why")]), server) { proxy in
            let client = try await proxy.client()
            try await client.send("GET /a HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
            let answer = await client.receiveToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.hasSuffix("\r\n\r\n\(body)"))
            #expect(answer.contains("x-why: because\r\n") == (status == "418"))
            #expect(answer.contains("location: http://x/\r\n") == (status == "302"))
            #expect(!answer.contains("x-other"))
            #expect(try await proxy.logged() == line)
            #expect(server.heads.count == 1)
        }
    }

    @Test(arguments: [false, true])
    func silenceFails(allows: Bool) async throws {
        let server = ScriptedServer { number in number == 0 ? .silence : .answer(ok) }
        try await Self.run(Self.filter(failureModeAllows: allows, status: 503), server) { proxy in
            let client = try await proxy.client()
            try await client.send("GET /a HTTP/1.1\r\nhost: h\r\n\r\n")
            try await proxy.pass { server.heads.count == 1 }
            try await proxy.advance(milliseconds: 700)
            let answer = await client.receive { $0.contains("\r\n\r\n") }
            #expect(answer.hasPrefix(allows ? "HTTP/1.1 200 " : "HTTP/1.1 503 "))
            #expect(server.heads.count == (allows ? 2 : 1))
            if allows {
                #expect(server.heads.last?.contains("x-envoy-auth-failure-mode-allowed: true\r\n") == true)
            }
        }
    }

    @Test func withoutClusterAllAreRefused() async throws {
        let server = ScriptedServer { _ in .answer(ok) }
        try await Self.run(Self.filter(cluster: 7), server) { proxy in
            let client = try await proxy.client()
            try await client.send("GET /a HTTP/1.1\r\nhost: h\r\n\r\n")
            let answer = await client.receive { $0.contains("\r\n\r\n") }
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
            #expect(server.heads.isEmpty)
        }
    }

    /// A caller that leaves while the service thinks takes its question with it.
    @Test func aCallerMayLeaveMeanwhile() async throws {
        let server = ScriptedServer { _ in .silence }
        try await Self.run(Self.filter(), server) { proxy in
            let client = try await proxy.client()
            try await client.send("GET /a HTTP/1.1\r\nhost: h\r\n\r\n")
            try await proxy.pass { server.heads.count == 1 }
            try await client.close()
            #expect(try await proxy.logged().hasPrefix("0 downstream_remote_disconnect DC"))
        }
    }

    /// Bodies: told whole, cut off, or too long; the workload gets all of what passes.
    @Test(
        arguments: [
            ("content-length: 5\r\n\r\nhello", 10, false, "hello", "false", 5),
            ("content-length: 12\r\n\r\nhello, world", 5, true, "hello", "true", 12),
            ("transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 10, false, "hello", "false", 15),
            ("content-length: 12\r\n\r\nhello, world", 5, false, nil, "", 0),
        ] as [(String, Int, Bool, String?, String, Int)]
    )
    func bodiesAreTold(
        rest: String,
        limit: Int,
        partial: Bool,
        told: String?,
        mark: String,
        forwarded: Int
    ) async throws {
        let server = ScriptedServer { number in
            .answer(number == 0 ? "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" : ok)
        }
        let body = ExternalAuthorization.BodyLimit(bytes: limit, allowsPartial: partial, packsAsBytes: false)
        try await Self.run(Self.filter(body: body), server) { proxy in
            let client = try await proxy.client()
            try await client.send("POST /a HTTP/1.1\r\nhost: h\r\n\(rest)")
            guard let told else {
                let answer = await client.receiveToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 413 "))
                #expect(answer.hasSuffix("Payload Too Large"))
                #expect(server.heads.isEmpty)
                return
            }
            let answer = await client.receive { $0.hasSuffix("hi") }
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            let check = try #require(server.heads.first)
            #expect(check.contains("content-length: \(told.utf8.count)\r\n"))
            #expect(check.contains("x-envoy-auth-partial-body: \(mark)\r\n"))
            // The server takes what was told for the beginning of the next head.
            #expect(server.heads.last?.hasPrefix("\(told)POST /a HTTP/1.1\r\n") == true)
            let heads = server.heads.reduce(0) { $0 + $1.utf8.count }
            #expect(server.bytesReceived == heads + forwarded)
        }
    }
}
