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
        storage.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        if reader.difference != 0 { foldNames() }
        return FieldsOutcome(end: end, error: error)
    }

    /// Takes over a head whose fields cannot be read.
    mutating func load(_ bytes: UnsafeRawBufferPointer, method: ByteRange?) {
        storage.append(contentsOf: bytes)
        if let method { setStartLine(.method, method) }
    }

    private mutating func foldNames() {
        let table = KnownHeaderTable.shared
        let folded = ByteClass.folded
        // A separate local keeps the accesses to storage and fields apart without copying either.
        fields.withUnsafeBufferPointer { fields in
            Self.foldNames(of: fields, in: &storage, table: table, folded: folded)
        }
    }

    @inline(__always)
    private static func foldNames(
        of fields: UnsafeBufferPointer<HeaderField>,
        in storage: inout ContiguousArray<UInt8>,
        table: KnownHeaderTable,
        folded: UnsafePointer<UInt8>
    ) {
        storage.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for field in fields where field.nameLength > 0 && field.nameRange.end <= bytes.count {
                let name = base + Int(field.nameOffset)
                let count = Int(field.nameLength)
                if field.id != .other {
                    name.copyMemory(from: table.name(of: field.id), byteCount: min(count, KnownHeaderTable.stride))
                    continue
                }
                var index = 0
                while index < count {
                    let byte = name.load(fromByteOffset: index, as: UInt8.self)
                    name.storeBytes(of: folded[Int(byte)], toByteOffset: index, as: UInt8.self)
                    index &+= 1
                }
            }
        }
    }
}
