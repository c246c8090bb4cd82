package import NIOCore

/// Writes the Prometheus text exposition format, version 0.0.4.
package struct PrometheusText: Sendable {
    /// The `content-type` of the page.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The metric types this mesh exports.
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    package private(set) var buffer: ByteBuffer

    package init(_ buffer: ByteBuffer = ByteBuffer()) { self.buffer = buffer }

    /// What was written so far.
    package var text: String { String(buffer: buffer) }

    /// Opens a family: its type line, once before its samples, and what it tells.
    package mutating func family(_ name: String, _ kind: Kind, help: String? = nil) {
        if let help { buffer.writeString("# HELP \(Self.name(name)) \(help)\n") }
        buffer.writeString("# TYPE \(Self.name(name)) \(kind.rawValue)\n")
    }

    /// Writes one sample with its labels.
    package mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: UInt64) {
        line(name, labels, String(value))
    }

    package mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
        line(name, labels, Self.number(value))
    }

    /// Writes the series of one histogram; `counts` are per bucket (not cumulative), the last one above every bound.
    package mutating func histogram(
        _ name: String,
        _ labels: [(String, String)],
        bounds: [Double],
        counts: [UInt64],
        sum: Double
    ) {
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total = total.addingReportingOverflow(count).partialValue
            let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
            line(name + "_bucket", labels + [("le", bound)], String(total))
        }
        line(name + "_sum", labels, Self.number(sum))
        line(name + "_count", labels, String(total))
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
        buffer.writeString(Self.name(name))
        if !labels.isEmpty {
            let list = labels.map { "\(Self.name($0.0))=\"\(Self.escaped($0.1))\"" }
            buffer.writeString("{\(list.joined(separator: ","))}")
        }
        buffer.writeString(" \(value)\n")
    }

    /// Makes any text a metric or label name: bytes outside `[a-zA-Z0-9_:]` become `_`, as Envoy does.
    package static func name(_ text: String) -> String {
        var bytes = text.utf8.map { byte -> UInt8 in
            let isName = byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte == 0x3A
            return isName ? byte : 0x5F
        }
        if let first = bytes.first, first &- 0x30 < 10 { bytes.insert(0x5F, at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A label value with backslash, quote and line feed escaped.
    package static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    /// Whole numbers without a fraction, infinities as Prometheus spells them.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return String(value)
    }
}
