/// A plain scalar resolved as kubectl's reader does (YAML 1.1, with Go's spellings of whole numbers).
enum YAMLScalar {
    static func value(plain text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y": return true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N": return false
        default: return number(text) ?? .string(text)
        }
    }

    /// What is not finite has no JSON and stays text.
    private static func number(_ text: String) -> JSONValue? {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 64, first < 0x3A, first != 0x2F else { return nil }
        var digits = text.contains("_") ? text.replacing("_", with: "") : text
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
        guard let leading = digits.utf8.first, (0x30...0x39).contains(leading) || leading == 0x2E else { return nil }
        if let whole = whole(digits, isNegative: isNegative) { return .integer(whole) }
        // A version such as 1.2.3 or an address is text, and Double() refuses it; `0x1p3`, which it takes, is not YAML.
        let isDecimal = digits.utf8.allSatisfy {
            (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0)
        }
        guard isDecimal, digits.utf8.contains(where: { (0x30...0x39).contains($0) }),
            let value = Double(isNegative ? "-" + digits : digits), value.isFinite
        else { return nil }
        return .number(value)
    }

    /// Go's `strconv.ParseInt` of base 0: `0644` and `0o644` are octal, so that file modes read as meant.
    private static func whole(_ digits: String, isNegative: Bool) -> Int64? {
        let sign = isNegative ? "-" : ""
        for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0b", 2), ("0B", 2)] where digits.hasPrefix(prefix)
        {
            return Int64(sign + digits.dropFirst(2), radix: radix)
        }
        return Int64(sign + digits, radix: digits.hasPrefix("0") && digits.utf8.count > 1 ? 8 : 10)
    }
}
