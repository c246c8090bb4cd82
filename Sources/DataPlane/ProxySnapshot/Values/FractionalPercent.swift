/// `envoy.type.v3.FractionalPercent`: a share of requests.
package struct FractionalPercent: Sendable, Equatable {
    package let numerator: UInt32
    /// 100, 10,000 or 1,000,000.
    package let denominator: UInt32

    package init(numerator: UInt32, denominator: UInt32) {
        self.numerator = numerator
        self.denominator = denominator == 0 ? 100 : denominator
    }

    /// Every request.
    package static let hundred = FractionalPercent(numerator: 100, denominator: 100)

    /// Whether the request that drew `random` is among the share.
    @inline(__always)
    package func includes(random: UInt64) -> Bool {
        random % UInt64(denominator) < UInt64(numerator)
    }

    /// The share in percent, 0...100 and above for numerators beyond the denominator.
    package var percent: Double { Double(numerator) * 100 / Double(denominator) }
}
