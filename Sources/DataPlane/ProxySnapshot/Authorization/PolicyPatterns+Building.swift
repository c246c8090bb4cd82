internal import RegularExpressions

extension PolicyPatterns {
    /// Gathers matchers before the table is made.
    struct Builder {
        private struct Key: Hashable {
            var kind: Kind
            var ignoresCase: Bool
            var bytes: [UInt8]
        }

        private var policies: [Key: [Int]] = [:]
        private var searches: [(matcher: StringMatcher, policies: [Int])] = []
        /// Positions in `searches` by what is looked for.
        private var known: [[UInt8]: [Int]] = [:]
        private var doubtful: [Int] = []
        /// Matchers that were added.
        private(set) var count = 0

        /// Adds a matcher of a policy; policies come in rising order.
        mutating func add(_ matcher: StringMatcher, policy: Int) {
            count += 1
            switch matcher.pattern {
            case .exact(let bytes): add(.exact, matcher.ignoresCase, bytes, policy)
            case .prefix(let bytes): add(.prefix, matcher.ignoresCase, bytes, policy)
            case .suffix(let bytes): add(.suffix, matcher.ignoresCase, bytes, policy)
            case .contains(let bytes): search(matcher, bytes, policy)
            case .regex(let expression):
                doubtful.append(policy)
                let literal = literalPrefix(of: Array(expression.pattern.utf8))
                if literal.isEmpty {
                    search(matcher, Array(expression.pattern.utf8), policy)
                } else {
                    add(.prefix, false, literal, policy)
                }
            }
        }

        private mutating func add(_ kind: Kind, _ ignoresCase: Bool, _ bytes: [UInt8], _ policy: Int) {
            let key = Key(kind: kind, ignoresCase: ignoresCase, bytes: bytes)
            // A policy may name a text twice.
            if policies[key]?.last != policy { policies[key, default: []].append(policy) }
        }

        private mutating func search(_ matcher: StringMatcher, _ text: [UInt8], _ policy: Int) {
            if let position = known[text, default: []].first(where: { searches[$0].matcher == matcher }) {
                searches[position].policies.append(policy)
            } else {
                known[text, default: []].append(searches.count)
                searches.append((matcher, [policy]))
            }
        }

        func finish(words: Int) -> PolicyPatterns {
            var patterns = PolicyPatterns(words: words)
            var capacity = 8
            while capacity < policies.count * 2 { capacity *= 2 }
            patterns.slots = ContiguousArray(repeating: Slot(), count: capacity)
            for (key, list) in policies {
                patterns.insert(key.kind, ignoresCase: key.ignoresCase, key.bytes, list)
            }
            patterns.prefixLengths.sort()
            patterns.suffixLengths.sort()
            for search in searches {
                patterns.searches.append(Search(matcher: search.matcher, first: patterns.sets.count))
                patterns.sets += PolicySet.bits(of: search.policies, words: words)
            }
            if !doubtful.isEmpty { patterns.doubtful = PolicySet.bits(of: doubtful, words: words) }
            return patterns
        }
    }

    private mutating func insert(_ kind: Kind, ignoresCase: Bool, _ key: [UInt8], _ policies: [Int]) {
        var slot = Slot()
        let folded = kind == .suffix ? key.reversed() : key
        slot.hash = Self.finished(folded.reduce(Self.seed, Self.step), kind, key.count)
        slot.kind = kind
        slot.ignoresCase = ignoresCase
        slot.keyStart = UInt32(clamping: keys.count)
        slot.keyLength = UInt32(clamping: key.count)
        keys += key
        // Many policies are sooner put together as bits.
        if policies.count > words {
            slot.isSet = true
            slot.first = UInt32(clamping: sets.count)
            sets += PolicySet.bits(of: policies, words: words)
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

    /// The text that everything begins with that the whole of an RE2 expression matches, as far as it is plain to see.
    static func literalPrefix(of expression: [UInt8]) -> [UInt8] {
        guard !expression.contains(UInt8(ascii: "|")) else { return [] }
        var literal: [UInt8] = []
        var rest = expression[...]
        while let byte = rest.first {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "-"):
                literal.append(byte)
                rest = rest.dropFirst()
            case UInt8(ascii: "\\"):
                guard let quoted = rest.dropFirst().first, quoted < 0x80, !isWord(quoted) else { return literal }
                literal.append(quoted)
                rest = rest.dropFirst(2)
            // The last one may be absent.
            case UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "{"): return Array(literal.dropLast())
            default: return literal
            }
        }
        return literal
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// Sets of policies: a bit for each, 64 in a word.
enum PolicySet {
    static func bits(of policies: [Int], words: Int) -> ContiguousArray<UInt64> {
        var bits = ContiguousArray<UInt64>(repeating: 0, count: words)
        for policy in policies where policy >> 6 < words { insert(policy, into: &bits) }
        return bits
    }

    static func insert(_ policy: Int, into bits: inout ContiguousArray<UInt64>) {
        bits[policy >> 6] |= 1 << UInt64(policy & 63)
    }
}
