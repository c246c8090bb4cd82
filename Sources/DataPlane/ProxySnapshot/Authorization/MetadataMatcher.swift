/// A validated `envoy.type.matcher.v3.MetadataMatcher`: looks at what a filter left under its namespace.
package struct MetadataMatcher: Sendable, Equatable {
    /// The namespace, e.g. `envoy.filters.http.jwt_authn`.
    package let filter: ContiguousArray<UInt8>
    /// The keys on the way to the value, at least one.
    package let path: [ContiguousArray<UInt8>]
    package let value: ValueMatcher
    /// True if the result is turned round.
    package let inverts: Bool

    package init(filter: String, path: [String], value: ValueMatcher, inverts: Bool = false) {
        self.filter = ContiguousArray(filter.utf8)
        self.path = path.map { ContiguousArray($0.utf8) }
        self.value = value
        self.inverts = inverts
    }

    /// Whether what was found out matches; a value that is not there matches nothing but an inverted matcher.
    ///
    /// - Parameter doubt: the answer of a regex about bytes that are no text, before inversions.
    package func matches(_ metadata: RequestMetadata, doubt: Bool = false) -> Bool {
        let found = metadata.value(filter, path).map { value.matches($0, doubt: doubt != inverts) } ?? false
        return found != inverts
    }
}

/// A validated `envoy.type.matcher.v3.ValueMatcher`.
package indirect enum ValueMatcher: Sendable, Equatable {
    case null
    /// A number in the half-open range.
    case range(Range<Double>)
    /// Exactly this number.
    case number(Double)
    case text(StringMatcher)
    case boolean(Bool)
    /// Whether a value is there.
    case present(Bool)
    /// One element of a list matches.
    case element(ValueMatcher)
    /// One of them matches.
    case either([ValueMatcher])

    func matches(_ value: MetadataValue, doubt: Bool) -> Bool {
        switch (self, value) {
        case (.null, .null): true
        case (.range(let range), .number(let number)): range.contains(number)
        case (.range(let range), .integer(let number)): range.contains(Double(number))
        case (.number(let wanted), .number(let number)): wanted == number
        case (.number(let wanted), .integer(let number)): wanted == Double(number)
        case (.text(let matcher), .text(let bytes)): bytes.withUnsafeBytes { matcher.matches($0, doubt: doubt) }
        case (.boolean(let wanted), .boolean(let flag)): wanted == flag
        case (.present(let wanted), _): wanted
        case (.element(let matcher), .list(let elements)): elements.contains { matcher.matches($0, doubt: doubt) }
        case (.either(let matchers), _): matchers.contains { $0.matches(value, doubt: doubt) }
        default: false
        }
    }
}

extension StringMatcher {
    /// Whether `text` matches; of bytes that are not UTF-8 a regex cannot tell, and the answer is `doubt`.
    ///
    /// RE2 reads text, and what it cannot read matches no pattern: a rule that forbids would let it pass.
    package func matches(_ text: UnsafeRawBufferPointer, doubt: Bool) -> Bool {
        guard case .regex = pattern, !text.isText else { return matches(text) }
        return doubt
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are UTF-8.
    fileprivate var isText: Bool {
        if allSatisfy({ $0 < 0x80 }) { return true }
        return String(validating: self, as: UTF8.self) != nil
    }
}
