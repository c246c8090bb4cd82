/// A domain name: its labels from the leftmost on, without the root's empty one (RFC 1035 section 3.1).
///
/// A label has 1...63 bytes of any value; the whole name at most 255 on the wire. Equality and hashing ignore the case
/// of ASCII letters (RFC 4343), while the spelling is kept.
package struct DomainName: Sendable {
    package let labels: [[UInt8]]

    package static let root = DomainName(unchecked: [])

    /// Nil when a label or the whole is too long, or a label is empty.
    package init?(labels: [[UInt8]]) {
        var length = 1
        for label in labels {
            guard (1...63).contains(label.count) else { return nil }
            length += label.count + 1
        }
        guard length <= 255 else { return nil }
        self.labels = labels
    }

    /// Dotted text; a dot at the end changes nothing, `.` alone is the root. Escapes are not known.
    package init?(_ text: some StringProtocol) {
        if text == "." {
            self = .root
            return
        }
        var labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { Array($0) }
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        self.init(labels: labels)
    }

    private init(unchecked labels: [[UInt8]]) { self.labels = labels }

    /// The labels in lower case, as text; bytes that are no UTF-8 read as U+FFFD.
    package var lowercasedLabels: [String] {
        labels.map { String(decoding: $0.map(Self.lowercased), as: UTF8.self) }
    }

    /// True for the name itself and for everything below it.
    package func isWithin(_ zone: DomainName) -> Bool {
        guard labels.count >= zone.labels.count else { return false }
        return zip(labels.suffix(zone.labels.count), zone.labels).allSatisfy { pair in
            pair.0.count == pair.1.count
                && zip(pair.0, pair.1).allSatisfy { Self.lowercased($0) == Self.lowercased($1) }
        }
    }

    /// How many bytes it takes without compression.
    package var wireLength: Int { labels.reduce(1) { $0 + $1.count + 1 } }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension DomainName: Hashable {
    /// Ascending order.
    package static func == (left: DomainName, right: DomainName) -> Bool {
        left.labels.count == right.labels.count && left.isWithin(right)
    }

    package func hash(into hasher: inout Hasher) {
        for label in labels {
            hasher.combine(label.count)
            for byte in label { hasher.combine(Self.lowercased(byte)) }
        }
    }
}

extension DomainName: CustomStringConvertible {
    /// Dotted with a dot at the end; bytes that would mislead a reader are `\DDD`, as in a zone file.
    package var description: String {
        if labels.isEmpty { return "." }
        var text = ""
        for label in labels {
            for byte in label {
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "\\"):
                    text += "\\" + String(UnicodeScalar(byte))
                case 0x21...0x7E: text.unicodeScalars.append(UnicodeScalar(byte))
                default:
                    let digits = String(byte)
                    text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
                }
            }
            text += "."
        }
        return text
    }
}
