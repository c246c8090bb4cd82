/// Which bytes may stand where in a head (RFC 9110 section 5.6.2, RFC 9112 section 3.2), by table look-up.
package enum ByteClass {
    static let token: UInt8 = 1
    static let target: UInt8 = 2
    static let host: UInt8 = 4
    static let value: UInt8 = 8
    static let digit: UInt8 = 16
    static let hex: UInt8 = 32

    /// 256 flag bytes; the pointer is made once and lives as long as the process.
    nonisolated(unsafe) static let table: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        for byte in 0...255 { table[byte] = flags(UInt8(byte)) }
        return UnsafePointer(table)
    }()

    /// 256 bytes: the lower-case form of a token byte, 0 for any other byte.
    nonisolated(unsafe) static let folded: UnsafePointer<UInt8> = {
        let folded = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        for byte in 0...255 {
            folded[byte] = flags(UInt8(byte)) & token == 0 ? 0 : lowercase(UInt8(byte))
        }
        return UnsafePointer(folded)
    }()

    /// True for the bytes of a method or a field name: tchar.
    package static func isToken(_ byte: UInt8) -> Bool { table[Int(byte)] & token != 0 }

    private static func flags(_ byte: UInt8) -> UInt8 {
        var flags: UInt8 = 0
        let isAlphanumeric = byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
        if isAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(byte) { flags |= token }
        // Visible ASCII but no fragment. Bytes above 0x7F are not URI syntax; Envoy refuses them too.
        if byte > 0x20, byte < 0x7F, byte != 0x23 { flags |= target }
        // RFC 3986 section 3.2.2: reg-name; brackets, port and userinfo are not part of it.
        if isAlphanumeric || "-._~%!$&'()*+,;=".utf8.contains(byte) { flags |= host }
        // Field values: HTAB, SP, VCHAR and obs-text.
        if byte == 0x09 || (byte >= 0x20 && byte != 0x7F) { flags |= value }
        if byte &- 0x30 < 10 { flags |= digit | hex }
        if (byte | 0x20) &- 0x61 < 6 { flags |= hex }
        return flags
    }
}
