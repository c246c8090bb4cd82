/// The texts that policies ask for, exact, prefixes and suffixes in one hash table and the rest in a list, each distinct
/// one once with the policies that ask for it.
///
/// A policy is marked exactly if one of its matchers matches; one that asks by a regex may be marked needlessly. Look-ups
/// neither allocate nor copy.
package struct PolicyPatterns: Sendable {
    enum Kind: UInt8 { case exact, prefix, suffix }

    struct Slot {
        /// 0 is an empty slot.
        var hash: UInt64 = 0
        var keyStart: UInt32 = 0
        var keyLength: UInt32 = 0
        /// Where its policies stand in `postings`, or its bits in `sets` if `isSet`.
        var first: UInt32 = 0
        var count: UInt32 = 0
        var kind: Kind = .exact
        var ignoresCase = false
        var isSet = false
    }

    /// A matcher that no hash leads to.
    struct Search: Sendable {
        let matcher: StringMatcher
        /// Where its policies stand in `sets`.
        let first: Int
    }

    var slots: ContiguousArray<Slot> = []
    var keys: ContiguousArray<UInt8> = []
    var postings: ContiguousArray<UInt32> = []
    var sets: ContiguousArray<UInt64> = []
    var searches: [Search] = []
    /// The policies that ask by a regex, which cannot tell of what is no text; empty if there are none.
    var doubtful: ContiguousArray<UInt64> = []
    /// In rising order.
    var prefixLengths: ContiguousArray<Int> = []
    var suffixLengths: ContiguousArray<Int> = []
    var longestExact = -1
    let words: Int

    init(words: Int) { self.words = words }

    /// Whether some texts are looked for one after the other.
    package var hasSearches: Bool { !searches.isEmpty }

    /// Sets the bits of all policies that the table finds for `text`; `bits` has a word for every 64 policies.
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
        // A rule that forbids is met by what it cannot read.
        if !doubtful.isEmpty, !text.allSatisfy({ $0 < 0x80 }) { unite(bits, with: doubtful, from: 0) }
    }

    /// Sets the bits of those `candidates` that one of the searches finds and nothing has marked yet.
    package func search(
        _ text: UnsafeRawBufferPointer,
        among candidates: UnsafeMutableBufferPointer<UInt64>,
        into bits: UnsafeMutableBufferPointer<UInt64>
    ) {
        guard bits.count >= words, candidates.count >= words else { return }
        for index in searches.indices {
            let first = searches[index].first
            var isOpen = false
            for word in 0..<words where sets[first &+ word] & candidates[word] & ~bits[word] != 0 { isOpen = true }
            if isOpen, searches[index].matcher.matches(text) { unite(bits, with: sets, from: first) }
        }
    }

    private func probe(
        _ kind: Kind,
        _ hash: UInt64,
        _ text: UnsafeRawBufferPointer,
        _ bits: UnsafeMutableBufferPointer<UInt64>
    ) {
        let hash = Self.finished(hash, kind, text.count)
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count &- 1
            var index = Int(truncatingIfNeeded: hash) & mask
            // At most half of the slots are taken, so an empty one ends the walk. Spellings of one text share a hash.
            while slots[index].hash != 0 {
                if slots[index].hash == hash, slots[index].kind == kind, isKey(slots[index], text) {
                    mark(slots[index], bits)
                }
                index = (index &+ 1) & mask
            }
        }
    }

    private func isKey(_ slot: Slot, _ text: UnsafeRawBufferPointer) -> Bool {
        guard Int(slot.keyLength) == text.count else { return false }
        return keys.withUnsafeBufferPointer { keys in
            let start = Int(slot.keyStart)
            if slot.ignoresCase {
                for offset in 0..<text.count where keys[start &+ offset] != foldedCase(text[offset]) { return false }
            } else {
                for offset in 0..<text.count where keys[start &+ offset] != text[offset] { return false }
            }
            return true
        }
    }

    private func mark(_ slot: Slot, _ bits: UnsafeMutableBufferPointer<UInt64>) {
        let first = Int(slot.first)
        if slot.isSet { return unite(bits, with: sets, from: first) }
        for position in first..<(first &+ Int(slot.count)) {
            let policy = Int(postings[position])
            bits[policy >> 6] |= 1 << UInt64(policy & 63)
        }
    }

    private func unite(
        _ bits: UnsafeMutableBufferPointer<UInt64>,
        with sets: ContiguousArray<UInt64>,
        from first: Int
    ) {
        sets.withUnsafeBufferPointer { sets in
            for word in 0..<words { bits[word] |= sets[first &+ word] }
        }
    }

    static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

    /// FNV-1a, one folded byte at a time: prefixes of one text share the work.
    @inline(__always)
    static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(foldedCase(byte))) &* 0x0000_0100_0000_01b3
    }

    /// Mixes kind and length in; never 0.
    @inline(__always)
    static func finished(_ hash: UInt64, _ kind: Kind, _ length: Int) -> UInt64 {
        var mixed = hash ^ (UInt64(kind.rawValue) << 56) ^ UInt64(truncatingIfNeeded: length)
        mixed = (mixed ^ (mixed >> 32)) &* 0x9e37_79b9_7f4a_7c15
        return (mixed ^ (mixed >> 29)) | 1
    }
}
