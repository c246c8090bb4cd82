/// An IPv4 or IPv6 address in network order, without allocation.
package struct IPAddress: Hashable, Sendable {
    /// The first eight bytes of an IPv6 address, big-endian; 0 for IPv4.
    package let high: UInt64
    /// The last eight bytes; for IPv4 the four bytes in the low half.
    package let low: UInt64
    package let isIPv6: Bool

    package init(v4 address: UInt32) {
        high = 0
        low = UInt64(address)
        isIPv6 = false
    }

    package init(v6High high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
        isIPv6 = true
    }

    /// From 4 or 16 bytes in network order; `nil` for any other count.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4:
            self.init(v4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            let high = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let low = bytes.dropFirst(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            self.init(v6High: high, low: low)
        default:
            return nil
        }
    }

    /// The 4 or 16 bytes in network order.
    package var bytes: [UInt8] {
        func spread(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
        }
        return isIPv6 ? spread(high, 8) + spread(low, 8) : spread(low, 4)
    }

    /// The number of bits, 32 or 128.
    package var bitWidth: Int { isIPv6 ? 128 : 32 }

    /// `0.0.0.0` or `::`.
    package var isUnspecified: Bool { high == 0 && low == 0 }

    /// `127.0.0.0/8` or `::1`.
    package var isLoopback: Bool { isIPv6 ? high == 0 && low == 1 : low >> 24 == 127 }
}

/// An IP address with a port.
package struct SocketAddressValue: Hashable, Sendable {
    package let address: IPAddress
    package let port: UInt16

    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension SocketAddressValue: CustomStringConvertible {
    package var description: String { String(decoding: text, as: UTF8.self) }
}

/// A range of addresses.
package struct CIDRRange: Hashable, Sendable {
    package let address: IPAddress
    /// The length of the prefix in bits, 0...32 or 0...128.
    package let prefixLength: Int

    /// Masks `address`; `nil` if the length does not fit the family.
    package init?(address: IPAddress, prefixLength: Int) {
        guard (0...address.bitWidth).contains(prefixLength) else { return nil }
        self.prefixLength = prefixLength
        self.address = Self.masked(address, prefixLength)
    }

    /// Whether `other` lies in the range.
    package func contains(_ other: IPAddress) -> Bool {
        other.isIPv6 == address.isIPv6 && Self.masked(other, prefixLength) == address
    }

    private static func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        if !address.isIPv6 {
            return IPAddress(v4: UInt32(truncatingIfNeeded: address.low) & ~(UInt32.max >> UInt32(length)))
        }
        return IPAddress(
            v6High: address.high & ~(UInt64.max >> UInt64(min(length, 64))),
            low: address.low & ~(UInt64.max >> UInt64(max(length - 64, 0)))
        )
    }
}
