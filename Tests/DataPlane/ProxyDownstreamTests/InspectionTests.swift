import SecurityTags
import Testing

@testable import ProxyDownstream

@Suite struct InspectionTests {
    private func preface(_ text: String) -> HTTPPreface { Array(text.utf8).withUnsafeBytes { HTTPPreface.read($0) } }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n", HTTPPreface.http1_1), ("GET / HTTP/1.0\r\n", .http1_0), ("GET / HT", .needMoreData),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http2), ("PRI * HT", .needMoreData), ("", .needMoreData),
        ("GET / HTTP/1.1\n", .http1_1), ("\u{16}\u{3}\u{1}", .other), ("SSH-2.0-OpenSSH\r\n", .other),
        ("GET / HTTP/3.0\r\n", .other), (" / HTTP/1.1\r\n", .other), ("M-SEARCH * HTTP/1.1\r\n", .http1_1),
    ])
    func tellsHTTPFromOthers(text: String, expected: HTTPPreface) {
        #expect(preface(text) == expected)
    }

    @Test(arguments: [
        (8_192, HTTPPreface.http1_1), (30_000, .http1_1), (60_000, .http1_1), (HTTPPreface.maximumBytes, .endless),
    ])
    func aLongTargetIsStillHTTP(length: Int, expected: HTTPPreface) {
        let line = "GET /" + String(repeating: "a", count: length)
        #expect(preface(line) == (expected == .endless ? .endless : .needMoreData))
        if expected != .endless { #expect(preface(line + " HTTP/1.1\r\n") == expected) }
    }

    @Test(arguments: [
        "GET /a HTTP/1.1\r\n", "GET /a\u{1} HTTP/1.1\r\n", "GET / HTTP/3.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ])
    func piecesAreReadAsTheWhole(text: String) {
        let bytes = Array(text.utf8)
        var (seen, reading) = (0, HTTPPreface.needMoreData)
        for count in 1...bytes.count where reading == .needMoreData {
            reading = bytes[..<count].withUnsafeBytes { HTTPPreface.read($0, seen: seen) }
            seen = count
        }
        #expect(reading == preface(text))
    }

    /// A ClientHello with SNI `a.example` and ALPN `h2`, `istio`.
    private static let hello: [UInt8] = {
        let name = vector(vector([0] + vector(Array("a.example".utf8), 2), 2), 2)
        let protocols = vector(vector(vector(Array("h2".utf8), 1) + vector(Array("istio".utf8), 1), 2), 2)
        return hello(extensions: [0, 0] + name + [0, 16] + protocols)
    }()

    private static func hello(extensions: [UInt8]) -> [UInt8] {
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + vector([], 1) + vector([0x13, 1], 2)
            + vector([0], 1) + vector(extensions, 2)
        return [22, 3, 1] + vector([1] + vector(body, 3), 2)
    }

    private static func vector(_ bytes: [UInt8], _ lengthBytes: Int) -> [UInt8] {
        (0..<lengthBytes).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
    }

    @Test func readsServerNameAndProtocols() {
        let reading = Self.hello.withUnsafeBytes { ClientHello.read($0) }
        #expect(reading == .hello(ClientHello(serverName: "a.example", applicationProtocols: ["h2", "istio"])))
    }

    @Test(.tags(.sec22)) func everyPrefixOfAHelloWantsMore() {
        for length in 0..<Self.hello.count {
            let reading = Self.hello[..<length].withUnsafeBytes { ClientHello.read($0) }
            #expect(reading == .needMoreData, "prefix of \(length) bytes")
        }
    }

    @Test func noByteChangeReachesATrap() {
        for index in Self.hello.indices {
            for value: UInt8 in [0, 1, 0x7F, 0xFF] {
                var bytes = Self.hello
                bytes[index] = value
                _ = bytes.withUnsafeBytes { Inspection.look($0, forTLS: true, forHTTP: true) }
            }
        }
    }

    /// A post-quantum share alone has 1,216 bytes (X25519MLKEM768), more than one packet has room for; no server name, and
    /// seventeen protocols, of which some are no text.
    @Test(.tags(.sec22)) func aLongHelloIsReadByteByByte() {
        let names = (0..<16).map { number in [UInt8](repeating: 0xF0 &+ UInt8(number), count: 1 + number * 16) }
        let protocols = (names + [Array("istio".utf8)]).flatMap { Self.vector($0, 1) }
        let share = [0x11, 0xEC] + Self.vector([UInt8](repeating: 7, count: 1_216), 2)
        let hello = Self.hello(
            extensions: [0, 51] + Self.vector(Self.vector(share, 2), 2) + [0, 16]
                + Self.vector(Self.vector(protocols, 2), 2)
        )
        for length in hello.indices {
            let verdict = hello[..<length].withUnsafeBytes {
                Inspection.look($0, seen: max(0, length - 1), forTLS: true, forHTTP: true)
            }
            #expect(verdict == .needMoreData, "prefix of \(length) bytes")
        }
        guard case .done(let found) = hello.withUnsafeBytes({ Inspection.look($0, forTLS: true, forHTTP: true) }) else {
            Issue.record("not read")
            return
        }
        #expect(found.serverName.isEmpty && found.transportProtocol == "tls")
        #expect(found.applicationProtocols.count == 17 && found.applicationProtocols.last == "istio")
    }

    @Test(.tags(.sec22)) func aHelloSpreadOverRecordsIsStillRead() {
        let message = Array(Self.hello[5...])
        var bytes: [UInt8] = []
        for piece in [message[..<10], message[10..<11], message[11...]] {
            bytes += [22, 3, 1, 0, UInt8(piece.count)] + piece
        }
        guard case .hello(let hello) = bytes.withUnsafeBytes({ ClientHello.read($0) }) else {
            Issue.record("not read")
            return
        }
        #expect(hello.serverName == "a.example")
    }
}
