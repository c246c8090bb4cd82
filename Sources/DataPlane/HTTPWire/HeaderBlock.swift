/// The header section of one message: one byte storage and one array of fields over it, both reused between messages.
///
/// Names are lower case (folded while parsing, as Envoy does), values are kept byte for byte without surrounding
/// blanks. For a request the start line is part of the block as pseudo-headers. Edits append to the storage and never
/// move bytes, so a `ByteRange` stays good until `removeAll`. A value type: a copy is a snapshot (retries, mirroring).
package struct HeaderBlock: Sendable {
    /// The head as received (names folded), then whatever edits appended.
    package internal(set) var storage = ByteStorage()
    /// Fields in wire order; those with id `removed` no longer count.
    package internal(set) var fields: ContiguousArray<HeaderField> = []
    // Bit n is set if a field with KnownHeader raw value n may be present: most look-ups end here.
    @usableFromInline var presenceLow: UInt64 = 0
    @usableFromInline var presenceHigh: UInt64 = 0

    package init() {}

    /// An empty block with room for an ordinary head, to be reused.
    package init(reservingBytes bytes: Int, fields count: Int) {
        self.init()
        storage.reserveCapacity(bytes)
        fields.reserveCapacity(count)
    }

    /// Empties the block for the next message; the allocations stay unless the last head was unusually large.
    package mutating func removeAll(keepingCapacity: Bool = true) {
        // One 60 KiB head must not pin 60 KiB to an idle connection.
        let keep = keepingCapacity && storage.capacity <= 8192
        storage.removeAll(keepingCapacity: keep)
        if !keep || !fields.isEmpty { fields.removeAll(keepingCapacity: keep) }
        presenceLow = 0
        presenceHigh = 0
    }

    /// How many header lines there are, pseudo-headers apart.
    package var count: Int {
        var lines = 0
        for index in fields.indices where isLine(fields[index].id) { lines &+= 1 }
        return lines
    }

    package var isEmpty: Bool { count == 0 }

    @inline(__always)
    func isLine(_ id: KnownHeader) -> Bool { id != .removed && !id.isStartLine }

    @inline(__always)
    func mayContain(_ known: KnownHeader) -> Bool {
        let raw = known.rawValue
        return (raw < 64 ? presenceLow >> UInt64(raw) : presenceHigh >> UInt64(raw & 63)) & 1 != 0
    }

    @inline(__always)
    mutating func notePresence(_ known: KnownHeader) {
        let raw = known.rawValue
        if raw < 64 {
            presenceLow |= 1 << UInt64(raw)
        } else if raw < 128 {
            presenceHigh |= 1 << UInt64(raw & 63)
        }
    }

    @inline(__always)
    mutating func forgetPresence(_ known: KnownHeader) {
        let raw = known.rawValue
        if raw < 64 {
            presenceLow &= ~(1 << UInt64(raw))
        } else if raw < 128 {
            presenceHigh &= ~(1 << UInt64(raw & 63))
        }
    }
}
