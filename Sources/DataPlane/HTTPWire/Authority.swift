/// The syntax of `host [":" port]` (RFC 3986 section 3.2 without userinfo, which RFC 9110 section 4.2.4 wants refused).
enum Authority {
    /// True for a host with an optional port; an empty host is valid in a `host` field (RFC 9112 section 3.2).
    static func isValid(_ bytes: UnsafeRawBufferPointer, requiresPort: Bool = false) -> Bool {
        let table = ByteClass.table
        var position = 0
        if bytes.first == 0x5B {
            guard let close = bytes.firstIndex(of: 0x5D), close > 1 else { return false }
            for index in 1..<close {
                let byte = bytes[index]
                guard table[Int(byte)] & ByteClass.hex != 0 || byte == 0x3A || byte == 0x2E else { return false }
            }
            position = close &+ 1
        } else {
            position = plainBytes(bytes)
            while position < bytes.count, table[Int(bytes[position])] & ByteClass.host != 0 { position &+= 1 }
        }
        if position == bytes.count { return !requiresPort }
        guard bytes[position] == 0x3A else { return false }
        return isPort(UnsafeRawBufferPointer(rebasing: bytes[(position &+ 1)...]), requiresPort: requiresPort)
    }

    /// Skips sixteen bytes at a time while all are letters, digits, `-` or `.`, of which names and addresses consist.
    private static func plainBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        let smallLetter = SIMD16<UInt8>(repeating: 0x20)
        let firstLetter = SIMD16<UInt8>(repeating: 0x61)
        let letterCount = SIMD16<UInt8>(repeating: 26)
        // From `-` to `9` there is one byte too many, `/`.
        let firstOther = SIMD16<UInt8>(repeating: 0x2D)
        let otherCount = SIMD16<UInt8>(repeating: 13)
        let slash = SIMD16<UInt8>(repeating: 0x2F)
        var position = 0
        while position &+ 16 <= bytes.count {
            let text = base.loadUnaligned(fromByteOffset: position, as: SIMD16<UInt8>.self)
            let letters = ((text | smallLetter) &- firstLetter) .< letterCount
            let others = (text &- firstOther) .< otherCount
            let plain = unsafeBitCast(letters .| others, to: SIMD2<UInt64>.self)
            let slashes = unsafeBitCast(text .== slash, to: SIMD2<UInt64>.self)
            guard plain[0] & plain[1] & ~(slashes[0] | slashes[1]) == ~0 else { return position }
            position &+= 16
        }
        return position
    }

    private static func isPort(_ digits: UnsafeRawBufferPointer, requiresPort: Bool) -> Bool {
        guard digits.count <= 5, !(requiresPort && digits.isEmpty) else { return false }
        var port = 0
        for digit in digits {
            guard digit &- 0x30 < 10 else { return false }
            port = port &* 10 &+ Int(digit &- 0x30)
        }
        return port <= 65535
    }
}
