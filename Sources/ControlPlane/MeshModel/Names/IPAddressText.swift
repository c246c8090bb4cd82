/// Tells addresses from names by their text alone.
package enum IPAddressText {
    /// Whether `text` is an IPv4 address in dotted form, or can only be an IPv6 address.
    package static func isAddress(_ text: some StringProtocol) -> Bool {
        isIPv4(text) || isIPv6(text)
    }

    /// Whether `text` is an address with an optional prefix length.
    package static func isAddressOrCIDR(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, isAddress(address) else { return false }
        return parts.count == 1 || parts.last.flatMap { UInt8($0) }.map { $0 <= 128 } ?? false
    }

    private static func isIPv4(_ text: some StringProtocol) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
                    && UInt8(String(decoding: part, as: UTF8.self)) != nil
            }
    }

    private static func isIPv6(_ text: some StringProtocol) -> Bool {
        guard text.utf8.filter({ $0 == UInt8(ascii: ":") }).count >= 2 else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66, UInt8(ascii: ":"), UInt8(ascii: "."): true
            default: false
            }
        }
    }
}
