/// Reads JSON from strangers (RFC 8259), strictly: no duplicate names, no lone surrogates, no bytes that are not UTF-8,
/// and nothing behind the value.
///
/// Nesting and the number of values are bounded, so that no input costs more than its length.
package struct JSONReader {
    /// How deep arrays and objects may be nested.
    package static let depthLimit = 32
    /// The most values in one text.
    package static let valueLimit = 10_000

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var values = 0

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The value of a JSON text; nil if it is none, or goes beyond the limits.
    package static func read(_ bytes: UnsafeRawBufferPointer) -> MetadataValue? {
        var reader = JSONReader(bytes)
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipBlanks()
        return reader.position == bytes.count ? value : nil
    }

    /// The value of a JSON text.
    package static func read(_ bytes: some Sequence<UInt8>) -> MetadataValue? {
        ContiguousArray(bytes).withUnsafeBytes { read($0) }
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) -> MetadataValue? {
        values += 1
        guard values <= Self.valueLimit else { return nil }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return depth < Self.depthLimit ? object(depth: depth + 1) : nil
        case UInt8(ascii: "["): return depth < Self.depthLimit ? list(depth: depth + 1) : nil
        case UInt8(ascii: "\""): return text().map { .text($0) }
        case UInt8(ascii: "t"): return word("true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return word("false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return word("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[position + offset] != word.utf8Start[offset] {
            return false
        }
        position = end
        return true
    }

    private mutating func list(depth: Int) -> MetadataValue? {
        position += 1
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .list([]) }
        var elements: [MetadataValue] = []
        while true {
            guard let element = value(depth: depth) else { return nil }
            elements.append(element)
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .list(elements) }
            guard take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func object(depth: Int) -> MetadataValue? {
        position += 1
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object([]) }
        var members: [MetadataMember] = []
        var names: Set<ContiguousArray<UInt8>> = []
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\""), let name = text(), names.insert(name).inserted else { return nil }
            skipBlanks()
            guard take(UInt8(ascii: ":")), let value = value(depth: depth) else { return nil }
            members.append(MetadataMember(name: name, value: value))
            skipBlanks()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func text() -> ContiguousArray<UInt8>? {
        position += 1
        let start = position
        var isPlain = true
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { return nil }
            if byte == UInt8(ascii: "\\") {
                isPlain = false
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { return nil }
        let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        position += 1
        guard raw.allSatisfy({ $0 < 0x80 }) || String(validating: raw, as: UTF8.self) != nil else { return nil }
        return isPlain ? ContiguousArray(raw) : Self.unescaped(raw)
    }

    private static func unescaped(_ raw: UnsafeRawBufferPointer) -> ContiguousArray<UInt8>? {
        var result: ContiguousArray<UInt8> = []
        result.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                result.append(raw[index])
                index += 1
                continue
            }
            guard index + 1 < raw.count else { return nil }
            let escape = raw[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                guard var code = unit(raw, index) else { return nil }
                index += 4
                if 0xD800...0xDBFF ~= code {
                    guard index + 1 < raw.count, raw[index] == UInt8(ascii: "\\"), raw[index + 1] == UInt8(ascii: "u"),
                        let low = unit(raw, index + 2), 0xDC00...0xDFFF ~= low
                    else { return nil }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                guard let scalar = Unicode.Scalar(code) else { return nil }
                result.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
            default: return nil
            }
        }
        return result
    }

    private static func unit(_ raw: UnsafeRawBufferPointer, _ start: Int) -> UInt32? {
        guard start + 4 <= raw.count else { return nil }
        var value: UInt32 = 0
        for byte in raw[start..<(start + 4)] {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return value
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, 0x30...0x39 ~= byte { position += 1 }
        return position - start
    }

    private mutating func number() -> MetadataValue? {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let first = next
        let count = digits()
        guard count > 0, first != UInt8(ascii: "0") || count == 1 else { return nil }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard digits() > 0 else { return nil }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard digits() > 0 else { return nil }
        }
        guard position - start <= 400 else { return nil }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { return nil }
        return .number(number)
    }
}
