#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A moment as Kubernetes objects carry it: `metav1.Time` with whole seconds, `metav1.MicroTime` with six decimals; UTC.
package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Since 1970-01-01T00:00:00Z, kept within the years 0001 to 9999.
    package var seconds: Int64
    /// Within its second: 0 to 999,999,999.
    package var nanoseconds: Int64

    private static let earliest: Int64 = -62_135_596_800
    private static let latest: Int64 = 253_402_300_799

    package init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = min(max(seconds, Self.earliest), Self.latest)
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    /// The wall clock.
    @Sendable
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// Whether it is earlier.
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Whole seconds from `start` to here; negative when `start` is later.
    package func seconds(since start: Timestamp) -> Int64 { seconds - start.seconds }

    /// A time so many seconds later, or earlier when negative; beyond the years it stops at their ends.
    package func adding(seconds: Int64) -> Timestamp {
        let (sum, overflow) = self.seconds.addingReportingOverflow(seconds)
        return Timestamp(
            seconds: overflow ? (seconds > 0 ? Self.latest : Self.earliest) : sum,
            nanoseconds: nanoseconds
        )
    }
}

extension Timestamp {
    /// RFC 3339 with whole seconds: `2026-11-21T08:10:05Z`.
    package var description: String { "\(date)Z" }

    /// With six decimals, as `metav1.MicroTime` is written.
    package var microsecondText: String { "\(date).\(Self.padded(nanoseconds / 1000, 6))Z" }

    /// With nine decimals, as logs have it.
    package var nanosecondText: String { "\(date).\(Self.padded(nanoseconds, 9))Z" }

    /// ``description`` as a field's value.
    package var json: JSONValue { .string(description) }

    private var date: String {
        let days = seconds >= 0 ? seconds / 86_400 : -((-seconds + 86_399) / 86_400)
        let rest = seconds - days * 86_400
        let (year, month, day) = Self.date(days: days)
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
            + "\(Self.padded(rest / 3600, 2)):\(Self.padded(rest / 60 % 60, 2)):\(Self.padded(rest % 60, 2))"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    // Years are counted from March, so that the leap day is the last of its year; 400 years are 146,097 days.
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    fileprivate static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Timestamp {
    /// Reads RFC 3339 in UTC or with an offset; decimals beyond the ninth are dropped. Nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"),
            let year = Self.digits(bytes[0..<4]), let month = Self.digits(bytes[5..<7]),
            let day = Self.digits(bytes[8..<10]), let hour = Self.digits(bytes[11..<13]),
            let minute = Self.digits(bytes[14..<16]), let second = Self.digits(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = bytes[19...]
        var nanoseconds: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(fraction.count + 1)
            let nine = (Array(fraction.prefix(9)) + Array(repeating: UInt8(ascii: "0"), count: 9)).prefix(9)
            nanoseconds = Self.digits(nine) ?? 0
        }
        guard let offset = Self.offset(Array(rest)) else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        self.init(
            seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset,
            nanoseconds: nanoseconds
        )
    }

    /// Seconds east of Greenwich from `Z` or `±HH:MM`.
    private static func offset(_ zone: [UInt8]) -> Int64? {
        if zone.count == 1, zone[0] == UInt8(ascii: "Z") || zone[0] == UInt8(ascii: "z") { return 0 }
        guard zone.count == 6, zone[3] == UInt8(ascii: ":"),
            zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
            let hours = digits(zone[1..<3]), let minutes = digits(zone[4..<6]), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (zone[0] == UInt8(ascii: "-") ? -1 : 1)
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
