package import HTTPWire

/// One entry of a route's `hash_policy`: something of a request that a hashing balancer hashes.
package struct HashPolicy: Sendable {
    /// What is hashed.
    package var source: HashSource
    /// Ends the list once there is a hash, of this entry or an earlier one.
    package var isTerminal: Bool

    package init(_ source: HashSource, isTerminal: Bool = false) {
        self.source = source
        self.isTerminal = isTerminal
    }
}

/// What of a request is hashed (`RouteAction.HashPolicy.policy_specifier`).
package enum HashSource: Sendable {
    /// All values of a header, each after `rewrite` if there is one.
    case header(HeaderName, rewrite: RegexRewrite?)
    case cookie(HashCookie)
    /// The caller's IP address.
    case sourceAddress
    /// The first query parameter of that name, undecoded.
    case queryParameter([UInt8])
}

/// A cookie that binds a caller to an endpoint, and how it is made when a request comes without.
package final class HashCookie: Sendable {
    /// The name, compared byte for byte.
    package let name: [UInt8]
    /// Whether a missing cookie is made; it is when the configuration has a `ttl`.
    package let isGenerated: Bool
    /// What follows the value in `set-cookie`: lifetime, path and attributes.
    package let attributes: [UInt8]

    /// `ttl` in whole seconds: `nil` makes no cookie, 0 one of the session.
    package init(
        name: [UInt8],
        ttl: Int64?,
        path: [UInt8] = [],
        attributes: [(name: [UInt8], value: [UInt8])] = []
    ) {
        self.name = name
        isGenerated = ttl != nil
        var text: [UInt8] = []
        if let ttl, ttl != 0 { text += Array("; Max-Age=\(ttl)".utf8) }
        if !path.isEmpty { text += Array("; Path=".utf8) + path }
        for attribute in attributes {
            text += Array("; ".utf8) + attribute.name
            if !attribute.value.isEmpty { text += Array("=".utf8) + attribute.value }
        }
        self.attributes = text + Array("; HttpOnly".utf8)
    }
}
