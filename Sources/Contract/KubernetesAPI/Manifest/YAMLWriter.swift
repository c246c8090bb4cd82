/// Writes one JSON value as block-style YAML, two spaces a level, lists not indented under their member.
struct YAMLWriter {
    var text = ""

    mutating func writeDocument(_ value: JSONValue) {
        switch value {
        case .object(let members) where !members.isEmpty: write(members, indent: 0, isOnLine: false)
        case .array(let elements) where !elements.isEmpty: write(elements, indent: 0, isOnLine: false)
        default:
            text += scalar(value, indent: 2)
            text += "\n"
        }
    }

    /// `isOnLine`: the first member goes where the cursor stands, after `- `.
    private mutating func write(_ members: [String: JSONValue], indent: Int, isOnLine: Bool) {
        var isFirst = isOnLine
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if !isFirst { text += spaces(indent) }
            isFirst = false
            text += Self.flow(name)
            text += ":"
            switch value {
            case .object(let members) where !members.isEmpty:
                text += "\n"
                write(members, indent: indent + 2, isOnLine: false)
            case .array(let elements) where !elements.isEmpty:
                text += "\n"
                write(elements, indent: indent, isOnLine: false)
            default: text += " \(scalar(value, indent: indent + 2))\n"
            }
        }
    }

    private mutating func write(_ elements: [JSONValue], indent: Int, isOnLine: Bool) {
        var isFirst = isOnLine
        for element in elements {
            if !isFirst { text += spaces(indent) }
            isFirst = false
            text += "- "
            switch element {
            case .object(let members) where !members.isEmpty: write(members, indent: indent + 2, isOnLine: true)
            case .array(let elements) where !elements.isEmpty: write(elements, indent: indent + 2, isOnLine: true)
            default: text += scalar(element, indent: indent + 2) + "\n"
            }
        }
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// Everything that stands on the line, or begins on it: no line break at the end.
    private func scalar(_ value: JSONValue, indent: Int) -> String {
        switch value {
        case .object: "{}"
        case .array: "[]"
        case .string(let text): Self.block(text, indent: spaces(indent)) ?? Self.flow(text)
        // Without the point `1e+30` would be a whole number to some readers.
        case .number, .integer, .bool, .null: value.jsonText
        }
    }

    /// A literal block; nil where one cannot say the text.
    private static func block(_ text: String, indent: String) -> String? {
        let bytes = text.utf8
        guard bytes.contains(0x0A), bytes.count > 1, bytes.first != 0x0A, bytes.first != 0x20, bytes.first != 0x09,
            isPrintable(text, breaks: true)
        else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let chomping: String
        if lines.last?.isEmpty == true {
            lines.removeLast()
            chomping = lines.last?.isEmpty == true ? "+" : ""
        } else {
            chomping = "-"
        }
        // Lines of spaces alone, or spaces at a line's end, read back well but do not show.
        guard !lines.contains(where: { $0.last == " " || $0.last == "\t" }) else { return nil }
        return "|" + chomping + lines.map { $0.isEmpty ? "\n" : "\n\(indent)\($0)" }.joined()
    }

    /// Plain where that reads back as this very text, else quoted.
    private static func flow(_ text: String) -> String {
        if isPlain(text) { return text }
        if isPrintable(text, breaks: false), !text.contains("'") { return "'\(text)'" }
        return JSONValue.string(text).jsonText.unicodeScalars.reduce(into: "") { quoted, scalar in
            if isPrintable(String(scalar), breaks: false) {
                quoted.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            }
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
            isPrintable(text, breaks: false), !"-?:,[]{}#&*!|>'\"%@`=<~ ".unicodeScalars.contains(first),
            last != " ", last != ":", !text.contains(": "), !text.contains(" #")
        else { return false }
        // Newer readers differ on these; dates are dates to some.
        let isDate = text.utf8.prefix(4).allSatisfy { (0x30...0x39).contains($0) } && text.contains("-")
        return !isDate && !text.hasPrefix(".") && !text.hasPrefix("+") && YAMLScalar.value(plain: text) == .string(text)
    }

    private static func isPrintable(_ text: String, breaks: Bool) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x0A: breaks
            case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
            default: false
            }
        }
    }
}
