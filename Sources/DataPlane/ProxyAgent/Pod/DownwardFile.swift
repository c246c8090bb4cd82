/// Files of the downward API: a `name="value"` a line, the value quoted with backslashes (Go's `%q`).
enum DownwardFile {
    /// The members; lines of another form are left out.
    static func members(_ text: String) -> [String: String] {
        var members: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: equals)...]
            guard value.count >= 2, value.first == "\"", value.last == "\"" else { continue }
            members[String(line[..<equals])] = unquoted(value.dropFirst().dropLast())
        }
        return members
    }

    private static func unquoted(_ text: Substring) -> String {
        var out = ""
        var rest = text
        while let character = rest.popFirst() {
            guard character == "\\", let escape = rest.popFirst() else {
                out.append(character)
                continue
            }
            switch escape {
            case "n": out.append("\n")
            case "t": out.append("\t")
            case "r": out.append("\r")
            case "x", "u", "U":
                let length = escape == "x" ? 2 : escape == "u" ? 4 : 8
                let digits = rest.prefix(length)
                rest = rest.dropFirst(digits.count)
                if let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) {
                    out.unicodeScalars.append(scalar)
                }
            default: out.append(escape)
            }
        }
        return out
    }
}
