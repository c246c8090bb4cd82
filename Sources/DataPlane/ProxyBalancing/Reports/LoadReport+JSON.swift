import ProxySnapshot

extension LoadReport {
    /// Reads protobuf's JSON mapping: names in either spelling, numbers also as strings, `null` for nothing; names that
    /// the message does not have are passed over.
    init?(json text: UnsafeRawBufferPointer, for metrics: [LoadMetric]) {
        self.init(for: metrics)
        var json = JSONBytes(text)
        let isWhole = json.object { json, name in
            if let field = Self.field(name) {
                guard let number = json.number() else { return false }
                self[field] = number
                return true
            }
            if let map = Self.map(name) {
                if json.null() { return true }
                return json.object { json, key in
                    guard let value = json.number(allowsNull: false) else { return false }
                    key.withUnsafeBytes { set(map, $0, value) }
                    return true
                }
            }
            return json.skip()
        }
        guard isWhole, json.isAtEnd else { return nil }
    }

    private static func field(_ name: ContiguousArray<UInt8>) -> LoadField? {
        switch String(decoding: name, as: UTF8.self) {
        case "cpuUtilization", "cpu_utilization": .cpuUtilization
        case "memUtilization", "mem_utilization": .memoryUtilization
        case "applicationUtilization", "application_utilization": .applicationUtilization
        case "rpsFractional", "rps_fractional": .requestsPerSecond
        case "eps": .errorsPerSecond
        default: nil
        }
    }

    private static func map(_ name: ContiguousArray<UInt8>) -> LoadMap? {
        switch String(decoding: name, as: UTF8.self) {
        case "namedMetrics", "named_metrics": .namedMetrics
        case "utilization": .utilization
        case "requestCost", "request_cost": .requestCost
        default: nil
        }
    }
}

/// JSON in bytes, read value by value; deeper than 32 objects or arrays is refused.
struct JSONBytes {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var depth = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Whether nothing but white space is left.
    var isAtEnd: Bool {
        bytes[position...].allSatisfy(Self.isSpace)
    }

    /// Reads an object; `member` reads the value of each name. False when it is none, or `member` says so.
    mutating func object(_ member: (inout JSONBytes, ContiguousArray<UInt8>) -> Bool) -> Bool {
        list("{", "}") { json in
            guard let name = json.string(), json.take(":") else { return false }
            return member(&json, name)
        }
    }

    /// Reads a number, or a string that is one, or `null` as 0.
    mutating func number(allowsNull: Bool = true) -> Double? {
        if allowsNull, null() { return 0 }
        if let text = string() {
            return text.withUnsafeBytes { text in
                switch String(decoding: text, as: UTF8.self) {
                case "NaN": .nan
                case "Infinity": .infinity
                case "-Infinity": -.infinity
                default: DecimalText.number(text)
                }
            }
        }
        skipSpace()
        let isPart: (UInt8) -> Bool = { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        let digits = UnsafeRawBufferPointer(rebasing: bytes[position...].prefix(while: isPart))
        guard let first = digits.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "."),
            let number = DecimalText.number(digits), number.isFinite
        else { return nil }
        position += digits.count
        return number
    }

    /// Passes over `null`.
    mutating func null() -> Bool { literal("null") }

    /// Passes over a value of any kind.
    mutating func skip() -> Bool {
        skipSpace()
        switch position < bytes.count ? bytes[position] : 0 {
        case UInt8(ascii: "{"): return object { json, _ in json.skip() }
        case UInt8(ascii: "["): return list("[", "]") { $0.skip() }
        case UInt8(ascii: "\""): return string() != nil
        default: return literal("true") || literal("false") || null() || number() != nil
        }
    }

    private mutating func list(
        _ opening: Unicode.Scalar,
        _ closing: Unicode.Scalar,
        _ item: (inout JSONBytes) -> Bool
    ) -> Bool {
        guard depth < 32, take(opening) else { return false }
        depth += 1
        defer { depth -= 1 }
        if take(closing) { return true }
        while true {
            guard item(&self) else { return false }
            if take(closing) { return true }
            guard take(",") else { return false }
        }
    }

    /// Reads a string; nil when there is none, or none that is UTF-8. The position is then where it was.
    private mutating func string() -> ContiguousArray<UInt8>? {
        let start = position
        guard take("\"") else { return nil }
        var result = ContiguousArray<UInt8>()
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                if String(validating: result, as: UTF8.self) != nil { return result }
                position = start
                return nil
            case UInt8(ascii: "\\"):
                guard let scalar = escaped() else {
                    position = start
                    return nil
                }
                result.append(contentsOf: String(scalar).utf8)
            case 0..<0x20:
                position = start
                return nil
            default: result.append(byte)
            }
        }
        position = start
        return nil
    }

    private mutating func escaped() -> Character? {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let first = hexadecimal() else { return nil }
            if let scalar = Unicode.Scalar(UInt32(first)) { return Character(scalar) }
            // The first half of a pair of surrogates.
            guard (0xD800..<0xDC00).contains(first), literal("\\u"), let second = hexadecimal(),
                (0xDC00..<0xE000).contains(second)
            else { return nil }
            let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            return Unicode.Scalar(value).map { Character($0) }
        default: return nil
        }
    }

    private mutating func hexadecimal() -> UInt16? {
        guard bytes.count - position >= 4 else { return nil }
        var value: UInt16 = 0
        for byte in bytes[position..<(position + 4)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt16(digit)
        }
        position += 4
        return value
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        if word.utf8Start.pointee != UInt8(ascii: "\\") { skipSpace() }
        let wanted = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, UInt32(bytes[position]) == scalar.value else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
