/// Some of the known headers, for one question about all of them: most requests have none.
package struct KnownHeaderSet: Sendable {
    @usableFromInline let low: UInt64
    @usableFromInline let high: UInt64
    /// The headers, in the order given.
    package let headers: [KnownHeader]

    package init(_ headers: [KnownHeader]) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        for header in headers {
            if header.rawValue < 64 {
                low |= 1 << UInt64(header.rawValue)
            } else if header.rawValue < 128 {
                high |= 1 << UInt64(header.rawValue & 63)
            }
        }
        self.low = low
        self.high = high
        self.headers = headers
    }
}

extension HeaderBlock {
    /// False when none of the headers is there; true when one may be.
    @inlinable
    @inline(__always)
    package func mayContain(any set: KnownHeaderSet) -> Bool {
        presenceLow & set.low | presenceHigh & set.high != 0
    }

    /// Removes every header of the set.
    @inlinable
    @inline(__always)
    package mutating func remove(_ set: KnownHeaderSet) {
        if mayContain(any: set) { removeEach(of: set) }
    }

    @usableFromInline
    mutating func removeEach(of set: KnownHeaderSet) {
        for header in set.headers { remove(header) }
    }
}
