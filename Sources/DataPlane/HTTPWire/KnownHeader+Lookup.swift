extension KnownHeader {
    /// Finds the header called `name`, which must already be lower case.
    package init(lowercased name: UnsafeRawBufferPointer) {
        self = KnownHeaderTable.shared.find(lowercased: name)
    }
}

/// An open-addressed hash table over the known names, built once; a look-up is one probe and a few words compared.
struct KnownHeaderTable: @unchecked Sendable {
    static let shared = KnownHeaderTable()

    /// Bytes of a name, zeros behind it; nothing longer is known.
    private static let longest = 48
    /// Bytes of an entry: name, length, and what `headers` says of it.
    private static let stride = 64
    /// Entries are raw values of `KnownHeader`, and behind them the other spelling of `authority`.
    private static let alias = 128
    private static let vacant: UInt8 = 255
    private static let slotCount = 1024

    // The slots, one byte each with the number of an entry, then the entries: one pointer reaches all of it. Immutable
    // after init and never freed: the table lives as long as the process.
    private let base: UnsafeRawPointer

    init() {
        let size = Self.slotCount + (Self.alias + 1) * Self.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        memory.initializeMemory(as: UInt8.self, repeating: Self.vacant, count: Self.slotCount)

        func insert(_ name: StaticString, _ header: KnownHeader, at entry: Int) {
            let count = name.utf8CodeUnitCount
            guard count <= Self.longest, entry <= Self.alias else { return }
            let place = memory + Self.slotCount + entry * Self.stride
            place.copyMemory(from: name.utf8Start, byteCount: count)
            place.storeBytes(of: UInt8(truncatingIfNeeded: count), toByteOffset: Self.longest, as: UInt8.self)
            place.storeBytes(of: header, toByteOffset: Self.longest + 1, as: KnownHeader.self)
            let first = Self.firstWord(place, count)
            var slot = Self.slot(first, count > 8 ? Self.load(place + (count - 8)) : first)
            while memory.load(fromByteOffset: slot, as: UInt8.self) != Self.vacant { slot = Self.next(slot) }
            memory.storeBytes(of: UInt8(truncatingIfNeeded: entry), toByteOffset: slot, as: UInt8.self)
        }
        for header in KnownHeader.allCases where header != .other && header != .removed {
            insert(header.name, header, at: Int(header.rawValue))
        }
        insert(":authority", .authority, at: Self.alias)
        base = UnsafeRawPointer(memory)
    }

    /// What a name on the wire was recognised as.
    struct Match {
        /// Raw value of `header`, 255 for `other`.
        var entry: UInt8 = KnownHeaderTable.vacant
        var header: KnownHeader = .other
        /// Not 0 if the name was not all lower case.
        var difference: UInt64 = 0
    }

    /// Finds the header called `name` whatever its case. A name that is found consists of token bytes only.
    ///
    /// Reads `count` bytes of `name`, which is at least 1, and eight if `mayReadWord` says that they exist.
    // Apart from its callers, which have use for all registers themselves.
    @inline(never)
    func find(_ name: UnsafeRawPointer, _ count: Int, mayReadWord: Bool) -> Match {
        if count > 8 { return findLong(name, count) }
        let first = mayReadWord ? Self.load(name) & Self.mask(count) : Self.firstWord(name, count)
        var slot = Self.slot(first, first)
        while true {
            let entry = base[slot]
            if entry == Self.vacant { return Match() }
            let known = base + (Self.slotCount &+ Int(entry) &* Self.stride)
            let bits = first ^ Self.load(known)
            // No name holds a zero byte, so equal words are equal names but where the known one is longer.
            if bits & Self.exact(known) == 0, Int(known[Self.longest]) == count { return found(entry, known, bits) }
            slot = Self.next(slot)
        }
    }

    @inline(__always)
    private func findLong(_ name: UnsafeRawPointer, _ count: Int) -> Match {
        guard count <= Self.longest else { return Match() }
        let first = Self.load(name)
        let last = Self.load(name + (count &- 8))
        var slot = Self.slot(first, last)
        while true {
            let entry = base[slot]
            if entry == Self.vacant { return Match() }
            let known = base + (Self.slotCount &+ Int(entry) &* Self.stride)
            if Int(known[Self.longest]) == count {
                // The last words overlap those before them: nothing behind the name is read.
                let ending = known + (count &- 8)
                var bits = first ^ Self.load(known)
                var wrong = bits & Self.exact(known) | (last ^ Self.load(ending)) & Self.exact(ending)
                bits |= last ^ Self.load(ending)
                if count > 16, wrong == 0 { Self.compareMiddle(name, known, count, &bits, &wrong) }
                if wrong == 0 { return found(entry, known, bits) }
            }
            slot = Self.next(slot)
        }
    }

    @inline(__always)
    private func found(_ entry: UInt8, _ known: UnsafeRawPointer, _ bits: UInt64) -> Match {
        let header = known.load(fromByteOffset: Self.longest &+ 1, as: KnownHeader.self)
        return Match(entry: entry, header: header, difference: bits)
    }

    // Apart, lest the compiler prepares for a loop most names do not need.
    @inline(never)
    private static func compareMiddle(
        _ name: UnsafeRawPointer,
        _ known: UnsafeRawPointer,
        _ count: Int,
        _ bits: inout UInt64,
        _ wrong: inout UInt64
    ) {
        var offset = 8
        while offset &+ 8 < count {
            let more = load(name + offset) ^ load(known + offset)
            wrong |= more & exact(known + offset)
            bits |= more
            offset &+= 8
        }
    }

    /// Finds the header with exactly these bytes.
    func find(lowercased name: UnsafeRawBufferPointer) -> KnownHeader {
        guard let base = name.baseAddress, name.count > 0 else { return .other }
        let match = find(base, name.count, mayReadWord: false)
        return match.difference == 0 ? match.header : .other
    }

    /// The bits in which a name may not differ from the word at `known`.
    @inline(__always)
    private static func exact(_ known: UnsafeRawPointer) -> UInt64 {
        // Known names are letters, digits, `-` and `:`; only letters have bit 6, and only they may differ, in bit 5.
        ~((load(known) & 0x4040_4040_4040_4040) &>> 1)
    }

    @inline(__always)
    private static func load(_ bytes: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    }

    /// Keeps the first `count` bytes of a word, 1 or more.
    @inline(__always)
    private static func mask(_ count: Int) -> UInt64 {
        count >= 8 ? ~0 : ~(~0 &<< UInt64(truncatingIfNeeded: count &* 8))
    }

    private static func firstWord(_ name: UnsafeRawPointer, _ count: Int) -> UInt64 {
        if count >= 8 { return load(name) }
        var word: UInt64 = 0
        var index = 0
        while index < count {
            let byte = name.load(fromByteOffset: index, as: UInt8.self)
            word |= UInt64(byte) &<< UInt64(truncatingIfNeeded: index &* 8)
            index &+= 1
        }
        return word
    }

    // Both ends tell the known names apart well enough; a collision only costs a probe. Ten bits number the slots.
    @inline(__always)
    private static func slot(_ first: UInt64, _ last: UInt64) -> Int {
        let ends = (first | 0x2020_2020_2020_2020) &+ (last | 0x2020_2020_2020_2020) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: (ends &* 0xD6E8_FEB8_6659_FD93) &>> 54)
    }

    @inline(__always)
    private static func next(_ slot: Int) -> Int { (slot &+ 1) & (slotCount &- 1) }
}
