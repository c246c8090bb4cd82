import ProxySnapshot
import Testing

@testable import ProxyDownstream

/// Lines compared with those of Envoy 1.40 for the same bytes.
@Suite(.timeLimit(.minutes(5))) struct RequestAccessLogTests {
    /// The log of one exchange, with `format` as its line.
    private func line(
        _ format: String,
        request: String,
        answer: ScriptedServer.Step,
        usesRemoteAddress: Bool = false,
        hops: Int = 0,
        fault: HTTPFault? = nil
    ) async throws -> String {
        var line = ""
        let logs = [AccessLog(destination: .standardOutput, format: .text(format + "\n"), responseFlags: nil)]
        try await ProxyHarness.run(
            ScriptedServer { _ in answer },
            manager: { source in
                HTTPConnectionManager(
                    statPrefix: "test",
                    routeSource: source,
                    httpFilters: [.fault(fault), .router(RouterOptions())],
                    usesRemoteAddress: usesRemoteAddress,
                    xffTrustedHops: hops,
                    accessLogs: logs
                )
            },
            {
                let client = try await $0.client()
                try await client.send(request)
                line = try await $0.logged()
                _ = client
            }
        )
        return line
    }

    private static let ok = ScriptedServer.Step.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")

    private static func get(_ fields: String) -> String { "GET / HTTP/1.1\r\nhost: e\r\n\(fields)\r\n" }

    @Test(arguments: [
        ("", false, 0, "127.0.0.1"), ("x-forwarded-for: 1.2.3.4\r\n", false, 0, "1.2.3.4"),
        ("x-forwarded-for: 1.2.3.4, 5.6.7.8\r\n", false, 0, "5.6.7.8"),
        ("x-forwarded-for: 1.2.3.4, 5.6.7.8\r\n", false, 1, "1.2.3.4"),
        ("x-forwarded-for: 1.2.3.4\r\nx-forwarded-for: 5.6.7.8\r\n", false, 0, "5.6.7.8"),
        ("x-forwarded-for: 1.2.3.4\r\n", false, 1, "127.0.0.1"), ("x-forwarded-for: evil\r\n", false, 0, "127.0.0.1"),
        ("x-forwarded-for:\r\n", false, 0, "127.0.0.1"), ("x-forwarded-for: ,\r\n", false, 0, "127.0.0.1"),
        ("x-forwarded-for: 2001:db8::1\r\n", false, 0, "2001:db8::1"),
        ("x-forwarded-for: 1.2.3.4\r\n", true, 0, "127.0.0.1"), ("x-forwarded-for: 1.2.3.4\r\n", true, 1, "1.2.3.4"),
        ("x-forwarded-for: 9.9.9.9, 1.2.3.4\r\n", true, 2, "9.9.9.9"),
    ])
    func theClientIsWhoTheTrustedNamed(fields: String, isEdge: Bool, hops: Int, expected: String) async throws {
        let line = try await line(
            "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
            request: Self.get(fields),
            answer: Self.ok,
            usesRemoteAddress: isEdge,
            hops: hops
        )
        #expect(line == expected + "\n")
    }

    @Test func aNamedClientHasPort0() async throws {
        let format = "%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS%"
        let line = try await line(format, request: Self.get("x-forwarded-for: ::1\r\n"), answer: Self.ok)
        #expect(line == "[::1]:0 127.0.0.1\n")
    }

    @Test func whatAFaultAnswersNamesTheRoutesCluster() async throws {
        let fault = HTTPFault(abort: FaultAbort(status: 418, percentage: .hundred))
        let format = "%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_LOCAL_ADDRESS%"
        let line = try await line(format, request: Self.get(""), answer: Self.ok, fault: fault)
        #expect(line == "418 FI up - -\n")
    }

    @Test func anEmptyRequestIDIsReplaced() async throws {
        let line = try await line("%REQ(X-REQUEST-ID)%", request: Self.get("x-request-id:\r\n"), answer: Self.ok)
        #expect(line.utf8.count == 37)
    }

    @Test(arguments: [
        ("", "503 UC upstream_reset_before_response_started{connection_termination}"),
        ("HTTP/1.1 200 OK\r\ncon", "502 UPE upstream_reset_before_response_started{protocol_error}"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc",
            "200 UPE upstream_reset_after_response_started{protocol_error}"
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
            "200 UPE upstream_reset_after_response_started{protocol_error}"
        ),
    ])
    func anAnswerThatBreaksOffSaysWhere(answer: String, expected: String) async throws {
        let format = "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_LOCAL_ADDRESS%"
        let line = try await line(format, request: Self.get(""), answer: .answerAndClose(answer))
        #expect(line.hasPrefix(expected + " 127.0.0.1:"), "\(line)")
    }
}
