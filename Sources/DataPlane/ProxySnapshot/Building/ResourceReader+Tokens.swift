import EnvoyAPI
import HTTPWire
import SwiftProtobuf

extension ResourceReader {
    private static var requirementDepth: Int { 16 }

    mutating func tokenAuthentication(
        _ message: Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtAuthentication
    ) throws(InvalidResource) -> TokenAuthentication {
        try refuseUnknownFields(message)
        let sorted = message.providers.sorted { $0.key < $1.key }
        var positions: [String: Int] = [:]
        var providers: [TokenProvider] = []
        for (name, provider) in sorted {
            positions[name] = providers.count
            providers.append(
                try within("providers[\(name)]") { reader throws(InvalidResource) in
                    try reader.tokenProvider(name, provider)
                }
            )
        }
        let rules = try each("rules", message.rules) { reader, rule throws(InvalidResource) -> TokenRule in
            try reader.refuseUnknownFields(rule)
            let match = try reader.within("match") { reader throws(InvalidResource) in
                try reader.routeMatch(rule.match)
            }
            guard case .requires(let requirement)? = rule.requirementType else {
                return TokenRule(match: match, requirement: nil)
            }
            return TokenRule(
                match: match,
                requirement: try reader.tokenRequirement("requires", requirement, positions, 0)
            )
        }
        return TokenAuthentication(
            providers: providers,
            rules: rules,
            bypassesPreflights: message.bypassCorsPreflight
        )
    }

    private mutating func tokenRequirement(
        _ field: String,
        _ message: Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtRequirement,
        _ providers: [String: Int],
        _ depth: Int
    ) throws(InvalidResource) -> TokenRequirement? {
        guard depth < Self.requirementDepth else { throw invalid(field, "is nested too deep") }
        try refuseUnknownFields(message)
        func position(_ name: String) throws(InvalidResource) -> Int {
            guard let position = providers[name] else { throw invalid(field, "there is no provider \"\(name)\"") }
            return position
        }
        func parts(
            _ messages: [Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtRequirement]
        ) throws(InvalidResource) -> [TokenRequirement] {
            guard messages.count >= 2 else { throw invalid(field, "needs at least two requirements") }
            var result: [TokenRequirement] = []
            for (index, message) in messages.enumerated() {
                let place = "\(field).requirements[\(index)]"
                guard let part = try tokenRequirement(place, message, providers, depth + 1) else {
                    throw invalid(place, "is empty")
                }
                result.append(part)
            }
            return result
        }
        switch message.requiresType {
        case .providerName(let name)?: return .provider(try position(name), audiences: [])
        case .providerAndAudiences(let wanted)?:
            return .provider(
                try position(wanted.providerName),
                audiences: wanted.audiences.map { TokenProvider.audience(ContiguousArray($0.utf8)) }
            )
        case .requiresAny(let list)?: return .any(try parts(list.requirements))
        case .requiresAll(let list)?: return .all(try parts(list.requirements))
        case .allowMissing?: return .allowMissing
        case .allowMissingOrFailed?: return .allowMissingOrFailed
        case nil: return nil
        }
    }

    private mutating func tokenProvider(
        _ name: String,
        _ message: Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtProvider
    ) throws(InvalidResource) -> TokenProvider {
        try refuseUnknownFields(message)
        if !message.failedStatusInMetadata.isEmpty { warn("failed_status_in_metadata", "is not done") }
        guard case .localJwks(let source)? = message.jwksSourceSpecifier else {
            throw invalid("jwks_source_specifier", "only local_jwks is supported: the control plane fetches keys")
        }
        var headers: [TokenHeader] = []
        for header in message.fromHeaders {
            headers.append(
                TokenHeader(
                    name: try headerName("from_headers", header.name),
                    prefix: ContiguousArray(header.valuePrefix.utf8)
                )
            )
        }
        var claims: [ClaimHeader] = []
        for claim in message.claimToHeaders {
            guard !claim.claimName.isEmpty else { throw invalid("claim_to_headers", "claim_name is empty") }
            let header = try headerName("claim_to_headers", claim.headerName)
            guard header.known == .other, !claim.headerName.hasPrefix(":") else {
                throw invalid("claim_to_headers", "\"\(claim.headerName)\" is a header of HTTP itself")
            }
            claims.append(ClaimHeader(name: header, claim: claim.claimName))
        }
        return TokenProvider(
            name: name,
            issuer: message.issuer,
            audiences: message.audiences,
            keys: try keySet("local_jwks", source),
            clockSkewSeconds: message.clockSkewSeconds == 0 ? 60 : Int64(message.clockSkewSeconds),
            headers: headers,
            parameters: message.fromParams,
            cookies: message.fromCookies,
            forwards: message.forward,
            payloadHeader: message.forwardPayloadHeader.isEmpty
                ? nil : try headerName("forward_payload_header", message.forwardPayloadHeader),
            padsPayloadHeader: message.padForwardPayloadHeader,
            payloadKey: message.payloadInMetadata.isEmpty ? nil : message.payloadInMetadata,
            spaceDelimitedClaims: message.normalizePayloadInMetadata.spaceDelimitedClaims,
            claimHeaders: claims,
            clearsRoute: message.clearRouteCache_p
        )
    }

    /// The keys of an inline set. Without a usable one no token can be verified: all are refused, none let in.
    private mutating func keySet(
        _ field: String,
        _ source: Envoy_Config_Core_V3_DataSource
    ) throws(InvalidResource) -> [JSONWebKey] {
        let text: ContiguousArray<UInt8>
        switch source.specifier {
        case .inlineString(let string)?: text = ContiguousArray(string.utf8)
        case .inlineBytes(let bytes)?: text = ContiguousArray(bytes)
        case .filename?, nil: throw invalid(field, "only inline keys are supported")
        }
        guard let (keys, problems) = JSONWebKey.readSet(text) else {
            warn(field, "is not a JSON Web Key Set; every token of this issuer is refused")
            return []
        }
        for problem in problems { warn(field, "\(problem); the key is left out") }
        if keys.isEmpty { warn(field, "has no usable key; every token of this issuer is refused") }
        return keys
    }
}
