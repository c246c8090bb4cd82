package import ProxySnapshot

extension LoadReport {
    /// Reads a serialized `OrcaLoadReport` in base64 with its padding; nil for what is malformed or empty.
    package init?(base64 text: UnsafeRawBufferPointer, for metrics: [LoadMetric]) {
        guard let bytes = Self.decode(base64: text) else { return nil }
        let report = bytes.withUnsafeBytes { LoadReport(protobuf: $0, for: metrics) }
        guard let report else { return nil }
        self = report
    }

    /// RFC 4648 section 4, as strict as Envoy: no other alphabet, no missing padding, no bits beyond the last byte.
    private static func decode(base64 text: UnsafeRawBufferPointer) -> ContiguousArray<UInt8>? {
        guard !text.isEmpty, text.count % 4 == 0 else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        var bytes = ContiguousArray<UInt8>()
        bytes.reserveCapacity(text.count / 4 * 3)
        var (bits, count): (UInt32, Int) = (0, 0)
        for byte in text.dropLast(padding) {
            guard let value = sextet(byte) else { return nil }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            bits &= 1 << UInt32(count) - 1
        }
        return bits == 0 ? bytes : nil
    }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// Reads protobuf's wire format; fields that the message does not have are passed over.
    init?(protobuf bytes: UnsafeRawBufferPointer, for metrics: [LoadMetric]) {
        self.init(for: metrics)
        var wire = WireReader(bytes)
        while !wire.isAtEnd {
            guard let field = wire.next() else { return nil }
            switch (field.number, field.value) {
            case (1, .fixed64(let bits)): self[.cpuUtilization] = Double(bitPattern: bits)
            case (2, .fixed64(let bits)): self[.memoryUtilization] = Double(bitPattern: bits)
            case (6, .fixed64(let bits)): self[.requestsPerSecond] = Double(bitPattern: bits)
            case (7, .fixed64(let bits)): self[.errorsPerSecond] = Double(bitPattern: bits)
            case (9, .fixed64(let bits)): self[.applicationUtilization] = Double(bitPattern: bits)
            case (4, .bytes(let entry)): guard take(.requestCost, entry) else { return nil }
            case (5, .bytes(let entry)): guard take(.utilization, entry) else { return nil }
            case (8, .bytes(let entry)): guard take(.namedMetrics, entry) else { return nil }
            default: break
            }
        }
    }

    private mutating func take(_ map: LoadMap, _ entry: UnsafeRawBufferPointer) -> Bool {
        var key = UnsafeRawBufferPointer(start: nil, count: 0)
        var value = 0.0
        var wire = WireReader(entry)
        while !wire.isAtEnd {
            guard let field = wire.next() else { return false }
            switch (field.number, field.value) {
            case (1, .bytes(let bytes)): key = bytes
            case (2, .fixed64(let bits)): value = Double(bitPattern: bits)
            default: break
            }
        }
        guard String(validating: key, as: UTF8.self) != nil else { return false }
        set(map, key, value)
        return true
    }
}

/// Protobuf's wire format, field by field.
struct WireReader {
    enum Value {
        case fixed64(UInt64)
        case bytes(UnsafeRawBufferPointer)
        /// Of a kind that nothing here has.
        case other
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position >= bytes.count }

    /// The next field; nil when the bytes are no message.
    mutating func next() -> (number: UInt64, value: Value)? {
        guard let tag = varint(), tag >> 3 > 0, tag >> 3 < 1 << 29 else { return nil }
        switch tag & 7 {
        case 0: return varint().map { _ in (tag >> 3, .other) }
        case 1: return take(8).map { (tag >> 3, .fixed64(UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)))) }
        case 2:
            guard let length = varint(), length <= UInt64(bytes.count) else { return nil }
            return take(Int(length)).map { (tag >> 3, .bytes($0)) }
        case 5: return take(4).map { _ in (tag >> 3, .other) }
        // Groups: no message of today has one.
        default: return nil
        }
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
    }

    private mutating func varint() -> UInt64? {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while shift < 64, position < bytes.count {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
