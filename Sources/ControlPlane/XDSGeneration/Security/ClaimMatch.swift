import EnvoyAPI
import MeshConfig

/// Questions about the claims of the request's token, which the JWT filter leaves in dynamic metadata.
enum ClaimMatch {
    /// Key below the JWT filter's namespace (Istio `EnvoyJwtFilterPayload`).
    static let payload = "payload"

    /// A claim, or an element of it where it is a list, matches one of the values (Istio
    /// `MetadataListValueMatcherForJWTClaims`).
    static func claim(_ names: [String], isOneOf values: [String]) -> XDS.MetadataMatcher {
        claim(names, any(values.map { XDS.ValueMatcher(XDS.StringMatcher(policy: $0)) }))
    }

    /// A claim, or an element of it where it is a list, matches.
    static func claim(_ names: [String], _ value: XDS.ValueMatcher) -> XDS.MetadataMatcher {
        var list = XDS.ValueMatcher()
        list.listMatch.oneOf = value
        return metadata(ExtensionName.jwtAuthn, [payload] + names, any([list, value]))
    }

    /// `ISSUER/SUBJECT` of a token, divided at the last slash (Istio `requestPrincipalGenerator`).
    static func principal(_ values: [String]) -> XDS.Principal {
        let each = values.map { value in
            let (issuer, subject) = parts(of: value)
            return XDS.Principal.all([
                .metadata(metadata(ExtensionName.jwtAuthn, [payload, "iss"], XDS.ValueMatcher(issuer))),
                .metadata(metadata(ExtensionName.jwtAuthn, [payload, "sub"], XDS.ValueMatcher(subject))),
            ])
        }
        return each.count == 1 ? each[0] : .one(of: each)
    }

    private static func parts(of value: String) -> (issuer: XDS.StringMatcher, subject: XDS.StringMatcher) {
        let slash = value.lastIndex(of: "/")
        let issuer = slash.map { String(value[..<$0]) } ?? value
        let subject = slash.map { String(value[value.index(after: $0)...]) } ?? ""
        switch PolicyPattern(value) {
        case .any: return (.present, .present)
        case .suffix(let text):
            guard slash != nil else { return (.present, .suffix(text)) }
            return (issuer == "*" ? .present : .suffix(String(issuer.dropFirst())), .exact(subject))
        case .prefix(let text):
            guard slash != nil else { return (.prefix(text), .present) }
            return (.exact(issuer), subject == "*" ? .present : .prefix(String(subject.dropLast())))
        case .exact: return (.exact(issuer), .exact(subject))
        }
    }

    /// `experimental.envoy.filters.X[KEY]`; a value in brackets is an element of a list.
    static func filterMetadata(_ filter: String, key: String, isOneOf values: [String]) -> XDS.MetadataMatcher {
        let each = values.map { value in
            guard value.hasPrefix("["), value.hasSuffix("]") else {
                return XDS.ValueMatcher(XDS.StringMatcher(policy: value))
            }
            let inner = String(value.drop { $0 == "[" || $0 == "]" }.trimmingBrackets)
            var list = XDS.ValueMatcher()
            list.listMatch.oneOf = XDS.ValueMatcher(XDS.StringMatcher(policy: inner))
            return list
        }
        return metadata(filter, [key], any(each))
    }

    /// A claim that a route asks for in place of a header; `{}` asks for its presence.
    static func route(_ claim: RoutingClaim, _ match: StringMatch) -> XDS.MetadataMatcher {
        guard let string = XDS.StringMatcher(match) else {
            var present = XDS.ValueMatcher()
            present.presentMatch = true
            return Self.claim(claim.names, present)
        }
        return Self.claim(claim.names, XDS.ValueMatcher(string))
    }

    static func metadata(_ filter: String, _ path: [String], _ value: XDS.ValueMatcher) -> XDS.MetadataMatcher {
        var matcher = XDS.MetadataMatcher()
        matcher.filter = filter
        matcher.path = path.map { key in
            var segment = XDS.MetadataMatcher.PathSegment()
            segment.key = key
            return segment
        }
        matcher.value = value
        return matcher
    }

    private static func any(_ matchers: [XDS.ValueMatcher]) -> XDS.ValueMatcher {
        if matchers.count == 1 { return matchers[0] }
        var result = XDS.ValueMatcher()
        result.orMatch.valueMatchers = matchers
        return result
    }
}

extension XDS.ValueMatcher {
    init(_ string: XDS.StringMatcher) {
        self.init()
        stringMatch = string
    }
}

extension Substring {
    /// Without brackets at the end.
    fileprivate var trimmingBrackets: Substring {
        var rest = self
        while let last = rest.last, last == "[" || last == "]" { rest = rest.dropLast() }
        return rest
    }
}
