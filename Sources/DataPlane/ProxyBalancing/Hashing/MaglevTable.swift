internal import ProxySnapshot

/// Envoy's Maglev table: a prime number of places that the endpoints fill in turns, each in an order of its own
/// (Eisenbud et al., "Maglev", section 3.4; weights as Envoy counts them).
struct MaglevTable: Sendable {
    private let places: [UInt32]

    private struct Turn {
        var endpoint: UInt32
        var weight: Double
        var offset: UInt64
        var skip: UInt64
        /// Takes part once the number of rounds times its weight has come to this.
        var due = 0.0

        /// The next place of its order. Offset and skip are below `size`, so the sum cannot overflow.
        mutating func next(_ size: UInt64) -> Int {
            let place = offset
            offset = (offset &+ skip) % size
            return Int(truncatingIfNeeded: place)
        }
    }

    /// `size` is a prime number.
    init(_ members: [HashTableInput.Member], size: UInt64) {
        guard !members.isEmpty, size > 1, size < UInt64(UInt32.max) else {
            places = []
            return
        }
        let heaviest = members.reduce(0) { max($0, $1.weight) }
        var turns = members.map { (key: $0.address.hashKey, member: $0) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { key, member in
                Turn(
                    endpoint: UInt32(truncatingIfNeeded: member.index),
                    weight: member.weight,
                    offset: XXHash64.hash(key) % size,
                    skip: XXHash64.hash(key, seed: 1) % (size - 1) + 1
                )
            }
        let free = UInt32.max
        var places = [UInt32](repeating: free, count: Int(size))
        var left = places.count
        var round = 1.0
        while left > 0, heaviest > 0 {
            for index in turns.indices where left > 0 {
                guard round * turns[index].weight >= turns[index].due else { continue }
                turns[index].due += heaviest
                var place = turns[index].next(size)
                while places[place] != free { place = turns[index].next(size) }
                places[place] = turns[index].endpoint
                left -= 1
            }
            round += 1
        }
        self.places = left == 0 ? places : []
    }

    /// The endpoint at `hash` modulo the size; another `attempt` changes the hash in most of its bits.
    @inline(__always)
    func pick(_ hash: UInt64, attempt: Int) -> Int? {
        guard !places.isEmpty else { return nil }
        var hash = hash
        if attempt > 0 { hash ^= 0 &- UInt64(attempt) }
        return Int(places[Int(truncatingIfNeeded: hash % UInt64(places.count))])
    }

    func forEachShare(_ body: (Int, Double) -> Void) {
        for place in places { body(Int(place), 1 / Double(places.count)) }
    }
}
