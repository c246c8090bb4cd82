/// The endings Kubernetes gives to generated names: no vowels and no digits that look like letters.
enum NameSuffix {
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    private static let longestPrefix = 58

    /// `prefix` with five random characters behind it, cut so that it stays a DNS label.
    static func named(_ prefix: String) -> String {
        var name = String(prefix.prefix(longestPrefix))
        for _ in 0..<5 { name.append(alphabet.randomElement() ?? "b") }
        return name
    }

    /// A hash spelled with the same characters (`rand.SafeEncodeString` of its decimal digits).
    static func encoded(_ hash: UInt32) -> String {
        String(String(hash).utf8.map { alphabet[Int($0) % alphabet.count] })
    }

    /// FNV-1a, 32 bits.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
