/// The names that an API server makes up.
enum Identifiers {
    /// No vowels and nothing that reads like another, as Kubernetes' generated names.
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

    /// Five random characters after a `generateName` prefix, which is cut so that the name has at most 63.
    static func generateName(_ prefix: String) -> String { String(prefix.prefix(58)) + suffix() }

    static func suffix() -> String {
        String((0..<5).map { _ in alphabet.randomElement() ?? "x" })
    }

    /// A random (version 4) UUID in lower case, RFC 9562.
    static func uid() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef")
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append("-") }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
