import EnvoyAPI
import SwiftProtobuf

/// What a `Permission` or a `Principal` is made of.
enum AuthorizationParts<Element> {
    case all([Element])
    case either([Element])
    case not(Element)
    /// Something to ask of the request.
    case leaf
}

/// `Permission` and `Principal`: trees of the same form whose leaves differ.
protocol AuthorizationMessage: Message {
    /// The form; nil for one that is missing or unknown.
    var parts: AuthorizationParts<Self>? { get }

    func leaf(_ reader: inout ResourceReader) throws(InvalidResource) -> AuthorizationCondition
}

extension Envoy_Config_Rbac_V3_Permission: AuthorizationMessage {
    var parts: AuthorizationParts<Self>? {
        switch rule {
        case .andRules(let set)?: .all(set.rules)
        case .orRules(let set)?: .either(set.rules)
        case .notRule(let rule)?: .not(rule)
        case .any?, .header?, .urlPath?, .destinationIp?, .destinationPort?, .destinationPortRange?, .metadata?,
            .requestedServerName?:
            .leaf
        case nil: nil
        }
    }

    func leaf(_ reader: inout ResourceReader) throws(InvalidResource) -> AuthorizationCondition {
        switch rule {
        case .any(let flag)?:
            guard flag else { throw reader.invalid("any", "must be true") }
            return .any
        case .header(let matcher)?:
            return .header(
                try reader.within("header") { reader throws(InvalidResource) in try reader.headerMatcher(matcher) }
            )
        case .urlPath(let matcher)?: return .path(try reader.pathMatcher("url_path", matcher))
        case .destinationIp(let range)?: return .destinationAddress(try reader.cidrRange("destination_ip", range))
        case .destinationPort(let port)?:
            guard port <= 65_535 else { throw reader.invalid("destination_port", "\(port) is not a port") }
            return .destinationPorts(Int(port)..<(Int(port) + 1))
        case .destinationPortRange(let range)?:
            guard range.start >= 0, range.start < range.end, range.end <= 65_536 else {
                throw reader.invalid("destination_port_range", "must lie in 0...65536 and not be empty")
            }
            return .destinationPorts(Int(range.start)..<Int(range.end))
        case .metadata(let matcher)?: return .metadata(try reader.metadataMatcher("metadata", matcher))
        case .requestedServerName(let matcher)?:
            return .serverName(try reader.stringMatcher("requested_server_name", matcher))
        case .andRules?, .orRules?, .notRule?, nil: throw reader.invalid("", "is of an unsupported kind")
        }
    }
}

extension Envoy_Config_Rbac_V3_Principal: AuthorizationMessage {
    /// The filter state that holds the peer's SPIFFE identity.
    static var peerPrincipalKey: String { "io.istio.peer_principal" }

    var parts: AuthorizationParts<Self>? {
        switch identifier {
        case .andIds(let set)?: .all(set.ids)
        case .orIds(let set)?: .either(set.ids)
        case .notID(let id)?: .not(id)
        case .any?, .authenticated?, .sourceIp?, .directRemoteIp?, .remoteIp?, .header?, .urlPath?, .metadata?,
            .filterState?:
            .leaf
        case nil: nil
        }
    }

    func leaf(_ reader: inout ResourceReader) throws(InvalidResource) -> AuthorizationCondition {
        switch identifier {
        case .any(let flag)?:
            guard flag else { throw reader.invalid("any", "must be true") }
            return .any
        case .authenticated(let peer)?:
            try reader.refuseUnknownFields(peer)
            guard peer.hasPrincipalName else { return .authenticated(nil) }
            return .authenticated(try reader.stringMatcher("authenticated.principal_name", peer.principalName))
        case .sourceIp(let range)?: return .peerAddress(try reader.cidrRange("source_ip", range))
        case .directRemoteIp(let range)?: return .peerAddress(try reader.cidrRange("direct_remote_ip", range))
        case .remoteIp(let range)?: return .clientAddress(try reader.cidrRange("remote_ip", range))
        case .header(let matcher)?:
            return .header(
                try reader.within("header") { reader throws(InvalidResource) in try reader.headerMatcher(matcher) }
            )
        case .urlPath(let matcher)?: return .path(try reader.pathMatcher("url_path", matcher))
        case .metadata(let matcher)?: return .metadata(try reader.metadataMatcher("metadata", matcher))
        case .filterState(let matcher)?:
            try reader.refuseUnknownFields(matcher)
            guard matcher.key == Self.peerPrincipalKey, case .stringMatch(let string)? = matcher.matcher else {
                throw reader.invalid(
                    "filter_state",
                    "only string_match of \(Self.peerPrincipalKey) is supported, not \"\(matcher.key)\""
                )
            }
            return .peerPrincipal(try reader.stringMatcher("filter_state.string_match", string))
        case .andIds?, .orIds?, .notID?, nil: throw reader.invalid("", "is of an unsupported kind")
        }
    }
}
