/// What a subscription still owes its client; merges until it can be sent.
package struct DueAnswer: Sendable, Equatable {
    /// Something the client sees may have changed: compare and send the difference.
    package var changed = false
    /// Send these names even if unchanged.
    package var names: Set<String> = []
    /// Send everything subscribed even if unchanged.
    package var everything = false
    /// Send a response even if it is empty: a client that asks for the first time waits for one.
    package var evenIfEmpty = false
    /// Removals that were held back wait to be sent (make before break).
    package var removals = false

    /// Nothing is owed.
    package init() {}

    /// Whether nothing is owed.
    package var isEmpty: Bool {
        !changed && names.isEmpty && !everything && !evenIfEmpty && !removals
    }

    /// Whether held-back removals are all that is owed.
    package var isRemovalsOnly: Bool {
        removals && !changed && names.isEmpty && !everything && !evenIfEmpty
    }

    /// Whether a resource of this name is to be sent even if the client has it.
    package func forces(_ name: String) -> Bool {
        everything || names.contains(name)
    }
}
