/// Counters whose names come from configuration, of one scope on one worker; they are found once and then added to by slot.
package final class NamedCounters {
    private var slots: [String: Int] = [:]
    private var names: [String] = []
    private var values: ContiguousArray<UInt64> = []

    package init() {}

    /// The slot of a name, made on first use.
    package func slot(_ name: String) -> Int {
        if let known = slots[name] { return known }
        slots[name] = values.count
        names.append(name)
        values.append(0)
        return values.count - 1
    }

    /// Adds one.
    @inline(__always)
    package func add(_ slot: Int) {
        guard slot < values.count else { return }
        values[slot] &+= 1
    }

    /// All counts by name.
    package var all: [String: UInt64] { Dictionary(zip(names, values), uniquingKeysWith: { $1 }) }
}
