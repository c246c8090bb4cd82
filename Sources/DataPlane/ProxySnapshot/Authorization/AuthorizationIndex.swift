package import HTTPWire

/// Leads from what a request says to the policies that may match it, so that a thousand of them cost as little as the few
/// that are left.
///
/// It leaves out only policies that cannot match. Of those that are left it knows which need not be asked any more. Sets
/// of policies are bits.
package struct AuthorizationIndex: Sendable {
    /// What a dimension reads of a request.
    package enum Key: Hashable, Sendable {
        /// The path without its query.
        case path
        case header(HeaderName)
        /// The keys on the way to a value of dynamic metadata, the namespace first.
        case metadata([ContiguousArray<UInt8>])
        /// Any name in the peer's certificate: the same for all requests of a connection.
        case peer
    }

    /// One thing that policies ask of a request. A class: to hand it on costs one reference.
    package final class Dimension: Sendable {
        package let key: Key
        /// The policies that do not need anything of it, or something that this index cannot look up.
        package let unconstrained: ContiguousArray<UInt64>
        /// The policies that it may leave out.
        package let concerned: ContiguousArray<UInt64>
        /// What must be there: one of a policy's patterns.
        package let patterns: PolicyPatterns
        /// What must not be there: any of a policy's patterns.
        package let exclusions: PolicyPatterns?

        fileprivate init(_ key: Key, _ draft: Draft, words: Int, policies: Int) {
            self.key = key
            let needing = PolicySet.bits(of: draft.needing, words: words)
            unconstrained = ContiguousArray(
                zip(PolicySet.bits(of: Array(0..<policies), words: words), needing).map { $0 & ~$1 }
            )
            concerned = ContiguousArray(
                zip(needing, PolicySet.bits(of: draft.refusing, words: words)).map { $0 | $1 }
            )
            patterns = draft.patterns.finish(words: words)
            exclusions = draft.refusing.isEmpty ? nil : draft.exclusions.finish(words: words)
        }
    }

    /// A dimension that is being gathered.
    fileprivate struct Draft {
        var patterns = PolicyPatterns.Builder()
        var exclusions = PolicyPatterns.Builder()
        var needing: [Int] = []
        var refusing: [Int] = []

        var count: Int { needing.count + refusing.count }
        /// For fewer, looking things up costs more than asking.
        var isWorthwhile: Bool { count >= 4 || patterns.count + exclusions.count >= 8 }
    }

    private static let mostDimensions = 8

    /// The number of 64-bit words that hold a bit for every policy.
    package let words: Int
    package let dimensions: [Dimension]
    /// What is asked of the peer's certificate; nil if that is too little to look up.
    package let peer: Dimension?
    /// The policies that ask something of the connection.
    package let connected: ContiguousArray<UInt64>
    /// The policies of which the dimensions know all: one that is left when all were looked at matches.
    package let complete: ContiguousArray<UInt64>

    init(_ policies: [AuthorizationPolicy]) {
        let words = (policies.count + 63) / 64
        self.words = words
        var drafts: [Key: Draft] = [:]
        for (position, policy) in policies.enumerated() {
            for (key, matchers) in policy.needs {
                drafts[key, default: Draft()].needing.append(position)
                for matcher in matchers { drafts[key]?.patterns.add(matcher, policy: position) }
            }
            for (key, matchers) in policy.exclusions {
                drafts[key, default: Draft()].refusing.append(position)
                for matcher in matchers { drafts[key]?.exclusions.add(matcher, policy: position) }
            }
        }
        // The order must not depend on a dictionary's.
        let worthwhile = drafts.filter(\.value.isWorthwhile)
        peer = worthwhile[.peer].map { Dimension(.peer, $0, words: words, policies: policies.count) }
        connected = PolicySet.bits(
            of: policies.indices.filter { !policies[$0].connectionConditions.isEmpty },
            words: words
        )
        let chosen = worthwhile.filter { $0.key != .peer }
            .sorted { ($0.value.count, $1.key.text) > ($1.value.count, $0.key.text) }
            .prefix(Self.mostDimensions)
        dimensions = chosen.map { Dimension($0.key, $0.value, words: words, policies: policies.count) }
        let keys = Set(chosen.map(\.key))
        complete = PolicySet.bits(
            of: policies.indices.filter { policies[$0].isDecided(by: keys) },
            words: words
        )
    }
}

extension AuthorizationIndex.Key {
    fileprivate var text: String {
        switch self {
        case .path: "path"
        case .header(let name): "header \(name)"
        case .metadata(let path):
            "metadata " + path.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\u{0}")
        case .peer: "peer"
        }
    }
}

extension AuthorizationPolicy {
    fileprivate typealias Key = AuthorizationIndex.Key

    /// By key the shortest list of matchers of which one must match.
    fileprivate var needs: [Key: [StringMatcher]] { AuthorizationCondition.all(conditions).needs }

    /// By key the matchers of which none may match.
    fileprivate var exclusions: [Key: [StringMatcher]] {
        var result: [Key: [StringMatcher]] = [:]
        for case .not(let condition) in requestConditions {
            for case let (key, matcher)? in condition.choices.map(\.lookup) where matcher.isExact && key.isExact {
                result[key, default: []].append(matcher)
            }
        }
        return result
    }

    /// Whether dimensions of these keys say all that there is to say.
    fileprivate func isDecided(by keys: Set<Key>) -> Bool {
        var needed: Set<Key> = []
        for condition in requestConditions {
            var isNegative = false
            var choices = condition.choices
            if case .not(let part) = condition {
                isNegative = true
                choices = part.choices
            }
            var own: Set<Key> = []
            for choice in choices {
                guard let (key, matcher) = choice.lookup, matcher.isExact, key.isExact, keys.contains(key) else {
                    return false
                }
                own.insert(key)
            }
            if isNegative { continue }
            // A dimension knows one list of each policy, and a choice between dimensions is known to none.
            guard own.count == 1, needed.isDisjoint(with: own) else { return false }
            needed.formUnion(own)
        }
        return true
    }
}

extension AuthorizationIndex.Key {
    /// Whether a mark means that the matcher holds: a value in metadata may also be of another kind.
    fileprivate var isExact: Bool {
        if case .metadata = self { false } else { true }
    }
}

extension StringMatcher {
    /// Whether patterns mark a policy only if this matches.
    fileprivate var isExact: Bool {
        if case .regex = pattern { false } else { true }
    }
}

extension [StringMatcher] {
    /// Whether this list finds less than another: fewer texts, or longer ones.
    fileprivate func isNarrower(than other: [StringMatcher]) -> Bool {
        func shortest(_ list: [StringMatcher]) -> Int { list.map(\.pattern.length).min() ?? 0 }
        return count != other.count ? count < other.count : shortest(self) > shortest(other)
    }
}

extension StringPattern {
    /// The number of bytes that are looked for; 0 for a regex.
    fileprivate var length: Int {
        switch self {
        case .exact(let bytes), .prefix(let bytes), .suffix(let bytes), .contains(let bytes): bytes.count
        case .regex: 0
        }
    }
}

extension AuthorizationCondition {
    /// The conditions of which one must hold, nested choices opened.
    fileprivate var choices: [AuthorizationCondition] {
        guard case .either(let parts) = self else { return [self] }
        return parts.flatMap(\.choices)
    }

    /// Where the answer to this can be looked up, if it is about one text.
    fileprivate var lookup: (AuthorizationIndex.Key, StringMatcher)? {
        switch self {
        case .path(let matcher): return (.path, matcher)
        case .header(let matcher):
            guard !matcher.inverts, !matcher.treatsMissingAsEmpty, case .string(let string) = matcher.value else {
                return nil
            }
            return (.header(matcher.name), string)
        default: return nil
        }
    }

    /// By key the shortest list of matchers of which one must match if the condition holds.
    fileprivate var needs: [AuthorizationIndex.Key: [StringMatcher]] {
        switch self {
        case .authenticated(let matcher): return matcher.map { [.peer: [$0]] } ?? [:]
        case .peerPrincipal(let matcher): return [.peer: [matcher]]
        case .metadata(let matcher):
            guard !matcher.inverts, let texts = matcher.value.texts(inList: false) else { return [:] }
            return [.metadata([matcher.filter] + matcher.path): texts]
        case .all(let parts):
            var result: [AuthorizationIndex.Key: [StringMatcher]] = [:]
            for part in parts { result.merge(part.needs) { $0.isNarrower(than: $1) ? $0 : $1 } }
            return result
        case .either(let parts):
            // What every one of them needs.
            guard var result = parts.first?.needs else { return [:] }
            for part in parts.dropFirst() where !result.isEmpty {
                let other = part.needs
                // In place: there may be thousands of them.
                for key in Array(result.keys) {
                    if let more = other[key] { result[key]?.append(contentsOf: more) } else { result[key] = nil }
                }
            }
            return result
        default: return lookup.map { [$0.0: [$0.1]] } ?? [:]
        }
    }
}

extension ValueMatcher {
    /// Matchers of which one must match a text, or an element of a list of texts, if this holds; nil if it may hold without.
    fileprivate func texts(inList: Bool) -> [StringMatcher]? {
        switch self {
        case .text(let matcher): return [matcher]
        case .element(let inner): return inList ? nil : inner.texts(inList: true)
        case .either(let parts):
            var all: [StringMatcher] = []
            for part in parts {
                guard let texts = part.texts(inList: inList) else { return nil }
                all += texts
            }
            return all
        default: return nil
        }
    }
}
