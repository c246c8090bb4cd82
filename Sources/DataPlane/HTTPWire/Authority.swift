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
            position = plainWords(bytes)
            while position < bytes.count, table[Int(bytes[position])] & ByteClass.host != 0 { position &+= 1 }
        }
        if position == bytes.count { return !requiresPort }
        guard bytes[position] == 0x3A else { return false }
        return isPort(UnsafeRawBufferPointer(rebasing: bytes[(position &+ 1)...]), requiresPort: requiresPort)
    }

    /// Skips eight bytes at a time while all are small letters, digits, `-` or `.`, of which names and addresses consist.
    @inline(__always)
    private static func plainWords(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = 0
        while position &+ 8 <= bytes.count {
            let word = base.word(position)
            // Each sum has the high bit of a byte set from some byte on; sums of ASCII bytes never carry.
            let text = word & 0x7F7F_7F7F_7F7F_7F7F
            let letters = (text &+ ones &* 0x1F) & ~(text &+ ones &* 0x05)
            let digits = (text &+ ones &* 0x50) & ~(text &+ ones &* 0x46)
            let marks = (text &+ ones &* 0x53) & ~(text &+ ones &* 0x51)
            if (letters | digits | marks) & ~word & ones &* 0x80 != ones &* 0x80 { return position }
            position &+= 8
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
