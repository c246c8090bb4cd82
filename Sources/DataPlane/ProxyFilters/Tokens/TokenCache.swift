/// Tokens whose signature was verified, so that a repeated one costs a look-up: bounded, the longest unused goes first.
///
/// Whether a token is still in its time is for the reader to check. Confined to its worker's loop.
final class TokenCache {
    private struct Entry {
        var hash: Int
        var bytes: ContiguousArray<UInt8>
        var token: SignedToken
        /// Looked up since the hand went by last.
        var isUsed: Bool
    }

    private var entries: ContiguousArray<Entry> = []
    private var positions: [Int: Int] = [:]
    private var hand = 0
    private let capacity: Int
    /// Larger ones are not kept.
    private let longest: Int

    init(capacity: Int = 512, longest: Int = 4096) {
        self.capacity = max(1, capacity)
        self.longest = longest
    }

    var count: Int { entries.count }

    /// The token of exactly these bytes.
    func token(_ bytes: UnsafeRawBufferPointer) -> SignedToken? {
        guard let position = positions[Self.hash(bytes)], position < entries.count,
            entries[position].bytes.elementsEqual(bytes)
        else { return nil }
        entries[position].isUsed = true
        return entries[position].token
    }

    /// Remembers a token that was verified.
    func insert(_ bytes: UnsafeRawBufferPointer, _ token: SignedToken) {
        guard bytes.count <= longest else { return }
        let entry = Entry(hash: Self.hash(bytes), bytes: ContiguousArray(bytes), token: token, isUsed: false)
        if let same = positions[entry.hash], same < entries.count {
            entries[same] = entry
        } else if entries.count < capacity {
            positions[entry.hash] = entries.count
            entries.append(entry)
        } else {
            while entries[hand].isUsed {
                entries[hand].isUsed = false
                hand = (hand + 1) % entries.count
            }
            positions[entries[hand].hash] = nil
            positions[entry.hash] = hand
            entries[hand] = entry
            hand = (hand + 1) % entries.count
        }
    }

    /// Seeded anew in every process: callers cannot choose tokens that collide.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: bytes)
        return hasher.finalize()
    }
}
