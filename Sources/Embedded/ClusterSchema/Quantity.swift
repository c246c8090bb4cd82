import KubernetesAPI

/// Amounts of resources such as `500m`, `64Mi`, `1e3`.
enum Quantity {
    /// A JSON number in the canonical form: whole, or thousandths with `m`.
    static func text(_ number: Double) -> String {
        if let whole = Int64(exactly: number) { return String(whole) }
        if let thousandths = Int64(exactly: (number * 1000).rounded(.up)) { return "\(thousandths)m" }
        return String(number)
    }

    /// The amount; nil when the text is none.
    static func value(_ text: String) -> Double? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "+" || $0 == "-") }
        guard let number = Double(digits), number.isFinite else { return nil }
        let suffix = text.dropFirst(digits.count)
        if let factor = factors[String(suffix)] { return number * factor }
        guard let mark = suffix.first, mark == "e" || mark == "E", let exponent = Int(suffix.dropFirst()),
            (-30...30).contains(exponent)
        else { return nil }
        return Double("\(digits)e\(exponent)")
    }

    private static let factors: [String: Double] = [
        "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
        "Ki": 1024, "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
        "Ei": 1_152_921_504_606_846_976,
    ]
}
