extension Duration {
    /// Reads Go's notation as Istio's flags use it: `100ms`, `1.5s`, `2m`, `1h`; nil when it is not that or negative.
    package init?(flag text: String) {
        let units: [(suffix: String, seconds: Double)] = [
            ("ms", 0.001), ("us", 0.000_001), ("s", 1), ("m", 60), ("h", 3600),
        ]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
            let value = Double(text.dropLast(unit.suffix.count)), value >= 0, value <= 1_000_000
        else { return nil }
        self = .seconds(value * unit.seconds)
    }
}
