/// Exact texts, prefixes and suffixes in one hash table, each with the policies that ask for it.
///
/// Case is ignored: what it finds too much, the full question refuses. Look-ups neither allocate nor copy.
package struct PolicyPatterns: Sendable {
    enum Kind: UInt8 { case exact, prefix, suffix }

    private struct Slot {
        /// 0 is an empty slot.
        var hash: UInt64 = 0
        var kind: Kind = .exact
        var keyStart: UInt32 = 0
        var keyLength: UInt32 = 0
        /// Where its policies stand in `postings`, or its bits in `sets` if `isSet`.
        var first: UInt32 = 0
        var count: UInt32 = 0
        var isSet = false
    }

    private var slots: ContiguousArray<Slot> = []
    private var keys: ContiguousArray<UInt8> = []
    private var postings: ContiguousArray<UInt32> = []
    private var sets: ContiguousArray<UInt64> = []
    /// In rising order.
    private var prefixLengths: ContiguousArray<Int> = []
    private var suffixLengths: ContiguousArray<Int> = []
    private var longestExact = -1
    private let words: Int

    /// Gathers patterns before the table is made.
    struct Builder {
        private struct Key: Hashable {
            var kind: Kind
            var bytes: [UInt8]
        }

        private var policies: [Key: [Int]] = [:]
        private let words: Int

        init(words: Int) { self.words = words }

        mutating func add(_ pattern: StringPattern, policy: Int) {
            let key: Key
            switch pattern {
            case .exact(let bytes): key = Key(kind: .exact, bytes: bytes.map(foldedCase))
            case .prefix(let bytes): key = Key(kind: .prefix, bytes: bytes.map(foldedCase))
            case .suffix(let bytes): key = Key(kind: .suffix, bytes: bytes.map(foldedCase))
            case .contains, .regex: return
            }
            // Policies come in rising order; a policy may name a text twice.
            if policies[key]?.last != policy { policies[key, default: []].append(policy) }
        }

        func finish() -> PolicyPatterns {
            var patterns = PolicyPatterns(words: words, slots: policies.count)
            for (key, list) in policies { patterns.insert(key.kind, key.bytes, list) }
            patterns.prefixLengths.sort()
            patterns.suffixLengths.sort()
            return patterns
        }
    }

    private init(words: Int, slots count: Int) {
        self.words = words
        var capacity = 8
        while capacity < count * 2 { capacity *= 2 }
        slots = ContiguousArray(repeating: Slot(), count: capacity)
    }

    private mutating func insert(_ kind: Kind, _ key: [UInt8], _ policies: [Int]) {
        var slot = Slot()
        slot.hash = Self.finished(key.hash(backwards: kind == .suffix), kind, key.count)
        slot.kind = kind
        slot.keyStart = UInt32(clamping: keys.count)
        slot.keyLength = UInt32(clamping: key.count)
        keys += key
        // Many policies are sooner put together as bits.
        if policies.count > words {
            slot.isSet = true
            slot.first = UInt32(clamping: sets.count)
            var bits = ContiguousArray<UInt64>(repeating: 0, count: words)
            for policy in policies { bits[policy >> 6] |= 1 << UInt64(policy & 63) }
            sets += bits
        } else {
            slot.first = UInt32(clamping: postings.count)
            slot.count = UInt32(clamping: policies.count)
            postings += policies.map { UInt32(clamping: $0) }
        }
        switch kind {
        case .exact: longestExact = max(longestExact, key.count)
        case .prefix: if !prefixLengths.contains(key.count) { prefixLengths.append(key.count) }
        case .suffix: if !suffixLengths.contains(key.count) { suffixLengths.append(key.count) }
        }
        var index = Int(truncatingIfNeeded: slot.hash) & (slots.count - 1)
        while slots[index].hash != 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = slot
    }

    /// Sets the bits of all policies one of whose patterns matches `text`; `bits` has a word for every 64 policies.
    package func mark(_ text: UnsafeRawBufferPointer, into bits: UnsafeMutableBufferPointer<UInt64>) {
        guard bits.count >= words else { return }
        var hash = Self.seed
        var position = 0
        for length in prefixLengths {
            guard length <= text.count else { break }
            while position < length {
                hash = Self.step(hash, text[position])
                position &+= 1
            }
            probe(.prefix, hash, UnsafeRawBufferPointer(rebasing: text[..<length]), bits)
        }
        if text.count <= longestExact {
            while position < text.count {
                hash = Self.step(hash, text[position])
                position &+= 1
            }
            probe(.exact, hash, text, bits)
        }
        hash = Self.seed
        position = 0
        for length in suffixLengths {
            guard length <= text.count else { break }
            while position < length {
                position &+= 1
                hash = Self.step(hash, text[text.count &- position])
            }
            probe(.suffix, hash, UnsafeRawBufferPointer(rebasing: text[(text.count &- length)...]), bits)
        }
    }

    private func probe(
        _ kind: Kind,
        _ hash: UInt64,
        _ text: UnsafeRawBufferPointer,
        _ bits: UnsafeMutableBufferPointer<UInt64>
    ) {
        let hash = Self.finished(hash, kind, text.count)
        var index = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
        // At most half of the slots are taken, so an empty one ends the walk.
        while slots[index].hash != 0 {
            let slot = slots[index]
            if slot.hash == hash, slot.kind == kind, isKey(slot, text) { return mark(slot, bits) }
            index = (index &+ 1) & (slots.count &- 1)
        }
    }

    private func isKey(_ slot: Slot, _ text: UnsafeRawBufferPointer) -> Bool {
        guard Int(slot.keyLength) == text.count else { return false }
        let start = Int(slot.keyStart)
        for offset in 0..<text.count where keys[start &+ offset] != foldedCase(text[offset]) { return false }
        return true
    }

    private func mark(_ slot: Slot, _ bits: UnsafeMutableBufferPointer<UInt64>) {
        let first = Int(slot.first)
        if slot.isSet {
            for word in 0..<words { bits[word] |= sets[first &+ word] }
        } else {
            for position in first..<(first &+ Int(slot.count)) {
                let policy = Int(postings[position])
                bits[policy >> 6] |= 1 << UInt64(policy & 63)
            }
        }
    }

    private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

    /// FNV-1a, one folded byte at a time: prefixes of one text share the work.
    @inline(__always)
    fileprivate static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(foldedCase(byte))) &* 0x0000_0100_0000_01b3
    }

    fileprivate static func start() -> UInt64 { seed }

    /// Mixes kind and length in; never 0.
    @inline(__always)
    private static func finished(_ hash: UInt64, _ kind: Kind, _ length: Int) -> UInt64 {
        var mixed = hash ^ (UInt64(kind.rawValue) << 56) ^ UInt64(truncatingIfNeeded: length)
        mixed = (mixed ^ (mixed >> 32)) &* 0x9e37_79b9_7f4a_7c15
        return (mixed ^ (mixed >> 29)) | 1
    }
}

extension [UInt8] {
    fileprivate func hash(backwards: Bool) -> UInt64 {
        backwards
            ? reversed().reduce(PolicyPatterns.start(), PolicyPatterns.step)
            : reduce(PolicyPatterns.start(), PolicyPatterns.step)
    }
}
