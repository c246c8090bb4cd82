import Glibc
import KubernetesAPI

/// A moment as Kubernetes writes it: RFC 3339 in UTC.
struct Timestamp: Sendable, Hashable, Comparable {
    /// Since 1970.
    var seconds: Int64
    var nanoseconds: Int64 = 0

    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    static func < (a: Timestamp, b: Timestamp) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }

    /// `2026-11-21T08:14:58Z`.
    var text: String { "\(date)Z" }

    /// With nine decimals, as logs have it.
    var nanosecondText: String { "\(date).\(Self.padded(nanoseconds, 9))Z" }

    /// With six decimals: `MicroTime`.
    var microsecondText: String { "\(date).\(Self.padded(nanoseconds / 1000, 6))Z" }

    var json: JSONValue { .string(text) }

    private var date: String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let day =
            "\(Self.padded(Int64(parts.tm_year) + 1900, 4))-\(Self.padded(Int64(parts.tm_mon) + 1, 2))-"
            + Self.padded(Int64(parts.tm_mday), 2)
        return "\(day)T\(Self.padded(Int64(parts.tm_hour), 2)):\(Self.padded(Int64(parts.tm_min), 2)):"
            + Self.padded(Int64(parts.tm_sec), 2)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`; nil when it is none.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            return Int64(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            let digits = bytes[(at + 1)...].prefix { $0 >= 0x30 && $0 <= 0x39 }
            at += 1 + digits.count
            let nine = (Array(digits) + Array(repeating: 0x30, count: 9)).prefix(9)
            fraction = Int64(String(decoding: nine, as: UTF8.self)) ?? 0
        }
        guard at < bytes.count else { return nil }
        var offset: Int64 = 0
        if bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
            guard let hours = number((at + 1)..<(at + 3)), let minutes = number((at + 4)..<(at + 6)) else { return nil }
            offset = (hours * 60 + minutes) * (bytes[at] == UInt8(ascii: "-") ? -60 : 60)
        }
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(clamping: hour)
        parts.tm_min = Int32(clamping: minute)
        parts.tm_sec = Int32(clamping: second)
        self.init(seconds: Int64(timegm(&parts)) - offset, nanoseconds: fraction)
    }
}
