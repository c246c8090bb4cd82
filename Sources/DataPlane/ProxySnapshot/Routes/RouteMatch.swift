package import HTTPWire
package import RegularExpressions

/// A validated `envoy.config.route.v3.RouteMatch`; all criteria must hold.
package struct RouteMatch: Sendable {
    /// The path, without query and fragment.
    package var path: PathMatch
    /// False if the path is compared ignoring ASCII case; a regex is not affected.
    package var isCaseSensitive: Bool
    /// Header criteria.
    package var headers: [HeaderMatcher]
    /// Query criteria.
    package var queryParameters: [QueryParameterMatcher]
    /// Criteria on what the filters before the router found out, such as the claims of a token.
    package var metadata: [MetadataMatcher]
    /// True if only gRPC requests match (`content-type: application/grpc...`).
    package var isGRPCOnly: Bool
    /// Matches only this share of requests.
    package var runtimeFraction: FractionalPercent?

    package init(
        path: PathMatch,
        isCaseSensitive: Bool = true,
        headers: [HeaderMatcher] = [],
        queryParameters: [QueryParameterMatcher] = [],
        metadata: [MetadataMatcher] = [],
        isGRPCOnly: Bool = false,
        runtimeFraction: FractionalPercent? = nil
    ) {
        self.path = path
        self.isCaseSensitive = isCaseSensitive
        self.headers = headers
        self.queryParameters = queryParameters
        self.metadata = metadata
        self.isGRPCOnly = isGRPCOnly
        self.runtimeFraction = runtimeFraction
    }
}

/// How a path is compared. Bytes are lower case when the match ignores case.
package enum PathMatch: Sendable, Equatable {
    case prefix([UInt8])
    case exact([UInt8])
    /// Matches the whole path.
    case regex(RegularExpression)
    /// `/api` matches `/api` and `/api/...`, not `/apis`.
    case pathSeparatedPrefix([UInt8])
}

/// A validated `envoy.config.route.v3.HeaderMatcher`. Of several lines of one header each is looked at
/// by itself.
package struct HeaderMatcher: Sendable, Equatable {
    /// The header; may be `:method`, `:path`, `:authority`, `:scheme`.
    package var name: HeaderName
    /// The comparison.
    package var value: HeaderValueMatch
    /// True if the result is turned round.
    package var inverts: Bool
    /// True if a missing header counts as empty; otherwise a missing header never matches a value, inverted or not.
    package var treatsMissingAsEmpty: Bool

    package init(name: HeaderName, value: HeaderValueMatch, inverts: Bool = false, treatsMissingAsEmpty: Bool = false) {
        self.name = name
        self.value = value
        self.inverts = inverts
        self.treatsMissingAsEmpty = treatsMissingAsEmpty
    }
}

/// The comparison of a header value.
package enum HeaderValueMatch: Sendable, Equatable {
    case present
    case string(StringMatcher)
    /// A decimal number in the half-open range.
    case range(Range<Int64>)
}

/// A validated `QueryParameterMatcher`; only the first parameter of that name counts.
package struct QueryParameterMatcher: Sendable, Equatable {
    /// The parameter, as it stands in the query (not percent-decoded).
    package var name: [UInt8]
    /// The comparison; `nil` asks only that it is there.
    package var value: StringMatcher?

    package init(name: [UInt8], value: StringMatcher?) {
        self.name = name
        self.value = value
    }
}
