import MeshConfig
import Testing

private func tokens(_ rule: String) -> String {
    """
    apiVersion: security.istio.io/v1
    kind: RequestAuthentication
    metadata: {name: r}
    spec: {jwtRules: [\(rule)]}
    """
}

private func decodedRule(_ rule: String) throws -> JWTRule {
    let file = decoded(tokens(rule))
    guard case .requestAuthentication(let policy)? = file.objects.first, let rule = policy.spec.jwtRules.first else {
        throw TestFault(reason: "\(file.diagnostics)")
    }
    return rule
}

@Suite struct RequestAuthenticationDecodingTests {
    private static let keys = #"{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}"#

    @Test func everyFieldIsRead() throws {
        let rule = try decodedRule(
            """
            {issuer: i, audiences: [a], jwksUri: 'https://i/keys', fromHeaders: [{name: x-jwt, prefix: 'B '}],
            fromParams: [p], fromCookies: [c], outputPayloadToHeader: x-p, forwardOriginalToken: true,
            outputClaimToHeaders: [{header: x-s, claim: sub}], timeout: 3s, spaceDelimitedClaims: [roles],
            presence: REQUIRED}
            """
        )
        #expect(rule.issuer == "i" && rule.audiences == ["a"] && rule.keys == .fetched(.url("https://i/keys")))
        #expect(rule.fromHeaders == [JWTRule.Header(name: "x-jwt", prefix: "B ")])
        #expect(rule.fromParams == ["p"] && rule.fromCookies == ["c"] && rule.outputPayloadToHeader == "x-p")
        #expect(rule.forwardOriginalToken && rule.timeout == .seconds(3) && rule.presence == .required)
        #expect(rule.outputClaimToHeaders == [JWTRule.ClaimToHeader(header: "x-s", claim: "sub")])
        #expect(rule.spaceDelimitedClaims == ["roles"])
    }

    @Test func keysOfAnIssuerAreDiscovered() throws {
        let rule = try decodedRule("{issuer: 'https://i/'}")
        #expect(rule.keys == .discovery(issuer: "https://i/") && rule.timeout == .seconds(5))
        #expect(rule.keys.location?.url == "https://i/.well-known/openid-configuration")
        #expect(try decodedRule("{issuer: i, jwks: '\(Self.keys)'}").keys == .inline(Self.keys))
        #expect(try decodedRule("{jwks_uri: 'http://i:8080/k'}").keys == .fetched(.url("http://i:8080/k")))
    }

    @Test(arguments: [
        ("{}", "spec.jwtRules[0].issuer: issuer or jwksUri is required"),
        ("{issuer: i}", "the keys cannot be found by the issuer"),
        ("{issuer: i, jwksUri: 'ftp://i'}", "is not a URL of http or https"),
        ("{issuer: i, jwksUri: 'https://u:p@i/'}", "is not a URL of http or https"),
        ("{issuer: i, jwksUri: 'https:///a'}", "is not a URL of http or https"),
        ("{issuer: i, jwksUri: 'https://i:99999/'}", "is not a URL of http or https"),
        ("{issuer: i, jwksUri: 'https://i/a b'}", "is not a URL of http or https"),
        ("{issuer: i, jwksUri: 'https://i', jwks: '{}'}", "only one of jwksUri, jwks may be set"),
        ("{issuer: i, jwks: 'x'}", "is not a JSON Web Key Set"),
        ("{issuer: i, jwks: '{\"keys\": []}'}", "holds no key"),
        ("{issuer: i, jwks: '{\"keys\": [{\"kty\": \"RSA\", \"n\": \"a\"}]}'}", "holds no whole key"),
        ("{issuer: i, jwks: '{\"keys\": [{\"kty\": \"none\"}]}'}", "holds no whole key"),
        ("{issuer: 'https://i', audiences: ['']}", "audiences[0]: must not be empty"),
        ("{issuer: 'https://i', fromHeaders: [{prefix: a}]}", "fromHeaders[0].name: is required"),
        ("{issuer: 'https://i', fromHeaders: [{name: 'a b'}]}", "is not a header name"),
        ("{issuer: 'https://i', fromHeaders: [{name: a, prefix: \"x\\n\"}]}", "must not contain line breaks"),
        ("{issuer: 'https://i', fromParams: ['']}", "fromParams[0]: must not be empty"),
        ("{issuer: 'https://i', fromCookies: ['']}", "fromCookies[0]: must not be empty"),
        ("{issuer: 'https://i', outputPayloadToHeader: 'a:b'}", "is not a header name"),
        ("{issuer: 'https://i', outputClaimToHeaders: [{header: a.b, claim: c}]}", "is not of letters, digits"),
        ("{issuer: 'https://i', outputClaimToHeaders: [{header: a}]}", "claim: is required"),
        ("{issuer: 'https://i', timeout: 0s}", "must be at least 1ms"),
        ("{issuer: 'https://i', presence: MAYBE}", "is not one of OPTIONAL, REQUIRED"),
        ("{issuer: 'https://i', isuer: a}", "unknown field"),
    ])
    func faultIsNamed(rule: String, fault: String) {
        let file = decoded(tokens(rule))
        #expect(file.objects.isEmpty)
        #expect(file.diagnostics.map(\.description).contains { $0.contains(fault) }, "\(file.diagnostics)")
    }

    @Test func privateKeyIsWarnedOf() {
        let keys = #"{"keys":[{"kty":"RSA","n":"a","e":"b"},{"kty":"RSA","n":"a","e":"b","d":"secret"}]}"#
        let found = diagnostics(tokens("{issuer: i, jwks: '\(keys)'}"))
        #expect(found.count == 1 && found.first?.contains("key 1 holds a private key") == true, "\(found)")
        #expect(found.allSatisfy { !$0.contains("secret") })
    }
}

@Suite struct RoutingClaimTests {
    @Test(arguments: [
        ("@request.auth.claims.a", ["a"]), ("@request.auth.claims.a.b", ["a", "b"]),
        ("@request.auth.claims[a][b]", ["a", "b"]), ("@request.auth.claims[a.b]", ["a.b"]),
        ("@REQUEST.auth.claims[Abc]", ["Abc"]), ("@request.auth.claims", nil), ("@request.auth.claims.", nil),
        ("@request.auth.claims[]", nil), ("@request.auth.claims.a..b", nil), ("x-header", nil),
    ] as [(String, [String]?)])
    func claimsAreRead(header: String, names: [String]?) {
        #expect(RoutingClaim(header: header)?.names == names)
    }

    private func rule(_ gateways: String, _ header: String) -> [String] {
        diagnostics(
            object(
                "VirtualService",
                spec: """
                    hosts: [a.com]
                    gateways: \(gateways)
                    http:
                    - match: [{headers: {'\(header)': {exact: x}}}]
                      route: [{destination: {host: a}}]
                    """
            )
        )
    }

    @Test func claimsAreMatchedAtGateways() {
        #expect(rule("[gw]", "@request.auth.claims[a]") == [])
        let found = rule("[mesh]", "@request.auth.claims[a]")
        #expect(found.count == 1 && found.first?.contains("can be matched at gateways only") == true, "\(found)")
        #expect(rule("[gw]", "@request.auth.claims").first?.contains("names no claim") == true)
    }
}
