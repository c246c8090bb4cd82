/// What reading a header section gave.
struct FieldsOutcome {
    /// Offset behind the blank line, if there is no error.
    var end = 0
    var error: HTTPWireError?
}

/// The parts of the start line that become pseudo-headers.
struct StartLineFields {
    var method: ByteRange
    var path: ByteRange?
}

extension HeaderBlock {
    /// Reads field lines of `bytes` from `start` to the blank line, then takes over all bytes up to there, names folded
    /// to lower case: the one copy a head pays for. Whatever follows the blank line is not looked at.
    ///
    /// The block must be empty. Refuses what RFC 9112 section 5 refuses or allows to refuse: blanks before the colon,
    /// folded lines, empty names, control characters in values, CR without LF; and bytes without a blank line.
    mutating func parseFields(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        startLine: StartLineFields? = nil,
        limits: HTTPLimits
    ) -> FieldsOutcome {
        var reader = FieldReader(bytes, from: start, limit: limits.maxHeaders)
        if let startLine { reader.read(startLine) }
        let error = reader.readLines(into: &fields)
        presenceLow = reader.presenceLow
        presenceHigh = reader.presenceHigh
        let end = error == nil ? reader.position : bytes.count
        storage.append(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        if reader.difference != 0 { foldNames() }
        return FieldsOutcome(end: end, error: error)
    }

    /// Takes over a head whose fields cannot be read.
    mutating func load(_ bytes: UnsafeRawBufferPointer, method: ByteRange?) {
        storage.append(bytes)
        if let method { setStartLine(.method, method) }
    }

    private mutating func foldNames() {
        fields.withUnsafeBufferPointer { fields in
            storage.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                for field in fields where field.nameRange.end <= bytes.count {
                    let start = field.lineStart
                    Self.fold(base + start, Int(field.nameLength), mayReadWord: start &+ 8 <= bytes.count)
                }
            }
        }
    }

    /// Folds `count` token bytes, eight at a time; the last eight of a long name overlap the ones before.
    ///
    /// Reads and writes back eight bytes of a shorter name if `mayReadWord` says that they exist.
    @inline(__always)
    private static func fold(_ name: UnsafeMutableRawPointer, _ count: Int, mayReadWord: Bool) {
        if count >= 8 {
            foldWord(name, keeping: ~0)
            if count > 16 { foldMiddle(name, count) }
            foldWord(name + (count &- 8), keeping: ~0)
        } else if mayReadWord {
            foldWord(name, keeping: ~(~0 &<< UInt64(truncatingIfNeeded: count &* 8)))
        } else {
            var index = 0
            while index < count {
                let byte = name.load(fromByteOffset: index, as: UInt8.self)
                name.storeBytes(of: lowercase(byte), toByteOffset: index, as: UInt8.self)
                index &+= 1
            }
        }
    }

    // Apart, lest the compiler prepares for a loop most names do not need.
    @inline(never)
    private static func foldMiddle(_ name: UnsafeMutableRawPointer, _ count: Int) {
        var offset = 8
        while offset &+ 8 < count {
            foldWord(name + offset, keeping: ~0)
            offset &+= 8
        }
    }

    /// Folds those of eight bytes that `mask` covers, which must be ASCII.
    @inline(__always)
    private static func foldWord(_ bytes: UnsafeMutableRawPointer, keeping mask: UInt64) {
        let word = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        let text = word & mask
        // The high bit is set in the first sum from A on, in the second one behind Z; ASCII never carries.
        let capitals = ((text &+ 0x3F3F_3F3F_3F3F_3F3F) ^ (text &+ 0x2525_2525_2525_2525)) & 0x8080_8080_8080_8080
        bytes.storeBytes(of: UInt64(littleEndian: word | capitals &>> 2), as: UInt64.self)
    }
}
