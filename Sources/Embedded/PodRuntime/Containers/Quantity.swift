import KubernetesAPI

/// Kubernetes' quantities, such as `250m`, `1.5`, `64Mi`.
enum Quantity {
    /// Thousandths of the unit, rounded up; nil when it is no quantity or out of range.
    static func thousandths(_ json: JSONValue?) -> Int64? {
        guard let json else { return nil }
        if let whole = json.integer {
            let (value, overflow) = whole.multipliedReportingOverflow(by: 1000)
            return overflow ? nil : value
        }
        guard let text = json.string ?? json.double.map({ String($0) }) else { return nil }
        let digits = text.prefix { $0.isNumber || $0 == "." || $0 == "+" || $0 == "-" }
        guard let number = Double(digits), let factor = factor(text.dropFirst(digits.count)) else { return nil }
        return Int64(exactly: (number * factor * 1000).rounded(.up))
    }

    /// Whole units, rounded up.
    static func value(_ json: JSONValue?) -> Int64? {
        thousandths(json).map { $0 / 1000 + ($0 % 1000 > 0 ? 1 : 0) }
    }

    private static func factor(_ suffix: Substring) -> Double? {
        switch suffix {
        case "": 1
        case "n": 1e-9
        case "u": 1e-6
        case "m": 1e-3
        case "k": 1e3
        case "M": 1e6
        case "G": 1e9
        case "T": 1e12
        case "P": 1e15
        case "E": 1e18
        case "Ki": 1024
        case "Mi": 1_048_576
        case "Gi": 1_073_741_824
        case "Ti": 1_099_511_627_776
        case "Pi": 1_125_899_906_842_624
        default: exponent(suffix)
        }
    }

    private static func exponent(_ suffix: Substring) -> Double? {
        guard suffix.first == "e" || suffix.first == "E", suffix.count < 5 else { return nil }
        return Double("1e" + suffix.dropFirst())
    }
}
