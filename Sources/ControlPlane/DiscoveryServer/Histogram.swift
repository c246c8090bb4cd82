/// A Prometheus histogram: counts per upper bound, sum and total. Not synchronised; its owner is.
package struct Histogram: Sendable {
    /// Upper bounds in ascending order; the bound `+Inf` is implied.
    package let bounds: [Double]
    /// Counts per bound, not cumulative; the last is above all bounds.
    package private(set) var counts: [UInt64]
    /// Sum of all observations.
    package private(set) var sum: Double = 0

    /// An empty histogram.
    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// Counts one observation.
    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// How many observations there were.
    package var count: UInt64 { counts.reduce(0, +) }
}
