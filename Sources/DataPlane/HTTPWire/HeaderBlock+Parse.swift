extension HeaderBlock {
    /// Takes over the bytes of a whole header section; the one copy a head pays for.
    mutating func load(_ bytes: UnsafeRawBufferPointer) {
        removeAll(keepingCapacity: true)
        storage.append(contentsOf: bytes)
    }

    /// Reads field lines from `start` of the storage to the blank line that ends it, folding names to lower case.
    ///
    /// Refuses what RFC 9112 section 5 refuses or allows to refuse: blanks before the colon, folded lines, empty
    /// names, control characters in values, CR without LF.
    mutating func parseFields(from start: Int, limits: HTTPLimits) -> HTTPWireError? {
        // Separate inout arguments keep the accesses to storage and fields apart without copying either.
        var presence = SIMD2<UInt64>(presenceLow, presenceHigh)
        let error = Self.parseLines(&storage, from: start, into: &fields, &presence, limit: limits.maxHeaders)
        presenceLow = presence[0]
        presenceHigh = presence[1]
        return error
    }

    private static func parseLines(
        _ storage: inout ContiguousArray<UInt8>,
        from start: Int,
        into fields: inout ContiguousArray<HeaderField>,
        _ presence: inout SIMD2<UInt64>,
        limit: Int
    ) -> HTTPWireError? {
        let table = KnownHeaderTable.shared
        let folded = ByteClass.folded
        return storage.withUnsafeMutableBufferPointer { buffer in
            // The caller found CR LF CR LF (or a lone CR LF at start) at the very end.
            guard let base = buffer.baseAddress, start &+ 2 <= buffer.count else { return .malformedHeaderLine }
            let end = buffer.count &- 2
            var lines = 0
            var position = start
            while position < end {
                let nameStart = position
                while position < end {
                    let byte = folded[Int(base[position])]
                    if byte == 0 { break }
                    base[position] = byte
                    position &+= 1
                }
                let nameLength = position &- nameStart
                guard nameLength > 0, nameLength <= 0xFFFF, position < end, base[position] == 0x3A else {
                    return .malformedHeaderLine
                }
                position &+= 1
                while position < end, base[position] == 0x20 || base[position] == 0x09 { position &+= 1 }
                let valueStart = position
                position = endOfValue(base, from: position, count: buffer.count)
                guard position &+ 1 < buffer.count, base[position] == 0x0D else { return .invalidCharacters }
                guard base[position &+ 1] == 0x0A else { return .bareLineEnd }
                var valueEnd = position
                while valueEnd > valueStart, base[valueEnd &- 1] == 0x20 || base[valueEnd &- 1] == 0x09 {
                    valueEnd &-= 1
                }
                lines &+= 1
                if lines > limit { return .tooManyHeaders }
                let name = UnsafeRawBufferPointer(start: base + nameStart, count: nameLength)
                let id = table.find(name)
                let bit = UInt64(1) &<< UInt64(id.rawValue)
                if id.rawValue < 64 { presence[0] |= bit } else if id != .other { presence[1] |= bit }
                fields.append(
                    HeaderField(
                        nameOffset: UInt32(truncatingIfNeeded: nameStart),
                        valueOffset: UInt32(truncatingIfNeeded: valueStart),
                        valueLength: UInt32(truncatingIfNeeded: valueEnd &- valueStart),
                        nameLength: UInt16(truncatingIfNeeded: nameLength),
                        id: id,
                        isVerbatim: valueEnd == position && valueStart == nameStart &+ nameLength &+ 2
                            && base[valueStart &- 1] == 0x20
                    )
                )
                position &+= 2
            }
            return nil
        }
    }

    /// The index of the first byte at or after `start` that a field value may not have; CR in a sound line.
    @inline(__always)
    private static func endOfValue(_ base: UnsafeMutablePointer<UInt8>, from start: Int, count: Int) -> Int {
        var position = start
        while true {
            // Eight bytes at a time: marks bytes below 0x20 and bytes equal to 0x7F; the lowest mark is exact.
            while position &+ 8 <= count {
                let word = UInt64(
                    littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self)
                )
                let low = (word &- 0x2020_2020_2020_2020) & ~word
                let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
                let marks = (low | ((delete &- 0x0101_0101_0101_0101) & ~delete)) & 0x8080_8080_8080_8080
                if marks != 0 {
                    position &+= marks.trailingZeroBitCount >> 3
                    break
                }
                position &+= 8
            }
            while position < count, base[position] >= 0x20, base[position] != 0x7F { position &+= 1 }
            guard position < count, base[position] == 0x09 else { return position }
            position &+= 1
        }
    }
}
