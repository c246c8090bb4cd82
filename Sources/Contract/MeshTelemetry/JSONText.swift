package import NIOCore

/// Escaping for JSON strings (RFC 8259 section 7).
package enum JSONText {
    /// `text` as the inside of a JSON string; allocates, for configuration time.
    package static func escaped(_ text: String) -> String {
        var buffer = ByteBuffer()
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0), into: &buffer) }
        return String(buffer: buffer)
    }

    /// Appends bytes as the inside of a JSON string. Bytes above 0x7F pass if they are sound UTF-8 in the whole, else
    /// each becomes U+FFFD, so that a hostile header cannot make a log line unreadable.
    package static func write(_ bytes: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        let isText = !bytes.contains { $0 >= 0x80 } || String(validating: bytes, as: UTF8.self) != nil
        var start = 0
        for (index, byte) in bytes.enumerated() {
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F || (byte >= 0x80 && !isText) else {
                continue
            }
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            start = index + 1
            escape(byte, into: &buffer)
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }

    private static func escape(_ byte: UInt8, into buffer: inout ByteBuffer) {
        switch byte {
        case 0x22: buffer.writeStaticString("\\\"")
        case 0x5C: buffer.writeStaticString("\\\\")
        case 0x0A: buffer.writeStaticString("\\n")
        case 0x0D: buffer.writeStaticString("\\r")
        case 0x09: buffer.writeStaticString("\\t")
        case 0x80...: buffer.writeStaticString("\u{FFFD}")
        default:
            buffer.writeStaticString("\\u00")
            for nibble in [byte >> 4, byte & 15] {
                buffer.writeInteger(nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble)
            }
        }
    }
}
