import KubernetesAPI

/// Spans of time as kubectl writes them.
enum Age {
    /// How long something lasts as kubectl writes it: `5s`, `3m12s`, `4h`, `2d3h`.
    static func text(_ seconds: Int64) -> String {
        if seconds < 0 { return seconds < -1 ? "<invalid>" : "0s" }
        if seconds < 120 { return "\(seconds)s" }
        let minutes = seconds / 60
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        let hours = minutes / 60
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        let days = hours / 24
        if days < 8 { return pair(days, "d", hours % 24, "h") }
        if days < 730 { return "\(days)d" }
        let years = days / 365
        return years < 8 ? pair(years, "y", days % 365, "d") : "\(years)y"
    }

    private static func pair(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(smallUnit)"
    }

    /// The time since a timestamp, `<unknown>` without one.
    static func since(_ time: String?, now: Int64) -> String {
        guard let then = time.flatMap({ Timestamp($0) })?.seconds else { return "<unknown>" }
        return self.text(now - then)
    }
}
