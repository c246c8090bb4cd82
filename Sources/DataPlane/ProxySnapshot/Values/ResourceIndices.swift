/// The slot of a cluster name: the same in every snapshot of one `SnapshotBuilder`, so that per-loop state can be kept
/// in arrays beside it. A slot is never given to another name; it may be empty in a snapshot.
package struct ClusterIndex: Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The slot as an array index.
    @inline(__always) package var slot: Int { Int(rawValue) }
}

/// The slot of a route configuration name; stable like `ClusterIndex`.
package struct RouteConfigurationIndex: Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The slot as an array index.
    @inline(__always) package var slot: Int { Int(rawValue) }
}

/// Gives every name of one kind its slot.
struct SlotTable {
    private(set) var names: [String] = []
    private var slots: [String: UInt32] = [:]

    mutating func slot(for name: String) -> UInt32 {
        if let slot = slots[name] { return slot }
        let slot = UInt32(truncatingIfNeeded: names.count)
        names.append(name)
        slots[name] = slot
        return slot
    }

    func existingSlot(for name: String) -> UInt32? { slots[name] }
}
