/// A table that gives the same endpoint for the same hash, made once and shared by all event loops.
package final class HashTable: Sendable {
    private enum Form: Sendable {
        case ring(HashRing)
        case maglev(MaglevTable)
    }

    private let form: Form

    /// Builds the table: for an ordinary size a matter of a millisecond, for the largest rings of seconds.
    package init(_ input: HashTableInput) {
        switch input.shape {
        case .ring(let minimum, let maximum):
            form = .ring(HashRing(input.members, minimumSize: minimum, maximumSize: maximum))
        case .maglev(let size):
            form = .maglev(MaglevTable(input.members, size: size))
        }
    }

    /// The endpoint for `hash`, by its position in the load assignment; `nil` if there are none.
    ///
    /// `attempt` counts the choices that were refused for this request: another number may give another endpoint.
    @inline(__always)
    package func pick(_ hash: UInt64, attempt: Int = 0) -> Int? {
        switch form {
        case .ring(let ring): ring.pick(hash, attempt: attempt)
        case .maglev(let table): table.pick(hash, attempt: attempt)
        }
    }

    /// Calls `body` with endpoints and the share of all hashes that goes to them; an endpoint may come several times.
    func forEachShare(_ body: (Int, Double) -> Void) {
        switch form {
        case .ring(let ring): ring.forEachShare(body)
        case .maglev(let table): table.forEachShare(body)
        }
    }
}
