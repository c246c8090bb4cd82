import CustomDump
import HTTPWire
import NIOCore
import Testing

@Suite struct ResponseParserTests {
    @Test(
        arguments: [
            ("Content-Length: 2", "ok", "length(2)", "body ok"),
            ("Transfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n", "chunked", "body ok"),
        ]
    )
    func framedBodies(_ field: String, _ body: String, _ framing: String, _ event: String) {
        let events = Wire.responses("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n\(body)")
        let lower = field.replacing(": ", with: "=")
        let name = lower.prefix { $0 != "=" }.lowercased() + lower.drop { $0 != "=" }
        expectNoDifference(events, ["head 200 http1_1 \(framing) keepAlive=true [\(name)]", event, "end"])
    }

    @Test func aBodyWithoutFramingRunsUntilClose() {
        let events = Wire.responses("HTTP/1.1 200\r\nA: b\r\n\r\nabc", closes: true)
        expectNoDifference(events, ["head 200 http1_1 untilClose keepAlive=false [a=b]", "body abc", "end"])
    }

    @Test(
        arguments: [
            (HTTPMethod.head, "200 OK", "Content-Length: 9"), (.head, "200 OK", "Transfer-Encoding: chunked"),
            (.get, "304 Not Modified", "Content-Length: 9"), (.get, "204 No Content", "Content-Length: 0"),
            (.get, "204 No Content", "A: b"), (.head, "200 OK", "A: b"),
        ]
    )
    func someResponsesHaveNoBody(_ method: HTTPMethod, _ status: String, _ field: String) {
        let text = "HTTP/1.1 \(status)\r\n\(field)\r\n\r\n"
        let events = Wire.responses(text + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", to: [method, .get])
        #expect(events.count == 4)
        #expect(events.first?.contains(" none keepAlive=true") == true)
        #expect(events.last == "end")
    }

    @Test func informationalResponsesPrecedeTheFinalOne() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n"
        expectNoDifference(
            Wire.responses(text),
            [
                "head 100 http1_1 none keepAlive=true []", "end", "head 103 http1_1 none keepAlive=true [link=x]",
                "end",
                "head 204 http1_1 none keepAlive=true []", "end",
            ]
        )
        let endless = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 9)
        #expect(Wire.responses(endless).last == "error unexpectedResponse")
    }

    @Test(
        arguments: [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                .contentLengthWithTransferEncoding
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .invalidContentLength),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .unknownTransferCoding),
            ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingNotAllowed),
            ("HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingNotAllowed),
            ("HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\n", .contentLengthNotAllowed),
            ("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", .unexpectedResponse),
            ("HTTP/1.1 099 X\r\n\r\n", .malformedStatusLine), ("HTTP/1.1 20 X\r\n\r\n", .malformedStatusLine),
            ("HTTP/1.1 2000 X\r\n\r\n", .malformedStatusLine), ("HTTP/2.0 200 X\r\n\r\n", .malformedStatusLine),
            ("HTTP/1.1  200 X\r\n\r\n", .malformedStatusLine), ("HTTP/1.2 200 OK\r\n\r\n", .malformedStatusLine),
            ("HTTP/1.1 200 a\u{1}\r\n\r\n", .malformedStatusLine), ("junk\r\n\r\n", .malformedStatusLine),
            ("\r\n\r\n", .malformedStatusLine), ("HTTP/1.1 200 OK\n\n", .bareLineEnd),
            ("HTTP/1.1 200 OK\r\na : b\r\n\r\n", .malformedHeaderLine),
        ] as [(String, HTTPWireError)]
    )
    func unsoundResponsesAreErrors(_ text: String, _ error: HTTPWireError) {
        #expect(Wire.responses(text).last == "error \(error)")
    }

    @Test(arguments: ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "HTTP/1.1 100 C\r\n\r\n"])
    func aCloseInsideAResponseIsTruncation(_ text: String) {
        #expect(Wire.responses(text, closes: true).last == "error truncated")
    }

    @Test(arguments: ["S", "SSH-2.0-OpenSSH_9\r\n", "HTTP/2", "HTTP/1x", "\r\n", "http/1.1"])
    func whatCannotBecomeAResponseIsRefusedAtOnce(_ text: String) {
        #expect(Wire.responses(text) == ["error malformedStatusLine"])
    }

    @Test(arguments: ["H", "HTTP/1.", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nA"])
    func aPartOfAHeadIsWaitedFor(_ text: String) {
        #expect(Wire.responses(text).isEmpty)
    }

    @Test func bytesNobodyAskedForAreAnError() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
        #expect(Wire.responses(text).last == "error unexpectedResponse")
    }

    @Test func anIdleCloseIsNoError() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        #expect(Wire.responses(text, closes: true).last == "end")
    }

    @Test(arguments: [("", false), ("Connection: keep-alive\r\n", true), ("Connection: close, keep-alive\r\n", false)])
    func http10KeepsTheConnectionOnlyWhenItSays(_ field: String, _ keepAlive: Bool) throws {
        let head = try #require(Wire.responseHead("HTTP/1.0 200 OK\r\n\(field)Content-Length: 1\r\n\r\n"))
        #expect(head.keepAlive == keepAlive)
    }
}
