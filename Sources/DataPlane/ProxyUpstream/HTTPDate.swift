/// The preferred date format of HTTP (RFC 9110 section 5.6.7, IMF-fixdate).
package enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`; times before 1970 print as 1970.
    package static func text(secondsSince1970 seconds: Int64) -> ContiguousArray<UInt8> {
        let seconds = max(0, seconds)
        let dayNumber = seconds / 86400
        let ofDay = seconds % 86400
        let (year, month, day) = civil(dayNumber)
        var text: ContiguousArray<UInt8> = []
        text.reserveCapacity(29)
        text.append(contentsOf: days[Int(dayNumber % 7)].utf8)
        text.append(contentsOf: ", ".utf8)
        appendTwo(day, to: &text)
        text.append(0x20)
        text.append(contentsOf: months[Int(month - 1)].utf8)
        text.append(0x20)
        appendTwo(year / 100, to: &text)
        appendTwo(year % 100, to: &text)
        text.append(0x20)
        appendTwo(ofDay / 3600, to: &text)
        text.append(0x3A)
        appendTwo(ofDay / 60 % 60, to: &text)
        text.append(0x3A)
        appendTwo(ofDay % 60, to: &text)
        text.append(contentsOf: " GMT".utf8)
        return text
    }

    /// Year, month 1...12 and day 1...31 of a day counted from 1 January 1970 (years begin in March meanwhile,
    /// so that the leap day comes last).
    private static func civil(_ day: Int64) -> (Int64, Int64, Int64) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func appendTwo(_ value: Int64, to text: inout ContiguousArray<UInt8>) {
        text.append(0x30 &+ UInt8(truncatingIfNeeded: value / 10 % 10))
        text.append(0x30 &+ UInt8(truncatingIfNeeded: value % 10))
    }
}
