/// Finds the virtual host of a Host header: exact, then the longest suffix wildcard (`*.example.com`), then the longest
/// prefix wildcard (`example.*`), then `*`, as Envoy does. Bytes in, position out; no allocation.
package struct VirtualHostIndex: Sendable {
    private var exact = DomainTable()
    private var suffixes: [WildcardLevel] = []
    private var prefixes: [WildcardLevel] = []
    private var catchAll: Int?

    /// The wildcards of one length.
    private struct WildcardLevel: Sendable {
        let length: Int
        var domains = DomainTable()
    }

    /// Builds the index over each virtual host's domains.
    ///
    /// - Throws: `DuplicateDomain` if two entries are the same, ignoring case.
    package init(domains: [[String]]) throws(DuplicateDomain) {
        var exact: [[UInt8]: Int] = [:]
        var suffixes: [Int: [[UInt8]: Int]] = [:]
        var prefixes: [Int: [[UInt8]: Int]] = [:]
        for (position, names) in domains.enumerated() {
            for name in names {
                let bytes = name.utf8.map(foldedCase)
                let previous: Int?
                if bytes == [UInt8(ascii: "*")] {
                    previous = catchAll
                    catchAll = position
                } else if bytes.first == UInt8(ascii: "*") {
                    let rest = Array(bytes.dropFirst())
                    previous = suffixes[rest.count, default: [:]].updateValue(position, forKey: rest)
                } else if bytes.last == UInt8(ascii: "*") {
                    let rest = Array(bytes.dropLast())
                    previous = prefixes[rest.count, default: [:]].updateValue(position, forKey: rest)
                } else {
                    previous = exact.updateValue(position, forKey: bytes)
                }
                if previous != nil { throw DuplicateDomain(domain: name) }
            }
        }
        self.exact = DomainTable(exact)
        self.suffixes = suffixes.sorted { $0.key > $1.key }
            .map { WildcardLevel(length: $0.key, domains: DomainTable($0.value)) }
        self.prefixes = prefixes.sorted { $0.key > $1.key }
            .map { WildcardLevel(length: $0.key, domains: DomainTable($0.value)) }
    }

    /// The position of the virtual host for `host` (any case), or `nil`.
    package func position(of host: UnsafeRawBufferPointer) -> Int? {
        if let found = exact.value(for: host) { return found }
        for level in suffixes where host.count > level.length {
            let tail = UnsafeRawBufferPointer(rebasing: host[(host.count &- level.length)...])
            if let found = level.domains.value(for: tail) { return found }
        }
        for level in prefixes where host.count > level.length {
            let head = UnsafeRawBufferPointer(rebasing: host[..<level.length])
            if let found = level.domains.value(for: head) { return found }
        }
        return catchAll
    }

    /// The position for a host given as text; for tools and tests.
    package func position(ofHost host: String) -> Int? {
        var host = host
        return host.withUTF8 { position(of: UnsafeRawBufferPointer($0)) }
    }
}

/// Two virtual hosts of one table claim the same domain, which Envoy refuses.
package struct DuplicateDomain: Error, Equatable {
    package let domain: String

    package init(domain: String) {
        self.domain = domain
    }
}

/// An open-addressing table from lower-case bytes to positions, looked up with bytes of any case.
struct DomainTable: Sendable {
    private struct Slot: Sendable {
        var offset: UInt32
        var length: UInt32
        var value: Int32
    }

    private var slots: [Slot] = []
    private var storage: [UInt8] = []

    init() {}

    init(_ entries: [[UInt8]: Int]) {
        guard !entries.isEmpty else { return }
        var capacity = 8
        while capacity < entries.count &* 2 { capacity &*= 2 }
        slots = Array(repeating: Slot(offset: 0, length: 0, value: -1), count: capacity)
        for (key, value) in entries {
            var slot = key.withUnsafeBytes { Self.hash($0) } & (capacity &- 1)
            while slots[slot].value >= 0 { slot = (slot &+ 1) & (capacity &- 1) }
            slots[slot] = Slot(
                offset: UInt32(truncatingIfNeeded: storage.count),
                length: UInt32(truncatingIfNeeded: key.count),
                value: Int32(truncatingIfNeeded: value)
            )
            storage += key
        }
    }

    func value(for key: UnsafeRawBufferPointer) -> Int? {
        guard !slots.isEmpty else { return nil }
        let mask = slots.count &- 1
        var slot = Self.hash(key) & mask
        // At most half of the slots are taken, so an empty one ends every search.
        while slots[slot].value >= 0 {
            if equals(key, slots[slot]) { return Int(slots[slot].value) }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    private func equals(_ key: UnsafeRawBufferPointer, _ slot: Slot) -> Bool {
        guard key.count == Int(slot.length) else { return false }
        let start = Int(slot.offset)
        for index in 0..<key.count where foldedCase(key[index]) != storage[start &+ index] { return false }
        return true
    }

    /// FNV-1a over the folded bytes. Keys come from configuration; look-ups of hostile hosts do not lengthen chains.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash = (hash ^ UInt64(foldedCase(byte))) &* 0x0000_0100_0000_01b3
        }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7fff_ffff_ffff_ffff)
    }
}
