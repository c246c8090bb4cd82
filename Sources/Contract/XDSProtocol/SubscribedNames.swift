/// What a client has asked for of one type: single names, everything (the wildcard), or both.
///
/// Follows the xDS protocol, "How the client specifies what resources to return", including the legacy rule that a
/// first request without names means the wildcard.
package struct SubscribedNames: Sendable, Equatable {
    /// The names asked for one by one; never contains `*`.
    package private(set) var explicit: Set<String>
    /// Whether everything is asked for.
    package private(set) var isWildcard: Bool

    /// The name that stands for everything.
    package static let wildcard = "*"

    /// Nothing subscribed.
    package init() {
        explicit = []
        isWildcard = false
    }

    /// Whether a resource of that name is to be sent.
    package func covers(_ name: String) -> Bool {
        isWildcard || explicit.contains(name)
    }

    /// Whether nothing is asked for.
    package var isEmpty: Bool { explicit.isEmpty && !isWildcard }

    /// Takes over the complete list of a state-of-the-world request; `legacyWildcard` says that an empty list means
    /// everything, which holds only until the client has once sent a name.
    package mutating func replace(with names: [String], legacyWildcard: Bool) {
        explicit = Set(names)
        let star = explicit.remove(Self.wildcard) != nil
        isWildcard = star || (names.isEmpty && legacyWildcard)
    }

    /// Adds one name of a delta request; `*` turns the wildcard on.
    package mutating func insert(_ name: String) {
        if name == Self.wildcard { isWildcard = true } else { explicit.insert(name) }
    }

    /// Takes one name of a delta request away; `*` turns the wildcard off.
    package mutating func remove(_ name: String) {
        if name == Self.wildcard { isWildcard = false } else { explicit.remove(name) }
    }
}
