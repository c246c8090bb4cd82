import EnvoyAPI
import HTTPWire
import RegularExpressions
import SwiftProtobuf

extension ResourceReader {
    func expression(
        _ field: String,
        _ matcher: Envoy_Type_Matcher_V3_RegexMatcher,
        caseSensitive: Bool = true
    ) throws(InvalidResource) -> RegularExpression {
        guard !matcher.regex.isEmpty else { throw invalid(field, "the regex is empty") }
        do {
            return try RegularExpression(matcher.regex, caseSensitive: caseSensitive)
        } catch {
            throw invalid(field, "\(error)")
        }
    }

    func regexRewrite(
        _ field: String,
        _ rewrite: Envoy_Type_Matcher_V3_RegexMatchAndSubstitute
    ) throws(InvalidResource) -> RegexRewrite {
        let pattern = try expression("\(field).pattern", rewrite.pattern)
        if let reason = pattern.reasonAgainst(rewrite: rewrite.substitution) {
            throw invalid("\(field).substitution", reason)
        }
        return RegexRewrite(pattern: pattern, substitution: rewrite.substitution)
    }

    func stringMatcher(
        _ field: String,
        _ matcher: Envoy_Type_Matcher_V3_StringMatcher
    ) throws(InvalidResource) -> StringMatcher {
        try refuseUnknownFields(matcher)
        func bytes(_ text: String) throws(InvalidResource) -> [UInt8] {
            guard !text.isEmpty else { throw invalid(field, "prefix, suffix and contains may not be empty") }
            return Array(text.utf8)
        }
        let pattern: StringPattern
        switch matcher.matchPattern {
        case .exact(let text)?: pattern = .exact(Array(text.utf8))
        case .prefix(let text)?: pattern = .prefix(try bytes(text))
        case .suffix(let text)?: pattern = .suffix(try bytes(text))
        case .contains(let text)?: pattern = .contains(try bytes(text))
        case .safeRegex(let regex)?:
            guard !matcher.ignoreCase else { throw invalid(field, "ignore_case has no effect for safe_regex") }
            pattern = .regex(try expression(field, regex))
        case nil: throw invalid(field, "the match pattern is missing or of an unsupported kind")
        }
        return StringMatcher(pattern, ignoresCase: matcher.ignoreCase)
    }

    func headerName(_ field: String, _ name: String) throws(InvalidResource) -> HeaderName {
        let header = HeaderName(name)
        guard header.isValid else { throw invalid(field, "\"\(name)\" is not a header name") }
        return header
    }

    func headerMatcher(_ matcher: Envoy_Config_Route_V3_HeaderMatcher) throws(InvalidResource) -> HeaderMatcher {
        try refuseUnknownFields(matcher)
        let name = try headerName("name", matcher.name)
        var inverts = matcher.invertMatch
        func string(_ pattern: StringPattern) -> HeaderValueMatch { .string(StringMatcher(pattern)) }
        let value: HeaderValueMatch
        switch matcher.headerMatchSpecifier {
        case .exactMatch(let text)?: value = string(.exact(Array(text.utf8)))
        case .prefixMatch(let text)?: value = string(.prefix(Array(text.utf8)))
        case .suffixMatch(let text)?: value = string(.suffix(Array(text.utf8)))
        case .containsMatch(let text)?: value = string(.contains(Array(text.utf8)))
        case .safeRegexMatch(let regex)?: value = string(.regex(try expression("safe_regex_match", regex)))
        case .stringMatch(let match)?: value = .string(try stringMatcher("string_match", match))
        case .rangeMatch(let range)?:
            guard range.start <= range.end else { throw invalid("range_match", "the range is empty") }
            value = .range(range.start..<range.end)
        case .presentMatch(let present)?:
            value = .present
            if !present { inverts.toggle() }
        case nil: value = .present
        }
        return HeaderMatcher(
            name: name,
            value: value,
            inverts: inverts,
            treatsMissingAsEmpty: matcher.treatMissingHeaderAsEmpty
        )
    }

    func queryMatcher(
        _ matcher: Envoy_Config_Route_V3_QueryParameterMatcher
    ) throws(InvalidResource) -> QueryParameterMatcher {
        try refuseUnknownFields(matcher)
        guard !matcher.name.isEmpty else { throw invalid("name", "is empty") }
        let value: StringMatcher?
        switch matcher.queryParameterMatchSpecifier {
        case .stringMatch(let match)?: value = try stringMatcher("string_match", match)
        case .presentMatch?, nil: value = nil
        }
        return QueryParameterMatcher(name: Array(matcher.name.utf8), value: value)
    }

    func percent(_ value: Envoy_Type_V3_FractionalPercent) throws(InvalidResource) -> FractionalPercent {
        let denominator: UInt32
        switch value.denominator {
        case .hundred: denominator = 100
        case .tenThousand: denominator = 10_000
        case .million: denominator = 1_000_000
        case .UNRECOGNIZED: throw invalid("denominator", "is not known")
        }
        return FractionalPercent(numerator: value.numerator, denominator: denominator)
    }

    /// A runtime fraction; the proxy has no runtime layers, so the default value is the value.
    func percent(
        _ value: Envoy_Config_Core_V3_RuntimeFractionalPercent
    ) throws(InvalidResource) -> FractionalPercent {
        value.hasDefaultValue ? try percent(value.defaultValue) : .hundred
    }
}
