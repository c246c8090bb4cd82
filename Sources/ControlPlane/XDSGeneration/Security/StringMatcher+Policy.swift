import EnvoyAPI

/// What follows from a match of a single value.
///
/// Where a value may be written in several ways, a match that refuses takes all of them in, and a match that lets in only
/// the plain one: whoever writes a value differently must not gain by it.
enum MatchEffect {
    /// The match helps a request to be let in.
    case admits
    /// The match helps a request to be refused, noted or sent to a provider.
    case refuses
}

extension XDS.StringMatcher {
    static func exact(_ text: String, ignoringCase: Bool = false) -> XDS.StringMatcher {
        var matcher = XDS.StringMatcher()
        matcher.exact = text
        matcher.ignoreCase = ignoringCase
        return matcher
    }

    static func prefix(_ text: String, ignoringCase: Bool = false) -> XDS.StringMatcher {
        var matcher = XDS.StringMatcher()
        matcher.prefix = text
        matcher.ignoreCase = ignoringCase
        return matcher
    }

    static func suffix(_ text: String, ignoringCase: Bool = false) -> XDS.StringMatcher {
        var matcher = XDS.StringMatcher()
        matcher.suffix = text
        matcher.ignoreCase = ignoringCase
        return matcher
    }

    static func contains(_ text: String, ignoringCase: Bool = false) -> XDS.StringMatcher {
        var matcher = XDS.StringMatcher()
        matcher.contains = text
        matcher.ignoreCase = ignoringCase
        return matcher
    }

    /// A whole match of an RE2 expression; literals in it must be quoted.
    static func expression(_ text: String) -> XDS.StringMatcher {
        var matcher = XDS.StringMatcher()
        matcher.safeRegex = XDS.RegexMatcher(text)
        return matcher
    }

    /// Any text but the empty one; Envoy refuses empty prefixes.
    static let present = expression(".+")

    /// A value of a policy (Istio `StringMatcher`).
    init(policy value: String) {
        self =
            switch PolicyPattern(value) {
            case .any: .present
            case .suffix(let text): .suffix(text)
            case .prefix(let text): .prefix(text)
            case .exact(let text): .exact(text)
            }
    }
}

/// A value of a policy with its wildcard: `*`, `*end`, `beginning*`, or the text itself.
enum PolicyPattern {
    case any
    case suffix(String)
    case prefix(String)
    case exact(String)

    init(_ value: String) {
        if value == "*" {
            self = .any
        } else if value.hasPrefix("*") {
            self = .suffix(String(value.dropFirst()))
        } else if value.hasSuffix("*") {
            self = .prefix(String(value.dropLast()))
        } else {
            self = .exact(value)
        }
    }
}

/// RE2 expressions around literals, for what no other matcher can say.
enum Expression {
    /// The text as an expression that matches it alone (as RE2 `QuoteMeta`): everything but letters, digits, `_` and what
    /// is not ASCII gets a backslash.
    static func quoted(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isPlain =
                !scalar.isASCII || scalar == "_" || ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
                || ("A"..."Z").contains(scalar)
            if scalar.value == 0 {
                result += "\\x00"
            } else if isPlain {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\"
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A literal with `*` for any text without slash.
    static func segment(_ value: String) -> String {
        value.split(separator: "*", omittingEmptySubsequences: false).map(quoted).joined(separator: "[^/]*")
    }

    /// A path template: `{*}` is one segment, `{**}` any rest, as Envoy's URI templates have them; everything else is
    /// itself.
    static func path(template: String) -> String {
        template.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            switch segment {
            case "{*}": "[^/]+"
            case "{**}": ".*"
            default: quoted(segment)
            }
        }.joined(separator: "/")
    }
}
