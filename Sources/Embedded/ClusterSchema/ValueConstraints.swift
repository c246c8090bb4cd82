package import KubernetesAPI
package import RegularExpressions

/// The constraints on a value that OpenAPI v3 knows; nil is unconstrained.
package struct ValueConstraints: Sendable {
    package var allowed: [JSONValue]?
    package var pattern: SearchPattern?
    package var minimum: Double?
    package var maximum: Double?
    package var isMinimumExclusive = false
    package var isMaximumExclusive = false
    package var multipleOf: Double?
    package var minLength: Int?
    package var maxLength: Int?
    package var minItems: Int?
    package var maxItems: Int?
    package var hasUniqueItems = false
    package var minProperties: Int?
    package var maxProperties: Int?

    package init() {}
}

/// A pattern that may match anywhere in a text, as OpenAPI's `pattern` and CEL's `matches` mean it.
package struct SearchPattern: Sendable {
    /// As it was written.
    package let text: String
    private let expression: RegularExpression

    /// Throws when the pattern is no RE2 syntax or too large.
    package init(_ text: String) throws(RegularExpressionError) {
        self.text = text
        expression = try RegularExpression("(?s:.*?)(?:\(text))(?s:.*)")
    }

    /// Whether any part of the text matches; linear in its length.
    package func matches(_ value: String) -> Bool { expression.matchesAll(of: value) }
}
