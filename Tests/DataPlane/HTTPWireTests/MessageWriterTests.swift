import CustomDump
import HTTPWire
import NIOCore
import Testing

@Suite struct MessageWriterTests {
    @Test func anUntouchedRequestIsWrittenLowerCase() throws {
        let head = try #require(
            Wire.head("GET /a HTTP/1.1\r\nHost: h\r\nX-Tight:v\r\nX-Wide:  \tw  \r\nAccept: */*\r\nX-Empty:\r\n\r\n")
        )
        expectNoDifference(
            Wire.written { $0.writeRequestHead(head) },
            "GET /a HTTP/1.1\r\nhost: h\r\nx-tight: v\r\nx-wide: w\r\naccept: */*\r\nx-empty: \r\n\r\n"
        )
    }

    @Test func editsAreWrittenInPlaceOrAtTheEnd() throws {
        var head = try #require(
            Wire.head("POST /a HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nCookie: c\r\nD: 4\r\nContent-Length: 3\r\n\r\n")
        )
        head.headers.set(HeaderName("b"), "two")
        head.headers.remove(.cookie)
        head.headers.add(.xRequestID, "id")
        head.setPath(ContiguousArray("/b?c".utf8))
        head.headers.withBytes(ByteRange(offset: 0, length: 4)) { _ in }
        var authority = "other:80"
        authority.withUTF8 { head.setAuthority(UnsafeRawBufferPointer($0)) }
        head.keepAlive = false
        expectNoDifference(
            Wire.written { $0.writeRequestHead(head) },
            "POST /b?c HTTP/1.1\r\nhost: other:80\r\na: 1\r\nb: two\r\nd: 4\r\nx-request-id: id\r\n"
                + "content-length: 3\r\nconnection: close\r\n\r\n"
        )
    }

    @Test(
        arguments: [
            (BodyFraming.none, "content-length: 7\r\n\r\n"), (.length(5), "content-length: 5\r\n\r\n"),
            (.chunked, "transfer-encoding: chunked\r\n\r\n"), (.untilClose, "\r\n"),
        ]
    )
    func framingIsWrittenOnceFromTheHead(_ framing: BodyFraming, _ end: String) {
        var head = ResponseHead()
        head.headers.add(.contentLength, "7")
        head.headers.add(.transferEncoding, "chunked")
        head.headers.add(.connection, "close")
        head.framing = framing
        expectNoDifference(Wire.written { $0.writeResponseHead(head) }, "HTTP/1.1 200 OK\r\n" + end)
    }

    @Test func anAnswerToHTTP10SaysSo() {
        var head = ResponseHead()
        head.framing = .length(0)
        expectNoDifference(
            Wire.written { $0.writeResponseHead(head, version: .http1_0) },
            "HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n"
        )
    }

    @Test(
        arguments: [
            (BodyFraming.untilClose, HTTPVersion.http1_1, BodyFraming.chunked), (.untilClose, .http1_0, .untilClose),
            (.chunked, .http1_0, .untilClose), (.chunked, .http1_1, .chunked), (.length(3), .http1_0, .length(3)),
            (.none, .http1_1, .none),
        ]
    )
    func bodiesAreReframedForTheClient(_ from: BodyFraming, _ version: HTTPVersion, _ to: BodyFraming) {
        var head = ResponseHead()
        head.framing = from
        head.reframe(for: version)
        #expect(head.framing == to)
        #expect(head.keepAlive == (to != .untilClose))
    }

    @Test(arguments: [(1, "1"), (9, "9"), (10, "a"), (255, "ff"), (4096, "1000"), (Int.max, "7fffffffffffffff")])
    func chunkSizesAreHexadecimal(_ length: Int, _ text: String) {
        #expect(Wire.written { $0.writeChunkStart(length: length) } == text + "\r\n")
    }

    @Test func aChunkOfNothingIsNotWritten() {
        #expect(Wire.written { $0.writeChunkStart(length: 0) } == "")
        #expect(Wire.written { $0.writeLastChunk() } == "0\r\n\r\n")
    }

    @Test func trailersFollowTheLastChunk() {
        var trailers = HeaderBlock()
        trailers.add(.grpcStatus, "0")
        #expect(Wire.written { $0.writeLastChunk(trailers: trailers) } == "0\r\ngrpc-status: 0\r\n\r\n")
    }

    @Test func aLongConnectTargetIsWrittenWhole() throws {
        let host = String(repeating: "h", count: 5000) + ":443"
        let head = try #require(Wire.head("CONNECT \(host) HTTP/1.1\r\nHost: x\r\n\r\n"))
        #expect(Wire.written { $0.writeRequestHead(head) } == "CONNECT \(host) HTTP/1.1\r\nhost: \(host)\r\n\r\n")
    }

    @Test(arguments: [(UInt16(418), "Unknown"), (503, "Service Unavailable"), (999, "Unknown"), (100, "Continue")])
    func reasonPhrasesAreEnvoys(_ status: UInt16, _ phrase: String) {
        #expect("\(ResponseHead.reasonPhrase(status))" == phrase)
    }
}
