extension Duration {
    /// Reads Go's notation as Istio's flags and variables use it: `100ms`, `1.5s`, `1h30m`; nil when it is not that, or
    /// negative.
    package init?(flag text: String) {
        var rest = Substring(text)
        var seconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
            rest = rest.dropFirst(number.count)
            guard let value = Double(number), let unit = Self.units.first(where: { rest.hasPrefix($0.name) })
            else { return nil }
            rest = rest.dropFirst(unit.name.count)
            seconds += value * unit.seconds
        }
        // Beyond a century nobody means it, and the clock's own unit ends.
        guard seconds <= 3.2e9 else { return nil }
        self = .seconds(seconds)
    }

    /// A name that begins another one stands after it.
    private static let units: [(name: String, seconds: Double)] = [
        ("ms", 0.001), ("us", 0.000_001), ("\u{b5}s", 0.000_001), ("ns", 0.000_000_001), ("s", 1), ("m", 60),
        ("h", 3600),
    ]
}
