/// A validated `Permission` or `Principal` of `envoy.config.rbac.v3`: what a request or its connection must look like.
///
/// Both kinds are one here, as the same things may be asked under both names.
package indirect enum AuthorizationCondition: Sendable, Equatable {
    /// Holds always.
    case any
    /// Holds if all of them do; there is at least one.
    case all([AuthorizationCondition])
    /// Holds if one of them does; there is at least one.
    case either([AuthorizationCondition])
    case not(AuthorizationCondition)
    /// `header`; pseudo-headers included.
    case header(HeaderMatcher)
    /// `url_path`: the path without its query, as routes see it; a request without one never matches.
    case path(StringMatcher)
    /// `destination_ip`: where the connection was going.
    case destinationAddress(CIDRRange)
    /// `destination_port` and `destination_port_range`.
    case destinationPorts(Range<Int>)
    /// `requested_server_name`: the SNI, empty without one.
    case serverName(StringMatcher)
    /// `metadata`: what earlier filters found out, such as the claims of a token.
    case metadata(MetadataMatcher)
    /// `authenticated`: the peer showed a certificate; one of its URI or DNS names, or else its subject, matches.
    case authenticated(StringMatcher?)
    /// `filter_state` of `io.istio.peer_principal`: the peer's SPIFFE identity.
    case peerPrincipal(StringMatcher)
    /// `source_ip` and `direct_remote_ip`: the connected peer.
    case peerAddress(CIDRRange)
    /// `remote_ip`: who `x-forwarded-for` says the client is, where it is trusted, else the peer.
    case clientAddress(CIDRRange)
}

extension AuthorizationCondition {
    /// True if requests of one connection cannot differ in it.
    package var isOfConnection: Bool {
        switch self {
        case .any, .destinationAddress, .destinationPorts, .serverName, .authenticated, .peerPrincipal, .peerAddress:
            true
        case .header, .path, .metadata, .clientAddress: false
        case .all(let parts), .either(let parts): parts.allSatisfy(\.isOfConnection)
        case .not(let part): part.isOfConnection
        }
    }

    /// Whether the connection may decide it, or a part of it.
    var asksConnection: Bool {
        switch self {
        case .header, .path, .metadata, .clientAddress: false
        case .all(let parts), .either(let parts): parts.contains(where: \.asksConnection)
        case .not(let part): part.asksConnection
        default: true
        }
    }

    /// The number of single conditions in it.
    var size: Int {
        switch self {
        case .all(let parts), .either(let parts): parts.reduce(0) { $0 + $1.size }
        case .not(let part): part.size
        default: 1
        }
    }

    /// The conditions that must all hold, nested conjunctions opened.
    var conjuncts: [AuthorizationCondition] {
        switch self {
        case .any: []
        case .all(let parts): parts.flatMap(\.conjuncts)
        // A choice of one is none.
        case .either(let parts) where parts.count == 1: parts[0].conjuncts
        case .either(let parts) where parts.contains(.any): []
        default: [self]
        }
    }
}
