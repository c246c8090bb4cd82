import MeshConfig

/// Hands out addresses of 240.240.0.0/16 to hosts of ServiceEntries that have none (Istio `ipallocate`), so that TCP
/// services on one port can be told apart.
///
/// An address is a hash of the host and the namespace; where two collide the later one in order of host and namespace
/// takes the next free address. So equal configuration gives equal addresses, and a new host moves another's only on
/// such a collision.
struct AddressAllocation {
    /// Third and fourth byte run from 1 to 254.
    private static let span: UInt64 = 254
    private var taken: Set<UInt64> = []

    /// Sets `autoAllocatedAddress` of all drafts that qualify: no address, not resolved by the caller's address, no
    /// wildcard unless resolved dynamically, not opted out by label.
    mutating func allocate(in drafts: inout [ServiceDraft]) {
        let order = drafts.indices.filter { Self.qualifies(drafts[$0].service) }
            .sorted { drafts[$0].service.key < drafts[$1].service.key }
        for index in order {
            drafts[index].service.autoAllocatedAddress = next(for: drafts[index].service.key)
        }
    }

    private static func qualifies(_ service: Service) -> Bool {
        guard service.registry == .external, service.addresses.isEmpty else { return false }
        guard service.labels[ServiceEntries.autoAllocateLabel]?.lowercased() != "false" else { return false }
        switch service.resolution {
        case .dynamicForwardProxy: return true
        case .eds, .strictDNS, .logicalDNS: return !service.hostname.isWildcard
        case .originalDestination, .alias: return false
        }
    }

    private mutating func next(for key: ServiceKey) -> String? {
        let count = Self.span * Self.span
        guard taken.count < count else { return nil }
        // FNV-1a: Swift's own hash is seeded anew in every process.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(key.namespace)/\(key.hostname)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        var slot = hash % count
        while !taken.insert(slot).inserted { slot = (slot + 1) % count }
        return "240.240.\(slot / Self.span + 1).\(slot % Self.span + 1)"
    }
}
