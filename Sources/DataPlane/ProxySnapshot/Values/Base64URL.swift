/// Base64 with the alphabet of URLs (RFC 4648 section 5), without padding and in its one canonical form.
package enum Base64URL {
    /// The bytes that `text` stands for; nil if it is padded, of another alphabet, or has bits that nobody reads.
    package static func decode(_ text: UnsafeRawBufferPointer) -> ContiguousArray<UInt8>? {
        guard text.count % 4 != 1 else { return nil }
        var result: ContiguousArray<UInt8> = []
        result.reserveCapacity(text.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in text {
            guard let value = value(of: byte) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> count))
                bits &= (1 << count) - 1
            }
        }
        return bits == 0 ? result : nil
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x47)
        case 0x30...0x39: UInt32(byte + 4)
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    private static let standard = ContiguousArray(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// Ordinary base64 with padding (RFC 4648 section 4).
    package static func encodeStandard(_ bytes: some Sequence<UInt8>) -> ContiguousArray<UInt8> {
        var result: ContiguousArray<UInt8> = []
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                result.append(standard[Int(bits >> count & 63)])
                bits &= (1 << count) - 1
            }
        }
        if count > 0 { result.append(standard[Int(bits << (6 - count) & 63)]) }
        while result.count % 4 != 0 { result.append(UInt8(ascii: "=")) }
        return result
    }
}
