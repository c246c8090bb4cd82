import EnvoyAPI
import MeshConfig
import SwiftProtobuf

extension XDS.RouteMatch {
    /// Every path.
    static let everything: XDS.RouteMatch = {
        var match = XDS.RouteMatch()
        match.prefix = "/"
        return match
    }()

    /// Translates what a request can be asked at run time; nil when no request can match, or Envoy could not be told.
    ///
    /// Claims of the token are dynamic metadata, which only gateways have when they route (Istio `translateMetadataMatch`).
    init?(_ request: HTTPMatchRequest, isGateway: Bool = false) {
        self = .everything
        caseSensitive = .init(!request.ignoreUriCase)
        if let uri = request.uri { setPath(uri) }

        for (name, match) in request.headers {
            if let claim = RoutingClaim(header: name) {
                guard isGateway else { return nil }
                dynamicMetadata.append(ClaimMatch.route(claim, match))
                continue
            }
            guard let matcher = XDS.HeaderMatcher(name: name, match) else { return nil }
            headers.append(matcher)
        }
        for (name, match) in request.withoutHeaders {
            if let claim = RoutingClaim(header: name) {
                guard isGateway else { continue }
                var matcher = ClaimMatch.route(claim, match)
                matcher.invert = true
                dynamicMetadata.append(matcher)
                continue
            }
            guard var matcher = XDS.HeaderMatcher(name: name, match) else { return nil }
            matcher.invertMatch = true
            // A missing header does not match, so `without` holds; presence already has it that way.
            if case .stringMatch = matcher.headerMatchSpecifier { matcher.treatMissingHeaderAsEmpty = true }
            headers.append(matcher)
        }
        headers.sort { ($0.name, $0.invertMatch ? 1 : 0) < ($1.name, $1.invertMatch ? 1 : 0) }
        dynamicMetadata.sort { $0.sortKey.lexicographicallyPrecedes($1.sortKey) }
        for (name, match) in [
            (":method", request.method), (":authority", request.authority), (":scheme", request.scheme),
        ] {
            guard let match else { continue }
            guard let matcher = XDS.HeaderMatcher(name: name, match) else { return nil }
            headers.append(matcher)
        }

        for (name, match) in request.queryParams.sorted(by: { $0.key < $1.key }) {
            guard (1...1024).contains(name.utf8.count) else { return nil }
            var matcher = XDS.QueryParameterMatcher()
            matcher.name = name
            if let string = XDS.StringMatcher(match) {
                matcher.stringMatch = string
            } else {
                matcher.presentMatch = true
            }
            queryParameters.append(matcher)
        }
    }

    private mutating func setPath(_ uri: StringMatch) {
        switch uri {
        case .exact(let text): path = text
        case .prefix(let text): prefix = text.isEmpty ? "/" : text
        case .regex(let expression) where expression.isEmpty: path = ""
        case .regex(let expression): safeRegex = XDS.RegexMatcher(expression)
        case .present: prefix = "/"
        }
    }

    /// Whether every request matches, so that no later route can be reached (Istio `IsCatchAllRoute`).
    var isCatchAll: Bool {
        guard headers.isEmpty, queryParameters.isEmpty, dynamicMetadata.isEmpty else { return false }
        switch pathSpecifier {
        case .prefix(let text), .pathSeparatedPrefix(let text): return text == "/"
        case .safeRegex(let matcher): return matcher.regex == ".*"
        case .path, nil: return false
        }
    }

    /// Path as tracing shows it: `/api*`, `/exact` or the expression.
    var operationPath: String {
        switch pathSpecifier {
        case .prefix(let text): text + "*"
        case .path(let text): text
        case .safeRegex(let matcher): matcher.regex
        case .pathSeparatedPrefix, nil: "/*"
        }
    }
}

extension XDS.MetadataMatcher {
    /// Orders matchers that come from a dictionary.
    fileprivate var sortKey: [String] { path.map(\.key) + [invert ? "not" : ""] }
}

extension XDS.HeaderMatcher {
    /// A condition on one header; nil when the name is none.
    init?(name: String, _ match: StringMatch) {
        guard HeaderText.isName(name) else { return nil }
        self.init()
        self.name = name
        if let string = XDS.StringMatcher(match) {
            stringMatch = string
        } else {
            presentMatch = true
        }
    }
}

extension XDS.StringMatcher {
    /// The match on a value; nil when the value need only be there.
    ///
    /// Envoy refuses empty prefixes and expressions; `*` is no RE2 expression and means presence (Istio
    /// `canBeConvertedToPresentMatch`).
    init?(_ match: StringMatch) {
        self.init()
        switch match {
        case .exact(let text): exact = text
        case .prefix(let text) where text.isEmpty: return nil
        case .prefix(let text): prefix = text
        case .regex(let expression) where expression == "*": return nil
        case .regex(let expression) where expression.isEmpty: exact = ""
        case .regex(let expression): safeRegex = XDS.RegexMatcher(expression)
        case .present: return nil
        }
    }
}

extension XDS.RegexMatcher {
    init(_ expression: String) {
        self.init()
        regex = expression
    }
}
