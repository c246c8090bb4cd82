package import RegularExpressions

/// A validated `envoy.type.matcher.v3.StringMatcher`. Patterns are folded to lower case when case is ignored.
package struct StringMatcher: Sendable, Equatable {
    package let pattern: StringPattern
    /// True if ASCII case is ignored; a regex is not affected.
    package let ignoresCase: Bool

    package init(_ pattern: StringPattern, ignoresCase: Bool = false) {
        self.ignoresCase = ignoresCase
        self.pattern = ignoresCase ? pattern.folded : pattern
    }

    /// Whether `text` matches. No allocation.
    package func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        switch pattern {
        case .exact(let bytes):
            text.count == bytes.count && equals(text, bytes, at: 0)
        case .prefix(let bytes):
            text.count >= bytes.count && equals(text, bytes, at: 0)
        case .suffix(let bytes):
            text.count >= bytes.count && equals(text, bytes, at: text.count - bytes.count)
        case .contains(let bytes):
            text.count >= bytes.count
                && (0...(text.count - bytes.count)).contains { equals(text, bytes, at: $0) }
        case .regex(let expression):
            expression.matchesAll(of: text)
        }
    }

    /// Compares `bytes` with the text from `start` on; the caller has checked that they fit.
    private func equals(_ text: UnsafeRawBufferPointer, _ bytes: [UInt8], at start: Int) -> Bool {
        if ignoresCase {
            for index in bytes.indices where foldedCase(text[start &+ index]) != bytes[index] { return false }
        } else {
            for index in bytes.indices where text[start &+ index] != bytes[index] { return false }
        }
        return true
    }
}

/// How a string is compared.
package enum StringPattern: Sendable, Equatable {
    case exact([UInt8])
    case prefix([UInt8])
    case suffix([UInt8])
    case contains([UInt8])
    /// Matches the whole text.
    case regex(RegularExpression)

    var folded: StringPattern {
        switch self {
        case .exact(let bytes): .exact(bytes.map(foldedCase))
        case .prefix(let bytes): .prefix(bytes.map(foldedCase))
        case .suffix(let bytes): .suffix(bytes.map(foldedCase))
        case .contains(let bytes): .contains(bytes.map(foldedCase))
        case .regex: self
        }
    }
}

/// The small letter of an ASCII capital; any other byte as it is.
@inline(__always)
package func foldedCase(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
}
