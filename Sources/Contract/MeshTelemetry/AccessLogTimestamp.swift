internal import NIOCore

/// Calendar arithmetic for `%START_TIME%`: ISO 8601 in UTC with milliseconds, `2026-11-21T05:08:39.123Z`.
package struct AccessLogTimestamp: Equatable, Sendable {
    var year: Int64
    var month: Int64
    var day: Int64
    var milliseconds: Int64

    /// From milliseconds since 1970-01-01T00:00:00Z; times outside the years 0 to 9999 are clamped.
    package init(millisecondsSinceEpoch: Int64) {
        let clamped = min(max(millisecondsSinceEpoch, -62_167_219_200_000), 253_402_300_799_999)
        let dayLength: Int64 = 86_400_000
        var days = clamped / dayLength
        milliseconds = clamped % dayLength
        if milliseconds < 0 {
            milliseconds += dayLength
            days -= 1
        }
        // Civil date in eras of 400 years that begin in March, so that the leap day is the last of its year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The 24 characters, for pages that are made now and then.
    package var text: String {
        var buffer = ByteBuffer()
        write(into: &buffer)
        return String(buffer: buffer)
    }

    /// Appends the 24 characters.
    func write(into buffer: inout ByteBuffer) {
        buffer.writePadded(year, 4)
        buffer.writeInteger(0x2D as UInt8)
        buffer.writePadded(month, 2)
        buffer.writeInteger(0x2D as UInt8)
        buffer.writePadded(day, 2)
        buffer.writeInteger(0x54 as UInt8)
        buffer.writePadded(milliseconds / 3_600_000, 2)
        buffer.writeInteger(0x3A as UInt8)
        buffer.writePadded(milliseconds / 60_000 % 60, 2)
        buffer.writeInteger(0x3A as UInt8)
        buffer.writePadded(milliseconds / 1000 % 60, 2)
        buffer.writeInteger(0x2E as UInt8)
        buffer.writePadded(milliseconds % 1000, 3)
        buffer.writeInteger(0x5A as UInt8)
    }
}

extension ByteBuffer {
    /// Appends a number not below 0 with leading zeros.
    fileprivate mutating func writePadded(_ value: Int64, _ width: Int) {
        var divisor: Int64 = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            writeInteger(0x30 &+ UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends a number in decimal without making a String.
    mutating func writeDecimal(_ value: UInt64) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0x30)
        var start = 20
        var rest = value
        repeat {
            start &-= 1
            digits[start] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest != 0
        let from = start
        _ = withUnsafeBytes(of: &digits) { writeBytes(UnsafeRawBufferPointer(rebasing: $0[from..<20])) }
    }
}
