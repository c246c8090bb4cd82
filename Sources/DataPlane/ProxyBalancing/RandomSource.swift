/// A fast pseudo-random sequence (SplitMix64) for balancing and sampling, one per event loop; not for secrets.
///
/// The same seed gives the same sequence, which makes decisions repeatable in tests and simulation.
package struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// The next number of the sequence.
    @inline(__always)
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// A number in `0..<count`; 0 if `count` is 0.
    @inline(__always)
    package mutating func index(below count: Int) -> Int {
        guard count > 1 else { return 0 }
        return Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }
}
