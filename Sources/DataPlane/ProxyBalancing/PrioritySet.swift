/// A few of a cluster's priorities, 0...63; those above are never in it.
package struct PrioritySet: Sendable, Equatable {
    private var bits: UInt64 = 0

    package init() {}

    package var isEmpty: Bool { bits == 0 }

    /// Whether a priority is in it; false for those it cannot hold.
    package func contains(_ priority: Int) -> Bool { 0..<64 ~= priority && bits >> UInt64(priority) & 1 == 1 }

    /// Adds a priority; one it cannot hold is left out.
    package mutating func insert(_ priority: Int) {
        if 0..<64 ~= priority { bits |= 1 << UInt64(priority) }
    }
}
