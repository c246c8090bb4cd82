internal import Synchronization

/// The tables in use, so that what was built for one event loop, or by nobody's, serves all of them.
///
/// It keeps no table alive: whoever builds one in advance holds it until the loops do. Safe to use from anywhere; a
/// table is built outside of the lock, so that no loop waits for another.
package final class HashTableStore: Sendable {
    private struct Entry {
        weak var table: HashTable?
    }

    private struct Tables {
        var byInput: [HashTableInput: Entry] = [:]
        /// The count at which entries of tables that are gone are looked for.
        var limit = 64
    }

    private let tables = Mutex(Tables())

    package init() {}

    /// The table for `input`: one that is in use, else a new one.
    package func table(for input: HashTableInput) -> HashTable {
        if let known = tables.withLock({ $0.byInput[input]?.table }) { return known }
        let built = HashTable(input)
        return tables.withLock { tables in
            if let known = tables.byInput[input]?.table { return known }
            if tables.byInput.count >= tables.limit {
                tables.byInput = tables.byInput.filter { $0.value.table != nil }
                tables.limit = max(64, 2 * tables.byInput.count)
            }
            tables.byInput[input] = Entry(table: built)
            return built
        }
    }
}
