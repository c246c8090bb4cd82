import HTTPWire
import NIOCore
import Testing

/// Random damage to sound messages, reproducible by seed: nothing traps, and what is accepted is unambiguous.
@Suite struct MutationTests {
    static let splices = [
        "\r\n", "\n", "\r", " ", "\t", ":", "\u{0}", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n",
        "0\r\n\r\n",
        "Host: x\r\n", "chunked", ",", ";", "ffffffff", "-", "+", "HTTP/1.0", "GET ", "\u{7F}", "é", "\r\n\r\n",
    ]

    static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let index = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where !bytes.isEmpty: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1 where !bytes.isEmpty: bytes.remove(at: index)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            case 3: bytes.insert(contentsOf: (splices.randomElement(using: &random) ?? "").utf8, at: index)
            default: bytes.append(contentsOf: bytes[index...].prefix(40))
            }
        }
    }

    /// Reads `bytes` in random pieces; every head read is written and read again, and must say the same.
    static func drive(_ bytes: [UInt8], _ random: inout SeededGenerator) {
        var parser = RequestParser()
        var head = RequestHead()
        var buffer = ByteBuffer()
        var rest = bytes[...]
        var eventsLeft = bytes.count * 2 + 16
        while true {
            eventsLeft -= 1
            #expect(eventsLeft > 0, "the parser makes no progress")
            guard eventsLeft > 0 else { return }
            switch parser.next(&buffer, into: &head) {
            case .needMoreData:
                if rest.isEmpty { return }
                let piece = Int.random(in: 1...rest.count, using: &random)
                buffer.writeBytes(rest.prefix(piece))
                rest = rest.dropFirst(piece)
            case .head: roundTrip(head)
            case .body(let slice): #expect(slice.readableBytes > 0)
            case .error: return
            case .trailers, .end: continue
            }
        }
    }

    static func roundTrip(_ head: RequestHead) {
        for line in head.headers.lines {
            #expect(!line.name.isEmpty && line.name == line.name.lowercased())
            #expect(!line.value.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 })
        }
        let lengths = head.headers.lines.filter { $0.name == "content-length" }.count
        let codings = head.headers.lines.filter { $0.name == "transfer-encoding" }.count
        #expect(lengths + codings <= 1)
        var proxied = head
        proxied.headers.removeHopByHop()
        var written = ByteBuffer()
        written.writeRequestHead(proxied)
        var parser = RequestParser()
        var again = RequestHead()
        let event = parser.next(&written, into: &again)
        #expect(event == .head)
        guard event == .head else { return }
        #expect(again.framing == head.framing)
        #expect(again.headers.string(of: .path) == head.headers.string(of: .path))
        #expect(again.headers.string(of: .authority) == head.headers.string(of: .authority))
        #expect(again.keepAlive == head.keepAlive)
    }

    @Test(arguments: 0..<8)
    func damagedRequestsNeverTrapAndStayUnambiguous(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<1500 {
            var bytes = Array((IncrementalParsingTests.requests.randomElement(using: &random) ?? "").utf8)
            Self.mutate(&bytes, &random)
            Self.drive(bytes, &random)
        }
    }

    @Test(arguments: 0..<4)
    func damagedResponsesNeverTrap(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) &+ 1000)
        for _ in 0..<1500 {
            var bytes = Array((IncrementalParsingTests.responses.randomElement(using: &random) ?? "").utf8)
            Self.mutate(&bytes, &random)
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let parts = [Array(bytes[..<cut]), Array(bytes[cut...])]
            let cutEvents = Wire.responses(parts, to: [.get, .head, .get], closes: true)
            #expect(cutEvents == Wire.responses([bytes], to: [.get, .head, .get], closes: true))
        }
    }
}
