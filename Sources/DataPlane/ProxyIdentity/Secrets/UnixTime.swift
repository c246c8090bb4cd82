#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// A moment of the wall clock: milliseconds since 1970 in UTC, without leap seconds (POSIX `time_t`).
///
/// What certificates are valid by; waits are measured by it too, so that a machine that slept renews when it wakes.
package struct UnixTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// `seconds` after 1970; out of the range of 64 bits it is the end of that range.
    package init(seconds: Int64) {
        let (product, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        milliseconds = overflows ? (seconds < 0 ? .min : .max) : product
    }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int64 {
        let quotient = milliseconds / 1000
        return milliseconds % 1000 < 0 ? quotient - 1 : quotient
    }

    /// What the system's clock says.
    package static func now() -> UnixTime {
        UnixTime(Date())
    }

    /// The moment `duration` later; saturates.
    package func advanced(by duration: Duration) -> UnixTime {
        let (sum, overflows) = milliseconds.addingReportingOverflow(Self.milliseconds(of: duration))
        return UnixTime(milliseconds: overflows ? (duration < .zero ? .min : .max) : sum)
    }

    /// How long it is until `other`, negative when that is over; saturates.
    package func duration(to other: UnixTime) -> Duration {
        let (difference, overflows) = other.milliseconds.subtractingReportingOverflow(milliseconds)
        return .milliseconds(overflows ? (other < self ? Int64.min : Int64.max) : difference)
    }

    /// Whether it is earlier.
    package static func < (left: UnixTime, right: UnixTime) -> Bool { left.milliseconds < right.milliseconds }

    /// `2026-11-29T15:43:20Z` (RFC 3339), rounded down to a second.
    package var description: String {
        let total = seconds
        let inDay = ((total % 86_400) + 86_400) % 86_400
        let (year, month, day) = Self.civil(daysSince1970: (total - inDay) / 86_400)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let date = "\(year)-\(two(month))-\(two(day))"
        return "\(date)T\(two(inDay / 3600)):\(two(inDay / 60 % 60)):\(two(inDay % 60))Z"
    }

    /// Gregorian date of a day number, by eras of 400 years that begin in March.
    private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func milliseconds(of duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (product, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, spills) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return overflows || spills ? (seconds < 0 ? .min : .max) : sum
    }
}
