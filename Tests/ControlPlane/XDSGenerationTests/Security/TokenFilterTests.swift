import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct TokenFilterTests {
    private static let keys = #"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#

    private func provider(_ rule: String) throws -> XDS.JwtProvider {
        let mesh = try MeshFixture.secured(MeshFixture.tokens("{jwtRules: [\(rule)]}"))
        return try #require(try mesh.jwt().providers["origins-0"])
    }

    @Test func ruleIsAProviderAndATokenIsOptional() throws {
        let mesh = try MeshFixture.secured(MeshFixture.tokens("{jwtRules: [{issuer: 'https://i'}]}"))
        let filter = try mesh.jwt()
        let provider = try #require(filter.providers["origins-0"])
        #expect(provider.issuer == "https://i" && provider.payloadInMetadata == "payload")
        #expect(provider.normalizePayloadInMetadata.spaceDelimitedClaims == ["permission", "scope"])
        #expect(!provider.forward && !provider.clearRouteCache_p && provider.clockSkewSeconds == 60)
        #expect(provider.fromHeaders.isEmpty && provider.fromParams.isEmpty && provider.fromCookies.isEmpty)
        #expect(filter.bypassCorsPreflight)
        #expect(filter.rules.count == 1 && filter.rules.first?.match.prefix == "/")
        let requirement = try #require(filter.rules.first).requires.requiresAny.requirements
        #expect(requirement.count == 2 && requirement.first?.providerName == "origins-0")
        #expect(requirement.last?.requiresType == .allowMissing(.init()))
    }

    @Test func everyFieldIsHandedOn() throws {
        let provider = try provider(
            """
            {issuer: i, audiences: [a, b], jwks: '\(Self.keys)', forwardOriginalToken: true, \
            fromHeaders: [{name: x-jwt, prefix: 'T '}], fromParams: [t], fromCookies: [c], \
            outputPayloadToHeader: x-payload, outputClaimToHeaders: [{header: x-sub, claim: sub}], \
            spaceDelimitedClaims: [roles, scope]}
            """
        )
        #expect(provider.audiences == ["a", "b"] && provider.localJwks.inlineString == Self.keys)
        #expect(provider.forward && provider.forwardPayloadHeader == "x-payload")
        #expect(provider.fromHeaders.map { [$0.name, $0.valuePrefix] } == [["x-jwt", "T "]])
        #expect(provider.fromParams == ["t"] && provider.fromCookies == ["c"])
        #expect(provider.claimToHeaders.map { [$0.headerName, $0.claimName] } == [["x-sub", "sub"]])
        #expect(provider.normalizePayloadInMetadata.spaceDelimitedClaims == ["permission", "roles", "scope"])
    }

    /// One of the issuers is satisfied, or each is or misses its token.
    @Test func issuersAreAlternatives() throws {
        let mesh = try MeshFixture.secured(
            MeshFixture.tokens("{jwtRules: [{issuer: 'https://b'}, {issuer: 'https://a'}]}"),
            MeshFixture.tokens("{jwtRules: [{issuer: 'https://0'}]}", name: "root", namespace: "istio-system")
        )
        let filter = try mesh.jwt()
        let issuers = filter.providers.sorted { $0.key < $1.key }.map(\.value.issuer)
        #expect(issuers == ["https://0", "https://a", "https://b"])
        let any = try #require(filter.rules.first).requires.requiresAny.requirements
        #expect(any.dropLast().map(\.providerName) == ["origins-0", "origins-1", "origins-2"])
        let all = try #require(any.last).requiresAll.requirements
        #expect(all.map { $0.requiresAny.requirements.first?.providerName } == ["origins-0", "origins-1", "origins-2"])
        #expect(all.allSatisfy { $0.requiresAny.requirements.last?.requiresType == .allowMissing(.init()) })
    }

    @Test func requiredTokenMustBeThere() throws {
        let one = try MeshFixture.secured(
            MeshFixture.tokens("{jwtRules: [{issuer: 'https://a', presence: REQUIRED}]}")
        )
        #expect(try one.jwt().rules.first?.requires.providerName == "origins-0")
        let two = try MeshFixture.secured(
            MeshFixture.tokens("{jwtRules: [{issuer: 'https://a', presence: REQUIRED}, {issuer: 'https://b'}]}")
        )
        let all = try #require(try two.jwt().rules.first).requires.requiresAll.requirements
        #expect(all.count == 2 && all.first?.providerName == "origins-0")
        #expect(all.last?.requiresAny.requirements.count == 3)
    }

    @Test func gatewaysRouteAnewByClaims() throws {
        var mesh = try MeshFixture.secured(MeshFixture.tokens("{jwtRules: [{issuer: 'https://i'}]}"))
        mesh.node = MeshFixture.gatewayNode
        #expect(try mesh.jwt().providers["origins-0"]?.clearRouteCache_p == true)
    }

    @Test func issuerWithoutKeysHasItsTokensRefused() throws {
        let provider = try provider("{issuer: 'https://i', jwksUri: 'https://i/keys'}")
        #expect(provider.localJwks.inlineString == UnusableKey.keySet)
        #expect(throws: Never.self) { try JSONWebKeySet(UnusableKey.keySet) }
    }

    @Test func fetchedKeysAreUsedAndTheirChangeIsPushed() throws {
        let yaml = [
            MeshFixture.web, MeshFixture.tokens("{jwtRules: [{issuer: 'https://i'}]}"),
            MeshFixture.tokens("{jwtRules: [{issuer: 'https://j'}]}", namespace: "other"),
        ].joined(separator: "\n---\n")
        let config = ConfigSnapshot(objects: ObjectDecoder.decode(Array(yaml.utf8), file: "f").objects)
        let before = MeshSnapshot.next(previous: nil, config: config).snapshot
        let location = JSONWebKeyLocation.discovery(issuer: "https://i")
        let (after, change) = MeshSnapshot.next(previous: before, config: config, keySets: [location: Self.keys])
        var mesh = try MeshFixture.secured()
        mesh.snapshot = after
        #expect(try mesh.jwt().providers["origins-0"]?.localJwks.inlineString == Self.keys)
        let generator = ResourceGenerator()
        #expect(generator.concerns(change, for: mesh.node, from: before, to: after) == [.listener])
        let stranger = ProxyNode.sidecar("a", ip: "10.1.0.200", namespace: "other")
        #expect(generator.concerns(change, for: stranger, from: before, to: after) == [])
        let same = MeshSnapshot.next(previous: after, config: config, keySets: [location: Self.keys]).change
        #expect(same.isEmpty)
    }
}

@Suite struct ClaimRoutingTests {
    private static let gateway = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gw, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers: [{port: {number: 8080, name: http, protocol: HTTP}, hosts: ['*']}]
        """

    private func routes(_ match: String) throws -> [XDS.Route] {
        let rule = MeshFixture.virtualService(
            "web.com",
            """
            gateways: [gw]
            http:
            - match: [{headers: {\(match)}}]
              route: [{destination: {host: web}}]
            - route: [{destination: {host: other}}]
            """
        )
        var mesh = try MeshFixture.secured(Self.gateway, rule)
        mesh.node = MeshFixture.gatewayNode
        return mesh.routes("http.8080").virtualHosts.flatMap(\.routes)
    }

    @Test(arguments: [
        ("'@request.auth.claims.group': {exact: dev}", #"{"group": ["ops", "dev"]}"#, true),
        ("'@request.auth.claims.group': {exact: dev}", #"{"group": "dev"}"#, true),
        ("'@request.auth.claims.group': {exact: dev}", #"{"Group": "dev"}"#, false),
        ("'@request.auth.claims[Group]': {exact: dev}", #"{"Group": "dev"}"#, true),
        ("'@request.auth.claims.org.team': {prefix: re}", #"{"org": {"team": "red"}}"#, true),
        ("'@request.auth.claims[org][team]': {exact: red}", #"{"org": {"team": ["red"]}}"#, true),
        ("'@request.auth.claims[a.b]': {exact: x}", #"{"a.b": "x"}"#, true),
        ("'@request.auth.claims[a]': {regex: 'x.*'}", #"{"a": "xyz"}"#, true),
        ("'@request.auth.claims[a]': {}", #"{"a": "anything"}"#, true),
        ("'@request.auth.claims[a]': {}", #"{"b": "anything"}"#, false),
    ])
    func claimsAreMetadata(match: String, payload: String, expected: Bool) throws {
        let route = try #require(try routes(match).first)
        #expect(route.match.headers.isEmpty && route.match.dynamicMetadata.count == 1)
        let matcher = try #require(route.match.dynamicMetadata.first)
        #expect(matcher.filter == "envoy.filters.http.jwt_authn")
        #expect(RuleOracle.matches(matcher, .token(payload)) == expected)
        #expect(!route.match.isCatchAll)
    }

    @Test func absentClaimIsAnInvertedMatch() throws {
        let rule = MeshFixture.virtualService(
            "web.com",
            """
            gateways: [gw]
            http:
            - match: [{withoutHeaders: {'@request.auth.claims.group': {exact: dev}}}]
              route: [{destination: {host: web}}]
            """
        )
        var mesh = try MeshFixture.secured(Self.gateway, rule)
        mesh.node = MeshFixture.gatewayNode
        let match = try #require(mesh.routes("http.8080").virtualHosts.flatMap(\.routes).first).match
        let matcher = try #require(match.dynamicMetadata.first)
        #expect(matcher.invert)
        #expect(RuleOracle.matches(matcher, .plain) && !RuleOracle.matches(matcher, .token(#"{"group": "dev"}"#)))
    }
}
