/// An IPv4 address; its number's highest byte is the first of the dotted form.
package struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var number: UInt32

    package init(number: UInt32) { self.number = number }

    /// Four decimal parts of 0...255 without leading zeros; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                part.count == 1 || part.first != "0", let byte = UInt8(part)
            else { return nil }
            number = number << 8 | UInt32(byte)
        }
        self.number = number
    }

    /// In the order of the dotted form.
    package var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }

    package var description: String { bytes.map(String.init).joined(separator: ".") }

    /// Ascending order.
    package static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.number < right.number }
}

/// A CIDR block of IPv4 addresses.
package struct IPv4Range: Sendable, Hashable, CustomStringConvertible {
    /// The lowest address.
    package let first: IPv4Address
    /// 0...32.
    package let prefixLength: UInt8

    /// Bits of `address` beyond the prefix are cleared; prefixes beyond 32 count as 32.
    package init(_ address: IPv4Address, prefixLength: UInt8) {
        self.prefixLength = min(prefixLength, 32)
        first = IPv4Address(number: address.number & Self.mask(self.prefixLength))
    }

    private static func mask(_ length: UInt8) -> UInt32 { length == 0 ? 0 : UInt32.max << (32 - UInt32(length)) }

    package var last: IPv4Address { IPv4Address(number: first.number | ~Self.mask(prefixLength)) }

    /// Whether the address lies in the range.
    package func contains(_ address: IPv4Address) -> Bool { address >= first && address <= last }

    package var description: String { "\(first)/\(prefixLength)" }
}
