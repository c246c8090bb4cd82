import CustomDump
import HTTPWire
import NIOCore
import Testing

/// However the network cuts the bytes, the same events come out.
@Suite struct IncrementalParsingTests {
    static let requests = [
        "GET /a?b HTTP/1.1\r\nHost: h\r\nUser-Agent: x y\r\nX-A:\tv \r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n1\r\nd\r\n0\r\nX-T: 1\r\n\r\nGET / ",
        "\r\nOPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n",
        "GET http://foo HTTP/1.1\r\nHost: h\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]

    @Test(arguments: requests)
    func requestsCutAnywhere(_ text: String) {
        let bytes = Array(text.utf8)
        let whole = Wire.requests([bytes])
        #expect(!whole.isEmpty)
        for cut in 0...bytes.count {
            expectNoDifference(Wire.requests([Array(bytes[..<cut]), Array(bytes[cut...])]), whole)
        }
        expectNoDifference(Wire.requests(bytes.map { [$0] }), whole)
    }

    static let responses = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\n\r\nhelloHTTP/1.1 204 No\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nuntil close",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ]

    @Test(arguments: responses)
    func responsesCutAnywhere(_ text: String) {
        let bytes = Array(text.utf8)
        let whole = Wire.responses([bytes], to: [.get, .get], closes: true)
        for cut in 0...bytes.count {
            let parts = [Array(bytes[..<cut]), Array(bytes[cut...])]
            expectNoDifference(Wire.responses(parts, to: [.get, .get], closes: true), whole)
        }
        expectNoDifference(Wire.responses(bytes.map { [$0] }, to: [.get, .get], closes: true), whole)
    }

    @Test func bodySlicesShareTheBuffer() {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(string: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcdNEXT")
        #expect(parser.next(&buffer, into: &head) == .head)
        guard case .body(let slice) = parser.next(&buffer, into: &head) else {
            Issue.record("no body")
            return
        }
        let address = slice.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let rest = buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(address &+ 4 == rest)
    }
}
