import ConfigSources
import KubernetesAPI
import MeshConfig
import MeshModel
import Testing

@testable import MeshSimulation

/// Tokens of pretend calls, and both ends of one.
@Suite struct SimulatedTokenTests {
    private static let tokens = """
        apiVersion: security.istio.io/v1
        kind: RequestAuthentication
        metadata: {name: tokens, namespace: default}
        spec:
          selector: {matchLabels: {app: web}}
          jwtRules:
            - issuer: https://issuer.example
              audiences: [shop]
              jwksUri: https://issuer.example/keys
              outputClaimToHeaders: [{header: x-user, claim: sub}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: default}
        spec:
          selector: {matchLabels: {app: web}}
          rules:
            - from: [{source: {requestPrincipals: ["https://issuer.example/alice"]}}]
              when: [{key: "request.auth.claims[scope]", values: [read]}]

        """

    private static func claims(_ more: [String: JSONValue] = [:]) -> [String: JSONValue] {
        let good: [String: JSONValue] = [
            "iss": .string("https://issuer.example"), "sub": .string("alice"), "aud": .string("shop"),
            "scope": .string("write read"), "exp": .integer(1_000),
        ]
        return good.merging(more) { $1 }
    }

    @Test(
        arguments: [
            (claims(), nil, nil), (nil, 403, "RBAC: access denied"),
            (claims(["scope": .string("write")]), 403, "RBAC: access denied"),
            (claims(["sub": .string("bob")]), 403, "RBAC: access denied"),
            (claims(["aud": .string("bank")]), 403, "Audiences in Jwt are not allowed"),
            (claims(["iss": .string("https://other.example")]), 401, "Jwt issuer is not configured"),
            (claims(["exp": .integer(1)]), 401, "Jwt is expired"),
        ] as [([String: JSONValue]?, Int?, String?)]
    )
    func tokensAreJudgedByTheirClaims(claims: [String: JSONValue]?, status: Int?, body: String?) throws {
        let call = SimulatedSecurityTests.call { $0.jwtClaims = claims.map { .object($0) } }
        let result = try SimulatedSecurityTests.proxy("web", Self.tokens).result(of: call, now: 900)
        #expect(result.error == .none)
        #expect(result.explain.status == status)
        #expect(result.explain.body == body)
        #expect(result.explain.verdict == (status == nil ? .allowed : .denied))
        let verdict = try #require(result.explain.verdicts.first { $0.action == "JWT" })
        let isKnown = claims?["iss"] == .string("https://issuer.example")
        #expect(verdict.object == (isKnown ? "RequestAuthentication default/tokens" : nil))
    }

    @Test func tokenThatNobodyReadsIsNoted() throws {
        let call = SimulatedSecurityTests.call { $0.jwtClaims = .object(Self.claims()) }
        let result = try SimulatedSecurityTests.proxy().result(of: call)
        #expect(result.explain.verdict == nil)
        #expect(result.explain.notes.contains { $0.contains("nobody reads the token") })
    }

    private static let onlyClient = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: only-client, namespace: default}
        spec:
          selector: {matchLabels: {app: web}}
          rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/client]}}], to: [{operation: {paths: [/x]}}]}]

        """

    @Test(arguments: [("/x", CallVerdict.Result.allowed), ("/y", .denied)])
    func otherEndIsAsked(path: String, verdict: CallVerdict.Result) throws {
        let proxy = try SimulatedSecurityTests.proxy("client", Self.onlyClient)
        let call = SimulatedSecurityTests.call {
            $0.mode = .outbound
            $0.address = "10.96.0.9"
            $0.port = 80
            $0.path = path
        }
        let arrivals = proxy.arrivals(of: call, proxy.result(of: call))
        #expect(arrivals.map(\.workload) == ["web.default"])
        let there = try #require(arrivals.first?.result)
        #expect(there.error == .none)
        #expect(there.explain.peer == "spiffe://cluster.local/ns/default/sa/client")
        #expect(there.explain.verdict == verdict)
    }

    @Test(
        arguments: [("client.default", CallVerdict.Result.allowed), (nil, .denied)] as [(String?, CallVerdict.Result)]
    )
    func podThatIsCalledIsAsked(caller: String?, verdict: CallVerdict.Result) throws {
        let configuration = try SimulatedSecurityTests.proxy("web", Self.onlyClient).configuration
        let callee = try CalleeResolution(
            to: "web.default",
            from: caller,
            method: "GET",
            url: "http://web/x",
            headers: [],
            in: configuration
        )
        #expect(callee.call.port == 8080)
        #expect(callee.call.sourceAddress == (caller == nil ? nil : "10.10.0.1"))
        let result = ProxySimulation(configuration, node: callee.node).result(of: callee.call)
        #expect(result.explain.verdict == verdict)
    }
}
