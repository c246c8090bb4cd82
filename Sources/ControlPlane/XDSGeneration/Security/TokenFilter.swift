import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

/// The JWT filter of a proxy's RequestAuthentications (Istio `convertToEnvoyJwtConfig`).
struct TokenFilter {
    let view: ProxyView
    let policies: [Resource<RequestAuthentication>]

    /// Claims that are lists separated by spaces without being named.
    private static let spaceDelimited = ["permission", "scope"]

    /// Filter; nil without rules.
    var filter: XDS.HTTPFilter? {
        let rules = policies.flatMap(\.spec.jwtRules).enumerated()
            .sorted { ($0.element.issuer, $0.offset) < ($1.element.issuer, $1.offset) }.map(\.element)
        guard !rules.isEmpty else { return nil }
        var config = XDS.JwtAuthentication()
        // Preflight requests carry no token (Fetch standard, CORS protocol).
        config.bypassCorsPreflight = true
        for (index, rule) in rules.enumerated() { config.providers[Self.name(index)] = provider(rule) }
        var everything = Envoy_Extensions_Filters_Http_JwtAuthn_V3_RequirementRule()
        everything.match.prefix = "/"
        everything.requires = Self.requirement(rules)
        config.rules = [everything]
        return XDS.HTTPFilter(ExtensionName.jwtAuthn, config)
    }

    private static func name(_ index: Int) -> String { "origins-\(index)" }

    private func provider(_ rule: JWTRule) -> XDS.JwtProvider {
        var provider = XDS.JwtProvider()
        provider.issuer = rule.issuer
        provider.audiences = rule.audiences
        switch rule.keys {
        case .inline(let keys): provider.localJwks.inlineString = keys
        case .fetched(let location):
            provider.localJwks.inlineString = view.keySet(at: location) ?? UnusableKey.keySet
        }
        provider.forward = rule.forwardOriginalToken
        provider.forwardPayloadHeader = rule.outputPayloadToHeader
        provider.payloadInMetadata = ClaimMatch.payload
        provider.normalizePayloadInMetadata.spaceDelimitedClaims =
            Set(rule.spaceDelimitedClaims + Self.spaceDelimited).sorted()
        provider.clockSkewSeconds = 60
        // Only at gateways are routes chosen by claims.
        provider.clearRouteCache_p = view.node.kind == .router
        provider.fromHeaders = rule.fromHeaders.map { header in
            var location = Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtHeader()
            location.name = header.name
            location.valuePrefix = header.prefix
            return location
        }
        provider.fromParams = rule.fromParams
        provider.fromCookies = rule.fromCookies
        provider.claimToHeaders = rule.outputClaimToHeaders.map { output in
            var claim = Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtClaimToHeader()
            claim.headerName = output.header
            claim.claimName = output.claim
            return claim
        }
        return provider
    }

    /// A token that is there must be valid, and none need be.
    ///
    /// With several issuers: one of them is satisfied, or each is or has no token where it looks for one. The first is for
    /// issuers whose tokens stand in the same place, where the second always fails.
    private static func requirement(_ rules: [JWTRule]) -> XDS.JwtRequirement {
        let each = rules.indices.map { index in
            var requirement = XDS.JwtRequirement()
            requirement.providerName = name(index)
            return requirement
        }
        var missing = XDS.JwtRequirement()
        missing.allowMissing = Google_Protobuf_Empty()
        let lenient = each.map { any([$0, missing]) }
        let tolerant = lenient.count == 1 ? lenient[0] : any(each + [all(lenient)])
        let required = zip(rules, each).filter { $0.0.presence == .required }.map(\.1)
        if required.isEmpty { return tolerant }
        if rules.count == 1 { return required[0] }
        return all(required + [tolerant])
    }

    private static func any(_ requirements: [XDS.JwtRequirement]) -> XDS.JwtRequirement {
        var result = XDS.JwtRequirement()
        result.requiresAny.requirements = requirements
        return result
    }

    private static func all(_ requirements: [XDS.JwtRequirement]) -> XDS.JwtRequirement {
        var result = XDS.JwtRequirement()
        result.requiresAll.requirements = requirements
        return result
    }
}
