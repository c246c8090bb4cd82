import Foundation
import MeshTelemetry
import NIOCore
import SecurityTags
import Testing

/// A request all of whose words come from somebody who means ill: path, headers, server name, names of certificates.
private struct HostileRecord: AccessLogRecord {
    var word: [UInt8]
    var startTimeMilliseconds: Int64 = 1_700_000_000_123
    var flags: ResponseFlags = .noHealthyUpstream

    private func write(_ buffer: inout ByteBuffer) -> Bool {
        buffer.writeBytes(word)
        return !word.isEmpty
    }

    func writeRequestHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool { write(&buffer) }
    func writeResponseHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool { write(&buffer) }
    func writeResponseTrailer(_ name: String, into buffer: inout ByteBuffer) -> Bool { write(&buffer) }
    /// None: what it writes is JSON already, which is the record's own work.
    func writeMetadata(_ path: [ContiguousArray<UInt8>], asJSON: Bool, into buffer: inout ByteBuffer) -> Bool { false }
    func number(_ field: AccessLogOperator) -> UInt64? { .max }
    func writeText(_ field: AccessLogOperator, into buffer: inout ByteBuffer) -> Bool { write(&buffer) }
}

/// One request is one line, and in JSON one object, whatever a caller says.
@Suite(.tags(.sec20)) struct HostileLogValueTests {
    /// Every operator, alone, cut short, and within other text.
    private static let formats: [(key: String, format: String)] = {
        let names = AccessLogOperator.simple.keys.sorted()
        let headers = ["REQ(A)", "REQ(:PATH)", "REQ(A?B)", "RESP(A)", "TRAILER(A)", "REQ(X-FORWARDED-CLIENT-CERT)"]
        var found = (names + headers).map { (key: $0, format: "%\($0)%") }
        found += headers.flatMap { name in (1...3).map { (key: "\(name) \($0)", format: "%\(name):\($0)%") } }
        found += (names + headers).map { (key: "in text \($0)", format: "<\"%\($0)%\\\">") }
        return found
    }()

    /// Words that end strings, lines or objects, that are no UTF-8 or only half of it.
    private static let words: [[UInt8]] = {
        var found = (0...255).map { [0x61, UInt8($0), 0x62] }
        found += [
            "\",\"a\":\"b", "\\", "\\\"", "}\n{", "\r\n", "%REQ(A)%", "\u{2028}\u{2029}\u{85}", "\u{1F600}",
            "${jndi:x}",
        ]
        .map { Array($0.utf8) }
        found += [
            [0xC3], [0xF0, 0x9F], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x22, 0xFF, 0x22],
        ]
        var state: UInt64 = 20
        for _ in 0..<100 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var bits = state
            found.append(
                (0..<Int(state >> 60)).map { _ in
                    bits = bits &* 2_862_933_555_777_941_757 &+ 3_037_000_493
                    return UInt8(truncatingIfNeeded: bits >> 40)
                }
            )
        }
        return found
    }()

    private func line(_ format: AccessLogFormat, _ word: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        format.render(HostileRecord(word: word), into: &buffer)
        return Array(buffer.readableBytesView)
    }

    @Test func everyLineOfJSONIsOneObject() throws {
        let format = try AccessLogFormat(json: Self.formats)
        for word in Self.words {
            let line = line(format, word)
            #expect(line.last == 0x0A && !line.dropLast().contains { $0 < 0x20 || $0 == 0x7F }, "\(word)")
            let read = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            #expect(read?.keys.sorted() == Self.formats.map(\.key).sorted(), "\(word)")
        }
    }

    @Test func whatIsTextComesBackAsItWas() throws {
        let format = try AccessLogFormat(json: [("path", "%REQ(:PATH)%"), ("name", "%REQUESTED_SERVER_NAME%")])
        for word in Self.words where !word.isEmpty {
            guard let text = String(validating: word, as: UTF8.self) else { continue }
            let read = try JSONSerialization.jsonObject(with: Data(line(format, word))) as? [String: String]
            #expect(read == ["path": text, "name": text], "\(word)")
        }
    }

    @Test func everyLineOfTextIsOneLine() throws {
        let format = try AccessLogFormat(text: Self.formats.map(\.format).joined(separator: " ") + "\n")
        for word in Self.words {
            let line = line(format, word)
            #expect(line.last == 0x0A && !line.dropLast().contains { $0 < 0x20 || $0 == 0x7F }, "\(word)")
        }
    }
}
