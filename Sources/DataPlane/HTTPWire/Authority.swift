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
            while position < bytes.count, table[Int(bytes[position])] & ByteClass.host != 0 { position &+= 1 }
        }
        if position == bytes.count { return !requiresPort }
        guard bytes[position] == 0x3A else { return false }
        return isPort(UnsafeRawBufferPointer(rebasing: bytes[(position &+ 1)...]), requiresPort: requiresPort)
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
