package import HTTPWire

/// A validated `envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication`: which tokens requests must bear.
package final class TokenAuthentication: Sendable {
    /// In the order of their names.
    package let providers: [TokenProvider]
    /// The first rule that matches a request counts; without one, no token is asked for.
    package let rules: [TokenRule]
    /// True if CORS preflights pass, which bear no tokens.
    package let bypassesPreflights: Bool

    package init(providers: [TokenProvider], rules: [TokenRule], bypassesPreflights: Bool = false) {
        self.providers = providers
        self.rules = rules
        self.bypassesPreflights = bypassesPreflights
    }
}

/// A validated `RequirementRule`.
package struct TokenRule: Sendable {
    package let match: RouteMatch
    /// nil asks for nothing.
    package let requirement: TokenRequirement?

    package init(match: RouteMatch, requirement: TokenRequirement?) {
        self.match = match
        self.requirement = requirement
    }
}

/// A validated `JwtRequirement`; providers are positions in `TokenAuthentication.providers`.
package indirect enum TokenRequirement: Sendable, Equatable {
    /// A token of this provider; of one of these audiences instead of the provider's own, if there are any.
    case provider(Int, audiences: [ContiguousArray<UInt8>])
    case any([TokenRequirement])
    case all([TokenRequirement])
    /// No token, or a good one.
    case allowMissing
    /// Whatever there is; good tokens count.
    case allowMissingOrFailed
}

/// A validated `JwtProvider`: whose tokens, where they stand, by which keys they are signed, and what is told of them.
package struct TokenProvider: Sendable, Equatable {
    package let name: String
    /// `iss`; empty takes any.
    package let issuer: ContiguousArray<UInt8>
    /// One of them must be in `aud`; without any, `aud` is not looked at. In the form that comparisons take.
    package let audiences: [ContiguousArray<UInt8>]
    package let keys: [JSONWebKey]
    /// Leeway for clocks, in seconds.
    package let clockSkewSeconds: Int64
    package let headers: [TokenHeader]
    /// Query parameters.
    package let parameters: [ContiguousArray<UInt8>]
    package let cookies: [ContiguousArray<UInt8>]
    /// True if the token goes on to the workload.
    package let forwards: Bool
    /// Bears the payload to the workload, in base64url.
    package let payloadHeader: HeaderName?
    package let padsPayloadHeader: Bool
    /// The key of the payload in the metadata that later filters read; nil leaves none.
    package let payloadKey: ContiguousArray<UInt8>?
    /// Claims whose words become a list there.
    package let spaceDelimitedClaims: [ContiguousArray<UInt8>]
    package let claimHeaders: [ClaimHeader]
    /// True if claims may choose the route.
    package let clearsRoute: Bool

    package init(
        name: String,
        issuer: String,
        audiences: [String] = [],
        keys: [JSONWebKey],
        clockSkewSeconds: Int64 = 60,
        headers: [TokenHeader] = [],
        parameters: [String] = [],
        cookies: [String] = [],
        forwards: Bool = false,
        payloadHeader: HeaderName? = nil,
        padsPayloadHeader: Bool = false,
        payloadKey: String? = nil,
        spaceDelimitedClaims: [String] = [],
        claimHeaders: [ClaimHeader] = [],
        clearsRoute: Bool = false
    ) {
        self.name = name
        self.issuer = ContiguousArray(issuer.utf8)
        self.audiences = audiences.map { Self.audience(ContiguousArray($0.utf8)) }
        self.keys = keys
        self.clockSkewSeconds = clockSkewSeconds
        // Where none is named, RFC 6750 names two.
        if headers.isEmpty, parameters.isEmpty, cookies.isEmpty {
            self.headers = [TokenHeader(name: HeaderName(.authorization), prefix: ContiguousArray("Bearer ".utf8))]
            self.parameters = [ContiguousArray("access_token".utf8)]
        } else {
            self.headers = headers
            self.parameters = parameters.map { ContiguousArray($0.utf8) }
        }
        self.cookies = cookies.map { ContiguousArray($0.utf8) }
        self.forwards = forwards
        self.payloadHeader = payloadHeader
        self.padsPayloadHeader = padsPayloadHeader
        self.payloadKey = payloadKey.map { ContiguousArray($0.utf8) }
        self.spaceDelimitedClaims = spaceDelimitedClaims.map { ContiguousArray($0.utf8) }
        self.claimHeaders = claimHeaders
        self.clearsRoute = clearsRoute
    }

    /// An audience without scheme and trailing slash, which Envoy leaves out of comparisons.
    package static func audience(_ text: ContiguousArray<UInt8>) -> ContiguousArray<UInt8> {
        var rest = text[...]
        for scheme in ["https://", "http://"] where rest.starts(with: scheme.utf8) {
            rest = rest.dropFirst(scheme.utf8.count)
            break
        }
        if rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
        return ContiguousArray(rest)
    }
}

/// A validated `JwtHeader`.
package struct TokenHeader: Sendable, Equatable {
    package let name: HeaderName
    /// Stands before the token.
    package let prefix: ContiguousArray<UInt8>

    package init(name: HeaderName, prefix: ContiguousArray<UInt8> = []) {
        self.name = name
        self.prefix = prefix
    }
}

/// A validated `JwtClaimToHeader`.
package struct ClaimHeader: Sendable, Equatable {
    package let name: HeaderName
    /// The names on the way to a nested claim.
    package let path: [ContiguousArray<UInt8>]

    package init(name: HeaderName, claim: String) {
        self.name = name
        path = claim.split(separator: ".", omittingEmptySubsequences: false).map { ContiguousArray($0.utf8) }
    }
}
