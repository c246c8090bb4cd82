/// What the first bytes of a plaintext connection look like; Envoy's `http_inspector` listener filter.
package enum HTTPPreface: Equatable, Sendable {
    /// They may become any of the others.
    case needMoreData
    /// A request line ending in `HTTP/1.0`.
    case http1_0
    /// A request line ending in `HTTP/1.1`.
    case http1_1
    /// The HTTP/2 connection preface (RFC 9113 section 3.4).
    case http2
    /// Something else.
    case other
    /// A request line that does not end: nobody knows whose it is, so the connection has to be closed.
    case endless

    /// The longest request line looked at, in bytes (Envoy's `MAX_INSPECT_SIZE`).
    package static let maximumBytes = 64 * 1024

    private static let http2Preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// Reads the start of a connection; of its first `seen` bytes it is known already that more is needed.
    package static func read(_ bytes: UnsafeRawBufferPointer, seen: Int = 0) -> HTTPPreface {
        let preface = UnsafeRawBufferPointer(start: http2Preface.utf8Start, count: http2Preface.utf8CodeUnitCount)
        let common = min(bytes.count, preface.count)
        if bytes.prefix(common).elementsEqual(preface.prefix(common)) {
            return common == preface.count ? .http2 : .needMoreData
        }
        return readRequestLine(bytes, seen: seen)
    }

    private static func readRequestLine(_ bytes: UnsafeRawBufferPointer, seen: Int) -> HTTPPreface {
        // A method is a short run of letters: anything else is known not to be HTTP by its first bytes.
        var index = 0
        while index < bytes.count, bytes[index] != 0x20 {
            let folded = bytes[index] | 0x20
            guard (0x61...0x7A).contains(folded) || bytes[index] == 0x2D, index < 32 else { return .other }
            index &+= 1
        }
        guard index < bytes.count else { return .needMoreData }
        guard index > 0 else { return .other }
        // Each byte is looked at once, however small the pieces are that the line comes in.
        let new = bytes[min(max(index, seen), bytes.count)...]
        let newline = new.firstIndex(of: 0x0A)
        if new[..<(newline ?? new.endIndex)].contains(where: { $0 < 0x20 && $0 != 0x0D }) { return .other }
        guard let newline else { return bytes.count >= maximumBytes ? .endless : .needMoreData }
        let end = newline > 0 && bytes[newline &- 1] == 0x0D ? newline &- 1 : newline
        return version(bytes[index..<end])
    }

    private static func version(_ line: Slice<UnsafeRawBufferPointer>) -> HTTPPreface {
        guard line.count > 9 else { return .other }
        let tail = line.suffix(9)
        if tail.elementsEqual(" HTTP/1.1".utf8) { return .http1_1 }
        return tail.elementsEqual(" HTTP/1.0".utf8) ? .http1_0 : .other
    }
}
