import CustomDump
import HTTPWire
import NIOCore
import Testing

/// What must be refused, and how; among it the known ways to smuggle a request past a proxy.
@Suite struct RequestRefusalTests {
    typealias Case = (String, HTTPWireError)

    static let startLines: [Case] = [
        ("G(T / HTTP/1.1", .malformedRequestLine), (" GET / HTTP/1.1", .malformedRequestLine),
        ("GET  / HTTP/1.1", .malformedRequestLine), ("GET /  HTTP/1.1", .malformedRequestLine),
        ("GET\t/ HTTP/1.1", .malformedRequestLine), ("GET / x HTTP/1.1", .malformedRequestLine),
        ("GET / HTTP/1.1 ", .malformedRequestLine), ("GET / http/1.1", .malformedRequestLine),
        ("GET / HTTP/11", .malformedRequestLine), ("GET / HTTP/1.10", .malformedRequestLine),
        ("GET / HTTP/x.1", .malformedRequestLine), ("GET", .malformedRequestLine), ("GET ", .malformedRequestLine),
        ("GET /a\u{1}b HTTP/1.1", .malformedRequestLine), ("GET /ä HTTP/1.1", .malformedRequestLine),
        ("GET /a#b HTTP/1.1", .malformedRequestLine), ("GET a HTTP/1.1", .malformedRequestLine),
        ("GET foo:80 HTTP/1.1", .malformedRequestLine), ("GET / ", .malformedRequestLine),
        (String(repeating: "M", count: 33) + " / HTTP/1.1", .malformedRequestLine),
        ("GET /", .unsupportedVersion), ("GET / HTTP/1.2", .unsupportedVersion),
        ("GET / HTTP/2.0", .unsupportedVersion), ("GET / HTTP/0.9", .unsupportedVersion),
        ("GET / HTTP/3.0", .unsupportedVersion), ("PRI * HTTP/2.0", .http2Preface),
        ("GET * HTTP/1.1", .invalidTarget), ("CONNECT /x HTTP/1.1", .invalidTarget),
        ("CONNECT h HTTP/1.1", .invalidTarget), ("CONNECT :80 HTTP/1.1", .invalidTarget),
        ("CONNECT h: HTTP/1.1", .invalidTarget), ("GET ftp://h/ HTTP/1.1", .invalidScheme),
        ("GET http:/// HTTP/1.1", .invalidTarget), ("GET http://u@h/ HTTP/1.1", .invalidTarget),
        ("GET http://:80/ HTTP/1.1", .invalidTarget), ("GET http:/h HTTP/1.1", .malformedRequestLine),
    ]

    @Test(arguments: startLines)
    func startLine(_ line: String, _ error: HTTPWireError) {
        expectNoDifference(Wire.requests("\(line)\r\nHost: h\r\n\r\n"), ["error \(error)"])
    }

    static let fields: [Case] = [
        ("a : b", .malformedHeaderLine), ("a\t: b", .malformedHeaderLine), (" a: b", .malformedHeaderLine),
        ("a: b\r\n c", .malformedHeaderLine), ("a: b\r\n\tc: d", .malformedHeaderLine), ("abc", .malformedHeaderLine),
        (": b", .malformedHeaderLine), ("a(b: c", .malformedHeaderLine), ("ä: c", .malformedHeaderLine),
        ("a\u{0}: c", .malformedHeaderLine), ("a: b\u{0}c", .invalidCharacters), ("a: b\u{1}", .invalidCharacters),
        ("a: \u{7F}", .invalidCharacters), ("a: 12345678901234567\u{7F}", .invalidCharacters),
        ("a: \u{1B}[2J", .invalidCharacters), ("a: b\rc", .bareLineEnd), ("a: b\r\r", .bareLineEnd),
        ("a: b\nc: d", .bareLineEnd), ("\rTransfer-Encoding: chunked", .malformedHeaderLine),
        ("Host: h", .multipleHosts), ("Connection: x-forwarded-for", .connectionHeaderRejected),
        ("Connection: close, X-Forwarded-Proto", .connectionHeaderRejected),
    ]

    @Test(arguments: fields)
    func fieldLine(_ line: String, _ error: HTTPWireError) {
        expectNoDifference(Wire.requests("GET / HTTP/1.1\r\nHost: h\r\n\(line)\r\n\r\n"), ["error \(error)"])
    }

    static let framing: [Case] = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", .contentLengthWithTransferEncoding),
        ("Transfer-Encoding: chunked\r\nContent-Length: 0", .contentLengthWithTransferEncoding),
        ("Content-Length: 1\r\nContent-Length: 2", .invalidContentLength),
        ("Content-Length: 5\r\nContent-Length: 5", .invalidContentLength),
        ("Content-Length: 5, 5", .invalidContentLength), ("Content-Length: +5", .invalidContentLength),
        ("Content-Length: -5", .invalidContentLength), ("Content-Length: 5 5", .invalidContentLength),
        ("Content-Length: 0x5", .invalidContentLength), ("Content-Length: 5.0", .invalidContentLength),
        ("Content-Length:", .invalidContentLength), ("Content-Length: 5a", .invalidContentLength),
        ("Content-Length: 9223372036854775808", .invalidContentLength),
        ("Content-Length: 18446744073709551621", .invalidContentLength),
        ("Content-Length: 99999999999999999999", .invalidContentLength),
        ("Transfer-Encoding: gzip", .unknownTransferCoding), ("Transfer-Encoding:", .unknownTransferCoding),
        ("Transfer-Encoding: gzip, chunked", .unknownTransferCoding),
        ("Transfer-Encoding: chunked, gzip", .unknownTransferCoding),
        ("Transfer-Encoding: chunked, chunked", .unknownTransferCoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .unknownTransferCoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", .unknownTransferCoding),
        ("Transfer-Encoding: xchunked", .unknownTransferCoding),
        ("Transfer-Encoding: identity", .unknownTransferCoding),
        ("Transfer-Encoding: \"chunked\"", .unknownTransferCoding),
        ("Transfer-Encoding: chunked;q=1", .unknownTransferCoding),
        ("Transfer-Encoding : chunked", .malformedHeaderLine), ("Transfer-Encoding: \u{B}chunked", .invalidCharacters),
        ("X: y\nTransfer-Encoding: chunked", .bareLineEnd), ("Content-Length: 1\r\n 0", .malformedHeaderLine),
    ]

    @Test(arguments: framing)
    func framingFields(_ lines: String, _ error: HTTPWireError) {
        expectNoDifference(Wire.requests("POST / HTTP/1.1\r\nHost: h\r\n\(lines)\r\n\r\n0\r\n\r\n"), ["error \(error)"])
    }

    static let chunks = [
        "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1 ;a\r\n", "\r\n", ";a\r\n", "1\nab",
        "1\r\nab\r\n",
        "1\r\na\n", "1\r\na0\r\n", "1\rX", "1;a\nb\r\n", "1;\u{1}\r\n", "fffffffffffffffff\r\n", "0000000000000001\r\n",
    ]

    @Test(arguments: chunks)
    func chunkFraming(_ body: String) {
        let events = Wire.requests("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        #expect(events.last == "error malformedChunk")
    }

    @Test(arguments: [
        "0\r\na b: c\r\n\r\n", "0\r\n a: c\r\n\r\n", "0\r\na: b\n\r\n", "0\r\na: \u{0}\r\n\r\n", "0\r\n\n",
    ])
    func trailerSections(_ body: String) {
        let events = Wire.requests("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        #expect(events.last?.hasPrefix("error") == true)
    }

    static let hosts = [
        "a b", "h/x", "u@h", "h:80:80", "h:x", "h:99999", "h:123456", "[::1", "[]", "[::1]x", "[::1]:", "::1", "h\\x",
        "h?",
        "h#", "<h>", "h\"", "ä",
    ]

    @Test(arguments: hosts.filter { $0 != "[::1]:" })
    func hostSyntax(_ host: String) {
        expectNoDifference(Wire.requests("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n"), ["error invalidAuthority"])
    }

    @Test(arguments: ["", "h", "h:80", "h:", "[::1]", "[::1]:8080", "127.0.0.1:1", "a_b.c~d", "%41"])
    func goodHosts(_ host: String) {
        #expect(Wire.requests("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").last == "end")
    }

    @Test func aHostIsRequired() {
        expectNoDifference(Wire.requests("GET / HTTP/1.1\r\n\r\n"), ["error missingHost"])
        expectNoDifference(Wire.requests("GET http://h/ HTTP/1.1\r\n\r\n"), ["error missingHost"])
    }

    @Test func transferEncodingIsNotForHTTP10() {
        var limits = HTTPLimits()
        limits.acceptHTTP10 = true
        let text = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        expectNoDifference(Wire.requests(text, limits: limits), ["error transferEncodingNotAllowed"])
    }

    @Test(arguments: ["\u{16}\u{3}\u{1}\u{2}", "\u{0}", "(", String(repeating: "A", count: 40), "\n", "\r\r", "\rG"])
    func noiseIsRefusedBeforeALineIsComplete(_ text: String) {
        #expect(Wire.requests(text).last?.hasPrefix("error") == true)
    }

    @Test func aStreamOfBlankLinesIsRefused() {
        #expect(Wire.requests(String(repeating: "\r\n", count: 4)).isEmpty)
        #expect(Wire.requests(String(repeating: "\r\n", count: 5)) == ["error malformedRequestLine"])
    }

    @Test func anErrorStays() {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer(string: "BAD\r\n\r\n")
        #expect(parser.next(&buffer, into: &head) == .error(.malformedRequestLine))
        buffer = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(parser.next(&buffer, into: &head) == .error(.malformedRequestLine))
        #expect(parser.finish(buffer) == nil)
    }
}
