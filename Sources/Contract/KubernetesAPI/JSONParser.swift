/// Why bytes are not JSON: the offset of the first byte that cannot stand where it does.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    package var offset: Int
    package var reason: String
    package var description: String { "at byte \(offset): \(reason)" }
}

extension JSONValue {
    /// Deeper JSON is refused.
    package static let depthLimit = 128

    /// Reads one JSON text (RFC 8259), with nothing but white space around it.
    ///
    /// A duplicate member is refused, as is nesting beyond ``depthLimit``: both are ways to make two readers disagree.
    package init(json bytes: some Sequence<UInt8>) throws(JSONError) {
        self = try ContiguousArray(bytes).withUnsafeBufferPointer { bytes throws(JSONError) in
            var parser = JSONParser(bytes: bytes)
            return try parser.document()
        }
    }

    package init(json text: String) throws(JSONError) { try self.init(json: text.utf8) }
}

/// A recursive reader over bytes; knows where it stands and nothing else.
///
/// Lives inside a `withUnsafeBufferPointer`; every index is compared with the count before it is used.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var offset = 0

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw failure("text after the end of the value") }
        return value
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func failure(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < JSONValue.depthLimit else { throw failure("nested deeper than \(JSONValue.depthLimit)") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw failure("the text ends where a value should stand")
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for expected in text.description.utf8 {
            guard next == expected else { throw failure("not a JSON value") }
            offset += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        offset += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if next == UInt8(ascii: "}") {
            offset += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("a member's name in quotes should stand here") }
            let at = offset
            let name = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw failure("':' should stand here") }
            offset += 1
            let member = try value(depth: depth + 1)
            guard members.updateValue(member, forKey: name) == nil else {
                throw JSONError(offset: at, reason: "duplicate member \"\(name)\"")
            }
            skipSpace()
            switch next {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "}"):
                offset += 1
                return .object(members)
            default: throw failure("',' or '}' should stand here")
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        offset += 1
        var elements: [JSONValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            offset += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            switch next {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "]"):
                offset += 1
                return .array(elements)
            default: throw failure("',' or ']' should stand here")
            }
        }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        var whole = true
        if next == UInt8(ascii: "-") { offset += 1 }
        let leading = offset
        try digits()
        if bytes[leading] == UInt8(ascii: "0"), offset - leading > 1 { throw failure("a number with a leading zero") }
        if next == UInt8(ascii: ".") {
            whole = false
            offset += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            whole = false
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if whole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw failure("a number out of range") }
        return .number(value)
    }

    private mutating func digits() throws(JSONError) {
        let start = offset
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
        guard offset > start else { throw failure("not a JSON value") }
    }

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { offset += 1 }
        if next == UInt8(ascii: "\"") {
            let text = try utf8(UnsafeBufferPointer(rebasing: bytes[start..<offset]), at: start)
            offset += 1
            return text
        }
        var text = ContiguousArray(bytes[start..<offset])
        while true {
            guard let byte = next else { throw failure("the text ends inside a string") }
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return try utf8(text, at: start)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw failure("a control character inside a string")
            default: text.append(byte)
            }
        }
    }

    private func utf8(_ bytes: some Sequence<UInt8>, at start: Int) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw JSONError(offset: start, reason: "a string that is not UTF-8")
        }
        return text
    }

    private mutating func escape(into text: inout ContiguousArray<UInt8>) throws(JSONError) {
        guard let byte = next else { throw failure("the text ends inside a string") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: Character(try scalar()).utf8)
        default: throw failure("an escape that JSON does not know")
        }
    }

    /// A `\u` escape, or two that are a surrogate pair; a surrogate alone becomes U+FFFD, as Go reads it.
    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let here = offset
        if first < 0xDC00, next == UInt8(ascii: "\\"), offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "u")
        {
            offset += 2
            let second = try hexadecimal()
            if (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + ((UInt32(first) - 0xD800) << 10) + (UInt32(second) - 0xDC00))
            {
                return scalar
            }
            offset = here
        }
        return "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt16 {
        guard bytes.count - offset >= 4,
            let value = UInt16(String(decoding: bytes[offset..<(offset + 4)], as: UTF8.self), radix: 16)
        else { throw failure("\\u wants four hexadecimal digits") }
        offset += 4
        return value
    }
}
