import CustomDump
import HTTPWire
import NIOCore
import Testing

@Suite struct RequestParserTests {
    /// Start line and host, then `more` field lines.
    static func get(_ more: String..., line: String = "GET /ok HTTP/1.1") -> String {
        ([line, "Host: h"] + more).joined(separator: "\r\n") + "\r\n\r\n"
    }

    @Test func aPlainRequestIsAHeadAndAnEnd() {
        expectNoDifference(
            Wire.requests("GET /a?b=c HTTP/1.1\r\nHost: Example.com:80\r\nX-Mixed-CASE:\t Value \t\r\n\r\n"),
            [
                "head GET /a?b=c http1_1 none keepAlive=true [host=Example.com:80;x-mixed-case=Value]",
                "end",
            ]
        )
    }

    @Test func aBodyWithALengthEndsWhereItSays() {
        expectNoDifference(
            Wire.requests(Self.get("Content-Length: 5", line: "POST /ok HTTP/1.1") + "hello" + Self.get()),
            [
                "head POST /ok http1_1 length(5) keepAlive=true [host=h;content-length=5]",
                "body hello", "end",
                "head GET /ok http1_1 none keepAlive=true [host=h]",
                "end",
            ]
        )
    }

    @Test func chunksLoseTheirFraming() {
        let head = Self.get("Transfer-Encoding: Chunked", line: "POST /ok HTTP/1.1")
        expectNoDifference(
            Wire.requests(head + "3\r\nabc\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n"),
            [
                "head POST /ok http1_1 chunked keepAlive=true [host=h;transfer-encoding=Chunked]",
                "body abc0123456789", "trailers x-sum=1", "end",
            ]
        )
    }

    @Test func pipelinedRequestsWaitInTheBuffer() {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(string: Self.get() + "\r\n" + Self.get(line: "GET /two HTTP/1.1"))
        #expect(parser.next(&buffer, into: &head) == .head)
        #expect(head.path.map(head.headers.string) == "/ok")
        #expect(parser.next(&buffer, into: &head) == .end)
        #expect(head.path.map(head.headers.string) == "/ok")
        #expect(parser.next(&buffer, into: &head) == .head)
        #expect(head.path.map(head.headers.string) == "/two")
        #expect(parser.next(&buffer, into: &head) == .end)
        #expect(parser.next(&buffer, into: &head) == .needMoreData)
        #expect(parser.finish(buffer) == nil)
    }

    @Test(
        arguments: [
            ("GET http://Foo:8080/x?y HTTP/1.1", "/x?y", "Foo:8080", "http"),
            ("GET HTTPS://foo HTTP/1.1", "/", "foo", "https"),
            ("GET http://foo?q=1 HTTP/1.1", "/?q=1", "foo", "http"),
            ("GET http://[::1]:80/ HTTP/1.1", "/", "[::1]:80", "http"),
            ("OPTIONS * HTTP/1.1", "*", "h", nil),
            ("CONNECT foo:443 HTTP/1.1", nil, "foo:443", nil),
            ("PROPFIND /d HTTP/1.1", "/d", "h", nil),
        ] as [(String, String?, String, String?)]
    )
    func everyTargetFormIsUnderstood(_ line: String, _ path: String?, _ authority: String, _ scheme: String?) throws {
        let head = try #require(Wire.head(Self.get(line: line)))
        #expect(head.path.map(head.headers.string) == path)
        #expect(head.authority.map(head.headers.string) == authority)
        #expect(head.scheme.map(head.headers.string) == scheme)
        #expect(head.headers.lines.filter { $0.name == "host" }.count == 1)
    }

    @Test(
        arguments: [
            ("Connection: close", false, false), ("Connection: Keep-Alive, CLOSE", false, false),
            ("Connection: keep-alive", true, false), ("Expect: 100-Continue", true, true),
            ("Expect: other", true, false),
        ]
    )
    func connectionAndExpectAreRead(_ field: String, _ keepAlive: Bool, _ expects: Bool) throws {
        let head = try #require(Wire.head(Self.get(field)))
        #expect(head.keepAlive == keepAlive)
        #expect(head.expectsContinue == expects)
    }

    @Test func anUpgradeIsSeen() throws {
        let head = try #require(Wire.head(Self.get("Connection: Upgrade", "Upgrade: websocket")))
        #expect(head.upgradeRequested)
    }

    @Test(arguments: [("", false, "none"), ("Connection: keep-alive\r\n", true, "none")])
    func http10IsServedOnlyWhenAsked(_ fields: String, _ keepAlive: Bool, _ framing: String) throws {
        let text = "GET / HTTP/1.0\r\n\(fields)\r\n"
        expectNoDifference(Wire.requests(text), ["error unsupportedVersion"])
        var limits = HTTPLimits()
        limits.acceptHTTP10 = true
        let head = try #require(Wire.head(text, limits: limits))
        #expect(head.version == .http1_0)
        #expect(head.keepAlive == keepAlive)
        #expect(head.authority == nil)
    }

    @Test func limitsAreExact() {
        let fields = (1...99).map { "h\($0): x" }.joined(separator: "\r\n")
        #expect(Wire.requests(Self.get(fields)).last == "end")
        #expect(Wire.requests(Self.get(fields, "one: more")) == ["error tooManyHeaders"])
        let room = 60 * 1024 - Self.get("a: ").utf8.count
        #expect(Wire.requests(Self.get("a: " + String(repeating: "x", count: room))).last == "end")
        #expect(Wire.requests(Self.get("a: " + String(repeating: "x", count: room + 1))) == ["error headTooLarge"])
        let endless = "GET /" + String(repeating: "x", count: 61 * 1024)
        #expect(Wire.requests(endless) == ["error headTooLarge"])
    }

    @Test func chunkLimitsAreKept() {
        let head = Self.get("Transfer-Encoding: chunked", line: "POST / HTTP/1.1")
        let extension4K = String(repeating: "x", count: 4096)
        #expect(Wire.requests(head + "1;" + extension4K).last == "error chunkLineTooLong")
        #expect(Wire.requests(head + "0\r\na: " + extension4K + extension4K).last == "error headTooLarge")
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n", "G", Self.get("Content-Length: 3") + "ab", "\r"])
    func aCloseInsideAMessageIsTruncation(_ text: String) {
        #expect(Wire.requests(text, closes: true).last == "error truncated")
    }

    @Test func queryParametersAreCutNotDecoded() throws {
        let head = try #require(Wire.head(Self.get(line: "GET /p?a=1&&b&c=&a=2&d=x=y%20 HTTP/1.1")))
        let pairs = QueryParameters(head).map { head.headers.string($0.name) + "|" + head.headers.string($0.value) }
        expectNoDifference(pairs, ["a|1", "b|", "c|", "a|2", "d|x=y%20"])
        #expect(head.pathWithoutQuery.map(head.headers.string) == "/p")
        #expect(head.query.map(head.headers.string) == "a=1&&b&c=&a=2&d=x=y%20")
        #expect(head.queryParameter(ContiguousArray("a".utf8)).map(head.headers.string) == "1")
        #expect(head.queryParameter(ContiguousArray("z".utf8)) == nil)
        let bare = try #require(Wire.head(Self.get()))
        #expect(bare.query.map(bare.headers.string) == "")
        #expect(QueryParameters(bare).map { _ in 0 }.isEmpty)
    }

    @Test func everyErrorHasAReplyAndEndsTheConnection() {
        for error in HTTPWireError.allCases {
            #expect([400, 426, 431, 501].contains(error.status))
            #expect(error.closesConnection)
            #expect(!"\(error.details)".isEmpty)
        }
        #expect("\(HTTPWireError.headTooLarge.replyBody)" == "Request Header Fields Too Large")
        #expect("\(HTTPWireError.missingHost.replyBody)" == "")
    }
}
