/// Which pod has which address: an address comes back into use no sooner than `reuseDelay` after its release.
struct PodAddressPool {
    let range: IPv4Range
    /// Never given to pods.
    let reserved: Set<IPv4Address>
    let reuseDelay: Duration
    private var used: Set<IPv4Address> = []
    /// Releases in order, oldest first.
    private var resting: [(address: IPv4Address, since: ContinuousClock.Instant)] = []
    /// The next address never used so far, as a number; 64 bits, so that it can stand beyond the last.
    private var fresh: UInt64

    init(range: IPv4Range, reserved: Set<IPv4Address>, reuseDelay: Duration = .seconds(60)) {
        self.range = range
        self.reserved = reserved
        self.reuseDelay = reuseDelay
        fresh = UInt64(range.first.number) + 1
    }

    /// The lowest address never used, then the one released longest ago; nil when all are in use or resting.
    mutating func allocate(now: ContinuousClock.Instant) -> IPv4Address? {
        // The last address is the broadcast address.
        while fresh < UInt64(range.last.number) {
            let address = IPv4Address(number: UInt32(truncatingIfNeeded: fresh))
            fresh += 1
            guard !reserved.contains(address) else { continue }
            used.insert(address)
            return address
        }
        guard let oldest = resting.first, oldest.since.advanced(by: reuseDelay) <= now else { return nil }
        resting.removeFirst()
        used.insert(oldest.address)
        return oldest.address
    }

    mutating func release(_ address: IPv4Address, now: ContinuousClock.Instant) {
        guard used.remove(address) != nil else { return }
        resting.append((address, now))
    }
}
