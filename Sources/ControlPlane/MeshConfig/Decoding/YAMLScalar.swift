/// A plain scalar resolved as Kubernetes' YAML reader (YAML 1.1 with decimal numbers) does.
enum YAMLScalar: Sendable, Hashable {
    case null
    case bool(Bool)
    /// An integer; magnitude beyond 64 bits is a float.
    case integer(Int64)
    case float(Double)
    case string(String)

    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL":
            self = .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y":
            self = .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N":
            self = .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
            self = .float(.infinity)
        case "-.inf", "-.Inf", "-.INF":
            self = .float(-.infinity)
        case ".nan", ".NaN", ".NAN":
            self = .float(.nan)
        default:
            self = Self.number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> YAMLScalar? {
        guard let first = text.utf8.first, first < 0x3A, text.utf8.count <= 64 else { return nil }
        if let value = Int64(text) { return .integer(value) }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
            if let value = Int64(text.dropFirst(2), radix: radix) { return .integer(value) }
        }
        let isDecimal = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte)
        }
        guard isDecimal, text.utf8.contains(where: { (0x30...0x39).contains($0) }) else { return nil }
        return Double(text).map(YAMLScalar.float)
    }
}
