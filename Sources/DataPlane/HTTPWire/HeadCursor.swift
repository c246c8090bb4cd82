/// Writes a head into memory that is known to be large enough; past its end it writes nothing.
struct HeadCursor {
    /// Room in bytes for version, status, framing lines and blanks around the fields.
    static let framingReserve = 192

    private let target: UnsafeMutableRawBufferPointer
    private(set) var written = 0

    init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    @inline(__always)
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0, let source = bytes.baseAddress, let base = target.baseAddress,
            bytes.count <= target.count &- written
        else { return }
        (base + written).copyMemory(from: source, byteCount: bytes.count)
        written &+= bytes.count
    }

    @inline(__always)
    mutating func write(_ text: StaticString) { write(text.bytes) }

    @inline(__always)
    mutating func write(_ storage: UnsafeRawBufferPointer, _ range: ByteRange) {
        write(storage, from: range.start, to: range.end)
    }

    @inline(__always)
    mutating func write(_ storage: UnsafeRawBufferPointer, from start: Int, to end: Int) {
        guard start < end, end <= storage.count else { return }
        write(UnsafeRawBufferPointer(rebasing: storage[start..<end]))
    }

    mutating func write(decimal value: UInt64) {
        var digits = DecimalDigits(value)
        digits.withBytes { write($0) }
    }

    mutating func write(hexadecimal value: UInt64) {
        var shift = max(0, (63 &- value.leadingZeroBitCount) & ~3)
        while shift >= 0 {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15
            withUnsafeBytes(of: nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble) { write($0) }
            shift &-= 4
        }
    }

    /// Copies the header lines, runs of untouched ones in one go, leaving out framing and `connection`.
    mutating func writeFields(
        _ headers: borrowing HeaderBlock,
        storage: UnsafeRawBufferPointer,
        framing: BodyFraming
    ) {
        var runStart = 0
        var runEnd = 0
        for index in headers.fields.indices {
            let field = headers.fields[index]
            guard Self.isWritten(field.id, framing) else { continue }
            if field.isVerbatim {
                if field.lineStart == runEnd {
                    runEnd = field.lineEnd
                } else {
                    write(storage, from: runStart, to: runEnd)
                    runStart = field.lineStart
                    runEnd = field.lineEnd
                }
                continue
            }
            write(storage, from: runStart, to: runEnd)
            runStart = 0
            runEnd = 0
            write(storage, field.nameRange)
            write(": ")
            write(storage, field.valueRange)
            write("\r\n")
        }
        write(storage, from: runStart, to: runEnd)
    }

    mutating func writeFraming(_ framing: BodyFraming) {
        switch framing {
        case .length(let length):
            write("content-length: ")
            write(decimal: length)
            write("\r\n")
        case .chunked: write("transfer-encoding: chunked\r\n")
        case .none, .untilClose: break
        }
    }

    @inline(__always)
    private static func isWritten(_ id: KnownHeader, _ framing: BodyFraming) -> Bool {
        switch id {
        case .method, .path, .scheme, .transferEncoding, .connection, .removed: false
        case .contentLength: framing == .none
        default: true
        }
    }
}
