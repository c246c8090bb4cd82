import HTTPWire
import NIOCore
import Testing

/// Reading heads by the word: every length and every place a name or a value can have.
@Suite struct FieldReadingTests {
    @Test(arguments: [0, 1, 59, 60, 61, 100])
    func asManyLinesAsTheLimitAllowsAreRead(_ lines: Int) {
        var limits = HTTPLimits()
        limits.maxHeaders = lines + 1
        let fields = (0..<lines).map { "X-Line: \($0)\r\n" }.joined()
        let text = "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
        let head = Wire.head(text, limits: limits)
        #expect(head?.headers.count == lines + 1)
        #expect(head?.headers.lines.last?.value == (lines == 0 ? "a" : "\(lines - 1)"))
        limits.maxHeaders = lines
        #expect(Wire.requests(text, limits: limits) == ["error tooManyHeaders"])
    }

    @Test(arguments: 1...60)
    func otherNamesOfAnyLengthAreFolded(_ length: Int) {
        let name = String((0..<length).map { index in Character(Unicode.Scalar(UInt8(0x41 + index % 26))) })
        let head = Wire.head("GET / HTTP/1.1\r\nHost: a\r\n\(name): V@Z[\r\n\r\n")
        #expect(head?.headers.lines.last?.name == name.lowercased())
        #expect(head?.headers.lines.last?.value == "V@Z[")
    }

    @Test(arguments: KnownHeaderTests.named.filter { !$0.isStartLine })
    func knownNamesAreFoundInAnyCaseAndNotByLookalikes(_ known: KnownHeader) {
        let name = "\(known.name)"
        var headers = Wire.responseHead("HTTP/1.1 200 OK\r\n\(name.uppercased()): 0\r\n\r\n", to: .head)?.headers
        if known == .transferEncoding {
            #expect(headers == nil)
            return
        }
        #expect(headers?.fields.last?.id == known)
        #expect(headers?.lines.last?.name == name)
        // Bit 5 tells case in letters only: `-` without it is CR.
        for (place, byte) in name.utf8.enumerated() {
            var bytes = Array(name.utf8)
            bytes[place] = byte ^ (byte >= 0x61 ? 0x01 : 0x20)
            let text = String(decoding: bytes, as: UTF8.self)
            headers = Wire.responseHead("HTTP/1.1 200 OK\r\n\(text): 0\r\n\r\n", to: .head)?.headers
            if let last = headers?.fields.last { #expect(last.id != known, "\(text)") }
        }
    }

    @Test(arguments: 0..<40)
    func aValueMayEndAnywhereAndAControlCharacterIsSeenAnywhere(_ length: Int) {
        let filler = String(repeating: "~", count: length)
        for bad in ["\u{0}", "\u{1F}", "\u{7F}", "\r"] {
            let text = "GET / HTTP/1.1\r\nHost: a\r\nX: \(filler)\(bad)~\r\n\r\n"
            #expect(Wire.requests(text).last?.hasPrefix("error") == true)
        }
        var bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: \(filler)".utf8)
        bytes += [0xFF, 0x7E, 0x80, 0x09, 0x7E] + Array("\r\n\r\n".utf8)
        #expect(Wire.requests([bytes]) == Wire.requests(bytes.map { [$0] }))
        #expect(Wire.requests([bytes]).first?.hasPrefix("head GET") == true)
    }

    @Test(arguments: 0..<40)
    func aHostMayHaveAnyLengthAndABadByteIsSeenAnywhere(_ length: Int) {
        let filler = String(repeating: "aZ09-.", count: 7).prefix(length)
        #expect(Wire.head("GET / HTTP/1.1\r\nHost: \(filler):80\r\n\r\n") != nil)
        for bad in ["/", "@", "[", "{", "^", ":", "\u{80}"] {
            let text = "GET / HTTP/1.1\r\nHost: \(filler)\(bad)aaaaaaaaaaaaaaaa\r\n\r\n"
            #expect(Wire.requests(text) == ["error invalidAuthority"], "\(bad)")
        }
    }

    @Test func aCopyOfABlockKeepsItsBytes() {
        var head = Wire.head("GET /a HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\n")
        let copy = head
        head?.headers.set(.authority, "changed")
        head?.headers.add(HeaderName("x-b"), "2")
        #expect(copy?.headers.string(of: .authority) == "a")
        #expect(copy?.headers.count == 2)
        head?.reset()
        head?.headers.add(.server, "overwrites what was there")
        #expect(copy?.headers.lines.map(\.value) == ["a", "1"])
    }
}
