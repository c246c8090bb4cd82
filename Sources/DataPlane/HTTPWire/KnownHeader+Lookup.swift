extension KnownHeader {
    /// Finds the header called `name`, which must already be lower case.
    package init(lowercased name: UnsafeRawBufferPointer) {
        self = KnownHeaderTable.shared.find(lowercased: name)
    }
}

/// An open-addressed hash table over the known names, built once; a look-up is one probe and a few words compared.
struct KnownHeaderTable: @unchecked Sendable {
    static let shared = KnownHeaderTable()

    /// Bytes each name takes in the table, zeros behind it; nothing longer is known.
    static let stride = 48
    /// Entries are raw values of `KnownHeader`, and behind them the other spelling of `authority`.
    private static let alias = 128
    private static let vacant: UInt8 = 255
    private static let slotBits: UInt64 = 10

    // Immutable after init and never freed: the table lives as long as the process.
    private let slots: UnsafePointer<UInt8>
    private let lengths: UnsafePointer<UInt8>
    private let headers: UnsafePointer<KnownHeader>
    private let names: UnsafeRawPointer

    init() {
        let slots = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << Int(Self.slotBits))
        slots.initialize(repeating: Self.vacant, count: 1 << Int(Self.slotBits))
        let lengths = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.alias + 1)
        lengths.initialize(repeating: 0, count: Self.alias + 1)
        let headers = UnsafeMutablePointer<KnownHeader>.allocate(capacity: Self.alias + 1)
        headers.initialize(repeating: .other, count: Self.alias + 1)
        let names = UnsafeMutableRawPointer.allocate(byteCount: (Self.alias + 1) * Self.stride, alignment: 16)
        names.initializeMemory(as: UInt8.self, repeating: 0, count: (Self.alias + 1) * Self.stride)

        func insert(_ name: StaticString, _ header: KnownHeader, at entry: Int) {
            let count = name.utf8CodeUnitCount
            guard count <= Self.stride, entry <= Self.alias else { return }
            let place = names + entry * Self.stride
            place.copyMemory(from: name.utf8Start, byteCount: count)
            lengths[entry] = UInt8(truncatingIfNeeded: count)
            headers[entry] = header
            var slot = Self.slot(Self.firstWord(place, count), Self.lastWord(place, count))
            while slots[slot] != Self.vacant { slot = Self.next(slot) }
            slots[slot] = UInt8(truncatingIfNeeded: entry)
        }
        for header in KnownHeader.allCases where header != .other && header != .removed {
            insert(header.name, header, at: Int(header.rawValue))
        }
        insert(":authority", .authority, at: Self.alias)
        self.slots = UnsafePointer(slots)
        self.lengths = UnsafePointer(lengths)
        self.headers = UnsafePointer(headers)
        self.names = UnsafeRawPointer(names)
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
        guard count <= Self.stride else { return Match() }
        let first = count >= 8 || mayReadWord ? Self.load(name) & Self.mask(count) : Self.firstWord(name, count)
        let last = count > 8 ? Self.load(name + (count &- 8)) : first
        var slot = Self.slot(first, last)
        while true {
            let entry = slots[slot]
            if entry == Self.vacant { return Match() }
            if Int(lengths[Int(entry)]) == count {
                let known = names + Int(entry) &* Self.stride
                var match = Match(entry: entry, header: headers[Int(entry)])
                var wrong = Self.compare(first, known, &match.difference)
                // Words that overlap end with the last byte: nothing behind the name is read.
                if count > 8 {
                    wrong |= Self.compare(last, known + (count &- 8), &match.difference)
                    var offset = 8
                    while offset &+ 8 < count {
                        wrong |= Self.compare(Self.load(name + offset), known + offset, &match.difference)
                        offset &+= 8
                    }
                }
                if wrong == 0 { return match }
            }
            slot = Self.next(slot)
        }
    }

    /// Finds the header with exactly these bytes.
    func find(lowercased name: UnsafeRawBufferPointer) -> KnownHeader {
        guard let base = name.baseAddress, name.count > 0 else { return .other }
        let match = find(base, name.count, mayReadWord: false)
        return match.difference == 0 ? match.header : .other
    }

    /// Not 0 unless `word` is the text at `known` but for case.
    @inline(__always)
    private static func compare(_ word: UInt64, _ known: UnsafeRawPointer, _ difference: inout UInt64) -> UInt64 {
        let wanted = load(known)
        let bits = word ^ wanted
        difference |= bits
        // Known names are letters, digits, `-` and `:`; only letters have bit 6, and only they may differ, in bit 5.
        return bits & ~((wanted & 0x4040_4040_4040_4040) &>> 1)
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

    private static func lastWord(_ name: UnsafeRawPointer, _ count: Int) -> UInt64 {
        count > 8 ? load(name + (count &- 8)) : firstWord(name, count)
    }

    // Both ends tell the known names apart well enough; a collision only costs a probe.
    @inline(__always)
    private static func slot(_ first: UInt64, _ last: UInt64) -> Int {
        let ends = (first | 0x2020_2020_2020_2020) &+ (last | 0x2020_2020_2020_2020) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: (ends &* 0xD6E8_FEB8_6659_FD93) &>> (64 &- slotBits))
    }

    @inline(__always)
    private static func next(_ slot: Int) -> Int { (slot &+ 1) & (1 &<< Int(slotBits) &- 1) }
}
