/// Durations as Go and Istio write them: numbers with units `h`, `m`, `s`, `ms`, `us`, `ns`, one after the other.
enum DurationSyntax {
    /// Why a text is no duration.
    struct Failure: Error {
        var reason: String
    }

    private static let units: [String: Double] = [
        "h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9,
    ]

    /// Longest duration that is read: ten years, far from any overflow.
    private static let longest: Double = 10 * 365 * 86_400

    /// The duration `text` stands for; negative ones are read and left to the caller to refuse.
    static func parse(_ text: String) throws(Failure) -> Duration {
        guard text.utf8.count <= 32 else { throw Failure(reason: "it is too long") }
        var rest = text[...]
        var sign = 1.0
        if let first = rest.first, first == "-" || first == "+" {
            if first == "-" { sign = -1 }
            rest = rest.dropFirst()
        }
        if rest == "0" { return .zero }
        guard !rest.isEmpty else { throw Failure(reason: "it is empty; write a number and a unit, as 5s or 100ms") }
        var seconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            guard !digits.isEmpty, let number = Double(digits) else {
                throw Failure(reason: "a number was expected at \(String(rest).quotedForMessage)")
            }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let scale = units[String(unit)] else {
                let allowed = "the units are h, m, s, ms, us, ns"
                throw Failure(
                    reason: unit.isEmpty
                        ? "the unit is missing after \(digits); \(allowed)"
                        : "\(String(unit).quotedForMessage) is no unit; \(allowed)"
                )
            }
            seconds += number * scale
        }
        guard seconds <= longest else { throw Failure(reason: "it is longer than ten years") }
        let nanoseconds = (sign * seconds * 1e9).rounded()
        return .nanoseconds(Int64(nanoseconds))
    }
}
