/// Which tokens workloads take (Istio `security.v1beta1.RequestAuthentication`).
package struct RequestAuthentication: Sendable, Hashable {
    /// Workloads it is for.
    package var attachment: PolicyAttachment = .everything
    /// Issuers; a token must be of one of them, and a request without token passes.
    package var jwtRules: [JWTRule] = []

    package init() {}
}

/// An issuer of tokens, where they stand and what becomes of them (Istio `JWTRule`).
package struct JWTRule: Sendable, Hashable {
    /// A header with a token (Istio `JWTHeader`).
    package struct Header: Sendable, Hashable {
        /// Name.
        package var name: String
        /// What stands before the token, as `Bearer `; empty for nothing.
        package var prefix: String

        package init(name: String, prefix: String = "") {
            self.name = name
            self.prefix = prefix
        }
    }

    /// A claim that is handed on in a header (Istio `ClaimToHeader`).
    package struct ClaimToHeader: Sendable, Hashable {
        /// Name of the header.
        package var header: String
        /// Name of the claim; nested ones are separated by dots.
        package var claim: String

        package init(header: String, claim: String) {
            self.header = header
            self.claim = claim
        }
    }

    /// Whether requests may come without token (Istio `JWTRule.Presence`).
    package enum Presence: String, Sendable, Hashable, CaseIterable {
        case optional = "OPTIONAL"
        case required = "REQUIRED"
    }

    /// The claim `iss`; empty for any, when `jwksUri` is there.
    package var issuer = ""
    /// The claim `aud` must hold one of these; empty for any.
    package var audiences: [String] = []
    /// Where the keys are.
    package var keys: KeySource = .discovery(issuer: "")
    /// Headers with the token; with `fromParams` and `fromCookies` empty too, `Authorization: Bearer` and then the
    /// parameter `access_token`.
    package var fromHeaders: [Header] = []
    /// Query parameters with the token.
    package var fromParams: [String] = []
    /// Cookies with the token.
    package var fromCookies: [String] = []
    /// Header that gets the payload in base64url; empty for none.
    package var outputPayloadToHeader = ""
    /// Whether the workload gets the token.
    package var forwardOriginalToken = false
    /// Headers that get claims.
    package var outputClaimToHeaders: [ClaimToHeader] = []
    /// Time to fetch keys.
    package var timeout: Duration = .seconds(5)
    /// Claims that are lists separated by spaces, besides `scope` and `permission`.
    package var spaceDelimitedClaims: [String] = []
    /// Whether requests may come without token.
    package var presence: Presence = .optional
    /// Where the rule begins.
    package var source: SourceLocation?

    package init() {}
}

/// Where the keys of an issuer are.
package enum KeySource: Sendable, Hashable {
    /// A JSON Web Key Set (RFC 7517), as text.
    case inline(String)
    /// At a URL.
    case fetched(JSONWebKeyLocation)

    /// At the URL that OpenID Connect discovery of the issuer names.
    package static func discovery(issuer: String) -> KeySource { .fetched(.discovery(issuer: issuer)) }

    /// The location of keys that must be fetched; nil for inline ones.
    package var location: JSONWebKeyLocation? {
        if case .fetched(let location) = self { location } else { nil }
    }
}

/// A place that keys are fetched from.
package enum JSONWebKeyLocation: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The key set itself.
    case url(String)
    /// The `jwks_uri` of `ISSUER/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 4).
    case discovery(issuer: String)

    /// The URL that is asked first.
    package var url: String {
        switch self {
        case .url(let url): url
        case .discovery(let issuer):
            (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
        }
    }

    package var description: String { url }

    /// By URL.
    package static func < (left: JSONWebKeyLocation, right: JSONWebKeyLocation) -> Bool { left.url < right.url }
}
