package import HTTPWire

/// Leads from the path and the headers of a request to the policies that may match it, so that a thousand of them cost
/// as little as the few that are left.
///
/// It leaves out only policies that cannot match; those that it names are asked in full. Sets of policies are bits.
package struct AuthorizationIndex: Sendable {
    /// What a dimension reads of a request.
    package enum Key: Hashable, Sendable {
        /// The path without its query.
        case path
        case header(HeaderName)
    }

    /// One thing that policies ask of a request. A class: to hand it on costs one reference.
    package final class Dimension: Sendable {
        package let key: Key
        /// The policies that ask nothing of it, or something that this index cannot look up.
        package let unconstrained: ContiguousArray<UInt64>
        package let patterns: PolicyPatterns

        init(key: Key, unconstrained: ContiguousArray<UInt64>, patterns: PolicyPatterns) {
            self.key = key
            self.unconstrained = unconstrained
            self.patterns = patterns
        }
    }

    /// Below so many policies, looking things up costs more than asking all.
    private static let fewest = 8
    private static let mostDimensions = 8

    /// The number of 64-bit words that hold a bit for every policy.
    package let words: Int
    package let dimensions: [Dimension]

    init(_ policies: [AuthorizationPolicy]) {
        let words = (policies.count + 63) / 64
        self.words = words
        guard policies.count >= Self.fewest else {
            dimensions = []
            return
        }
        var keys: Set<Key> = []
        for policy in policies { for condition in policy.requestConditions { condition.collect(&keys) } }
        var found: [(Dimension, count: Int)] = []
        for key in keys {
            var unconstrained = ContiguousArray<UInt64>(repeating: 0, count: words)
            var patterns = PolicyPatterns.Builder(words: words)
            var count = 0
            for (position, policy) in policies.enumerated() {
                if let needed = policy.requestConditions.narrowest(key) {
                    for pattern in needed { patterns.add(pattern, policy: position) }
                    count += 1
                } else {
                    unconstrained[position >> 6] |= 1 << UInt64(position & 63)
                }
            }
            guard count >= Self.fewest / 2 else { continue }
            found.append((Dimension(key: key, unconstrained: unconstrained, patterns: patterns.finish()), count))
        }
        // The order must not depend on a set's.
        found.sort { ($0.count, $1.0.key.text) > ($1.count, $0.0.key.text) }
        dimensions = found.prefix(Self.mostDimensions).map(\.0)
    }
}

extension AuthorizationIndex.Key {
    fileprivate var text: String {
        switch self {
        case .path: "path"
        case .header(let name): "header \(name)"
        }
    }
}

extension [AuthorizationCondition] {
    /// The shortest list of patterns of which one must match if all of the conditions hold.
    fileprivate func narrowest(_ key: AuthorizationIndex.Key) -> [StringPattern]? {
        compactMap { $0.needed(key) }.min { $0.count < $1.count }
    }
}

extension AuthorizationCondition {
    fileprivate func collect(_ keys: inout Set<AuthorizationIndex.Key>) {
        switch self {
        case .path: keys.insert(.path)
        case .header(let matcher): keys.insert(.header(matcher.name))
        case .all(let parts), .either(let parts): for part in parts { part.collect(&keys) }
        default: break
        }
    }

    /// Patterns of which one must match the value of `key` if the condition holds; nil if it may hold without.
    fileprivate func needed(_ key: AuthorizationIndex.Key) -> [StringPattern]? {
        switch self {
        case .path(let matcher) where key == .path:
            return matcher.pattern.isIndexable ? [matcher.pattern] : nil
        case .header(let matcher) where key == .header(matcher.name):
            guard !matcher.inverts, !matcher.treatsMissingAsEmpty, case .string(let string) = matcher.value,
                string.pattern.isIndexable
            else { return nil }
            return [string.pattern]
        case .all(let parts):
            return parts.narrowest(key)
        case .either(let parts):
            var all: [StringPattern] = []
            for part in parts {
                guard let needed = part.needed(key) else { return nil }
                all += needed
            }
            return all
        default:
            return nil
        }
    }
}

extension StringPattern {
    fileprivate var isIndexable: Bool {
        switch self {
        case .exact: true
        case .prefix(let bytes), .suffix(let bytes): !bytes.isEmpty
        case .contains, .regex: false
        }
    }
}
