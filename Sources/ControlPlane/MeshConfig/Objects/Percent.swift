/// A percentage, 0...100 once validated (Istio `Percent`); an absent `value` is 0.
package struct Percent: Sendable, Hashable {
    /// Percent, 0...100.
    package var value: Double

    package init(_ value: Double) {
        self.value = value
    }
}
