/// Reads the field lines of one header section in one pass, eight bytes at a time where that is possible.
///
/// Every access to `base` lies below `count`: each load of a byte is guarded by `position < count`, each load of a word
/// by `position + 8 <= count`.
struct FieldReader {
    /// Fields are gathered on the stack and go to the block so many at a time; below 1 KiB no heap is asked for.
    private static let batch = 60

    private let bytes: UnsafeRawBufferPointer
    private let limit: Int
    private var pseudo: StartLineFields?
    /// Where the next line starts; behind the blank line in the end.
    private(set) var position: Int
    private(set) var presenceLow: UInt64 = 0
    private(set) var presenceHigh: UInt64 = 0
    /// Not 0 if some name was not all lower case.
    private(set) var difference: UInt64 = 0

    init(_ bytes: UnsafeRawBufferPointer, from start: Int, limit: Int) {
        self.bytes = bytes
        self.limit = limit
        position = start
    }

    mutating func read(_ startLine: StartLineFields) {
        pseudo = startLine
    }

    /// Appends a field for every line up to the blank one.
    mutating func readLines(into fields: inout ContiguousArray<HeaderField>) -> HTTPWireError? {
        withUnsafeTemporaryAllocation(of: HeaderField.self, capacity: Self.batch) { batch in
            guard let base = bytes.baseAddress, let gathered = batch.baseAddress else { return .malformedHeaderLine }
            return readLines(base, into: &fields, gathered)
        }
    }

    @inline(__always)
    private mutating func readLines(
        _ base: UnsafeRawPointer,
        into fields: inout ContiguousArray<HeaderField>,
        _ gathered: UnsafeMutablePointer<HeaderField>
    ) -> HTTPWireError? {
        let table = KnownHeaderTable.shared
        let folded = ByteClass.folded
        let count = bytes.count
        var filled = 0
        var low: UInt64 = 0
        var high: UInt64 = 0
        var capitals: UInt64 = 0
        if let pseudo {
            // At most two, into an empty batch.
            gathered.initialize(to: HeaderField(.method, pseudo.method))
            filled = 1
            low |= 1 << UInt64(KnownHeader.method.rawValue)
            if let path = pseudo.path {
                (gathered + 1).initialize(to: HeaderField(.path, path))
                filled = 2
                low |= 1 << UInt64(KnownHeader.path.rawValue)
            }
        }
        var position = position
        // How many lines may still come when the batch is empty, and how full it may get before that is looked at.
        var lines = max(0, min(limit, 1 << 32))
        var seeds = filled
        var ceiling = min(Self.batch, lines &+ seeds)
        var error: HTTPWireError?
        while true {
            if position &+ 2 <= count, base.lineEnd(position) {
                position &+= 2
                break
            }
            let nameStart = position
            let colon = Self.colon(base, from: position, count: count)
            let nameLength = colon &- nameStart
            guard nameLength > 0, nameLength <= 0xFFFF, colon < count else {
                error = .malformedHeaderLine
                break
            }
            let match = table.find(base + nameStart, nameLength, mayReadWord: nameStart &+ 8 <= count)
            if match.header == .other {
                guard let bits = Self.token(base, nameStart, colon, folded) else {
                    error = .malformedHeaderLine
                    break
                }
                capitals |= bits
            } else {
                capitals |= match.difference
                let bit = UInt64(1) &<< UInt64(match.entry)
                if match.entry < 64 { low |= bit } else { high |= bit }
            }
            // One blank before the value and none behind it, as nearly everybody writes it.
            var isVerbatim = colon &+ 2 < count && base[colon &+ 1] == 0x20
            var valueStart = colon &+ 2
            if !isVerbatim || base[valueStart] <= 0x20 {
                valueStart = Self.skipBlanks(base, from: colon &+ 1, count: count)
                isVerbatim = isVerbatim && valueStart == colon &+ 2
            }
            position = Self.endOfValue(base, from: valueStart, count: count)
            guard position &+ 2 <= count, base.lineEnd(position) else {
                let isReturn = position &+ 1 < count && base[position] == 0x0D
                error = isReturn ? .bareLineEnd : .invalidCharacters
                break
            }
            var valueEnd = position
            if base[position &- 1] <= 0x20 {
                while valueEnd > valueStart, base[valueEnd &- 1] <= 0x20 { valueEnd &-= 1 }
                isVerbatim = isVerbatim && valueEnd == position
            }
            if filled >= ceiling {
                lines &-= filled &- seeds
                guard lines > 0 else {
                    error = .tooManyHeaders
                    break
                }
                fields.append(contentsOf: UnsafeBufferPointer(start: gathered, count: filled))
                filled = 0
                seeds = 0
                ceiling = min(Self.batch, lines)
            }
            // `filled` is below `ceiling`, which is at most `batch`, the room that was asked for.
            (gathered + filled).initialize(
                to: HeaderField(
                    nameOffset: UInt32(truncatingIfNeeded: nameStart),
                    valueOffset: UInt32(truncatingIfNeeded: valueStart),
                    valueLength: UInt32(truncatingIfNeeded: valueEnd &- valueStart),
                    nameLength: UInt16(truncatingIfNeeded: nameLength),
                    id: match.header,
                    isVerbatim: isVerbatim
                )
            )
            filled &+= 1
            position &+= 2
        }
        self.position = position
        presenceLow = low
        presenceHigh = high
        difference = capitals
        fields.append(contentsOf: UnsafeBufferPointer(start: gathered, count: filled))
        return error
    }

    /// The index of the first colon at or after `start`, or `count`.
    @inline(__always)
    private static func colon(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        var position = start
        while position &+ 8 <= count {
            let word = base.word(position) ^ 0x3A3A_3A3A_3A3A_3A3A
            // Marks bytes that are 0 now; the lowest mark is exact.
            let marks = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if marks != 0 { return position &+ marks.trailingZeroBitCount &>> 3 }
            position &+= 8
        }
        while position < count, base[position] != 0x3A { position &+= 1 }
        return position
    }

    /// Nil unless all bytes are of a token; else the bits in which they differ from lower case.
    @inline(__always)
    private static func token(
        _ base: UnsafeRawPointer,
        _ start: Int,
        _ end: Int,
        _ folded: UnsafePointer<UInt8>
    ) -> UInt64? {
        var position = start
        var bits: UInt8 = 0
        while position < end {
            let byte = base[position]
            let lower = folded[Int(byte)]
            if lower == 0 { return nil }
            bits |= byte ^ lower
            position &+= 1
        }
        return UInt64(bits)
    }

    /// The index of the first byte at or after `start` that is no blank.
    private static func skipBlanks(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        var position = start
        while position < count, base[position] == 0x20 || base[position] == 0x09 { position &+= 1 }
        return position
    }

    /// The index of the first byte at or after `start` that a field value may not have; CR in a sound line.
    // Apart from its caller, which has use for all registers itself.
    @inline(never)
    private static func endOfValue(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int {
        let blank = SIMD16<UInt8>(repeating: 0x20)
        let delete = SIMD16<UInt8>(repeating: 0x7F)
        var position = start
        while true {
            var isFound = false
            while position &+ 16 <= count {
                let text = base.loadUnaligned(fromByteOffset: position, as: SIMD16<UInt8>.self)
                // Marked bytes are 0xFF, all others 0.
                let marks = unsafeBitCast((text .< blank) .| (text .== delete), to: SIMD2<UInt64>.self)
                let first = UInt64(littleEndian: marks[0])
                if first != 0 {
                    position &+= first.trailingZeroBitCount &>> 3
                    isFound = true
                    break
                }
                let second = UInt64(littleEndian: marks[1])
                if second != 0 {
                    position &+= 8 &+ second.trailingZeroBitCount &>> 3
                    isFound = true
                    break
                }
                position &+= 16
            }
            if !isFound {
                while position < count, base[position] >= 0x20, base[position] != 0x7F { position &+= 1 }
                if position >= count { return position }
            }
            if base[position] != 0x09 { return position }
            position &+= 1
        }
    }
}

extension UnsafeRawPointer {
    @inline(__always)
    subscript(_ offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }

    /// True if CR LF lies there.
    @inline(__always)
    func lineEnd(_ offset: Int) -> Bool {
        UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)) == 0x0A0D
    }

    /// Eight bytes, the first one lowest.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
