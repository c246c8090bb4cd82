import ConfigSources
import KubernetesAPI
import MeshConfig
import MeshModel
import Testing

@testable import MeshSimulation

/// Calls that come to a sidecar: transport, authorization, and where each is written.
@Suite struct SimulatedSecurityTests {
    static let workload = """
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: default}
        spec: {clusterIP: 10.96.0.9, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 9000}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: web, namespace: default, labels: {app: web, security.istio.io/tlsMode: istio}}
        spec: {serviceAccountName: web, containers: [{name: app, image: x, ports: [{containerPort: 8080}, {containerPort: 9000}]}]}
        status: {phase: Running, podIP: 10.10.0.9, conditions: [{type: Ready, status: "True"}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: client, namespace: default, labels: {app: client, security.istio.io/tlsMode: istio}}
        spec: {serviceAccountName: client, containers: [{name: app, image: x}]}
        status: {phase: Running, podIP: 10.10.0.1, conditions: [{type: Ready, status: "True"}]}

        """

    static func proxy(_ pod: String = "web", _ policies: String = "") throws -> ProxySimulation {
        var store = ConfigStore()
        let text = workload + "---\n" + policies
        let configuration = SimulatedConfiguration([store.apply(["mesh.yaml": .bytes(Array(text.utf8))])])
        let caller = try CallerResolution(
            from: "\(pod).default",
            method: "GET",
            url: "http://web/",
            headers: [],
            in: configuration
        )
        let simulation = ProxySimulation(configuration, node: caller.node)
        #expect(simulation.rejections.isEmpty)
        return simulation
    }

    static func call(_ change: (inout SimulatedCall) -> Void = { _ in }) -> SimulatedCall {
        var call = SimulatedCall()
        call.mode = .inbound
        call.address = "10.10.0.9"
        call.port = 8080
        call.headers = ["Host": ["web"]]
        change(&call)
        return call
    }

    private static let strict = """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: strict, namespace: default}
        spec: {mtls: {mode: STRICT}}

        """

    @Test(
        arguments: [
            ("", .plaintext, nil, .none), ("", .mtls, nil, .none), (strict, .plaintext, nil, .noFilterChain),
            (strict, .mtls, nil, .none), (strict, .tls, nil, .mtls), (strict, nil, "cluster.local/ns/x/sa/y", .none),
            (strict, .mtls, "spiffe://other.example/ns/x/sa/y", .mtls),
        ] as [(String, SimulatedCall.Security?, String?, CallError)]
    )
    func chainsTakeTheTransportTheyAreFor(
        policies: String,
        security: SimulatedCall.Security?,
        principal: String?,
        error: CallError
    ) throws {
        let result = try Self.proxy("web", policies).result(
            of: Self.call {
                $0.tls = security
                $0.sourcePrincipal = principal
                if security == .tls { $0.alpn = "istio-http/1.1" }
            }
        )
        #expect(result.error == error, "\(result.explain.message ?? "")")
        let policy = try #require(result.explain.policies.first { $0.name == "mutualTLS" })
        #expect(policy.value == (policies.isEmpty ? "PERMISSIVE" : "STRICT"))
        #expect(policy.object == (policies.isEmpty ? nil : "PeerAuthentication default/strict"))
    }

    private static let viewers = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: viewers, namespace: default}
        spec:
          selector: {matchLabels: {app: web}}
          rules:
            - from: [{source: {principals: [cluster.local/ns/default/sa/other]}}]
            - from: [{source: {principals: [cluster.local/ns/default/sa/client]}}]
              to: [{operation: {methods: [GET], ports: ["8080"]}}]

        """

    @Test func allowedCallNamesItsRule() throws {
        let result = try Self.proxy("web", Self.viewers).result(
            of: Self.call { $0.sourcePrincipal = "cluster.local/ns/default/sa/client" }
        )
        #expect(result.explain.verdict == .allowed)
        #expect(result.explain.status == nil)
        #expect(result.explain.transport == "mtls")
        #expect(result.explain.peer == "spiffe://cluster.local/ns/default/sa/client")
        let verdict = try #require(result.explain.verdicts.first)
        #expect(verdict.object == "AuthorizationPolicy default/viewers")
        #expect(verdict.rule == "spec.rules[1]")
        #expect(verdict.policy == "ns[default]-policy[viewers]-rule[1]")
        #expect(verdict.location?.hasPrefix("mesh.yaml:") == true)
        #expect(!result.explain.destinations.isEmpty)
    }

    @Test func callThatNoRuleAllowsIsAnswered() throws {
        let result = try Self.proxy("web", Self.viewers).result(of: Self.call { $0.method = "POST" })
        #expect(result.error == .none)
        #expect(result.explain.verdict == .denied)
        #expect(result.explain.status == 403)
        #expect(result.explain.body == "RBAC: access denied")
        #expect(result.explain.details == "rbac_access_denied_matched_policy[none]")
        #expect(result.explain.message == "ALLOW: denied, no rule matches of AuthorizationPolicy default/viewers")
        #expect(result.virtualHost == "inbound|http|80")
        #expect(result.cluster == "inbound|8080||")
        #expect(result.explain.destinations.isEmpty)
    }

    private static func deny(dryRun: Bool) -> String {
        """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: no-admin, namespace: default, annotations: {istio.io/dry-run: "\(dryRun)"}}
        spec:
          action: DENY
          rules:
            - to: [{operation: {paths: ["/admin*"]}}]

        """
    }

    @Test func dryRunIsToldAndLetsPass() throws {
        let call = Self.call { $0.path = "/admin/x?y" }
        let trial = try Self.proxy("web", Self.deny(dryRun: true)).result(of: call)
        #expect(trial.explain.verdict == .allowed)
        #expect(trial.explain.verdicts.map(\.text).first?.hasPrefix("DENY: would be denied (dry run) by Auth") == true)
        let enforced = try Self.proxy("web", Self.deny(dryRun: false)).result(of: call)
        #expect(enforced.explain.status == 403)
        #expect(enforced.explain.details == "rbac_access_denied_matched_policy[ns[default]-policy[no-admin]-rule[0]]")
    }

    @Test(arguments: [("192.0.2.7", true), ("192.0.3.7", false)])
    func connectionsAreJudgedByTheirAddress(address: String, allowed: Bool) throws {
        let policy = """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: office, namespace: default}
            spec: {rules: [{from: [{source: {ipBlocks: [192.0.2.0/24]}}]}]}

            """
        let result = try Self.proxy("web", policy).result(
            of: Self.call {
                $0.port = 9000
                $0.protocol = .tcp
                $0.sourceAddress = address
            }
        )
        #expect(result.explain.verdict == (allowed ? .allowed : .denied))
        #expect(result.explain.status == nil)
        #expect(result.cluster == (allowed ? "inbound|9000||" : ""))
        #expect(result.explain.reason == (allowed ? nil : "connectionDenied"))
    }

    @Test func outboundCallTellsHowItIsEncrypted() throws {
        let proxy = try Self.proxy("client")
        var call = Self.call {
            $0.mode = .outbound
            $0.address = "10.96.0.9"
            $0.port = 80
        }
        let endpoint = try #require(proxy.result(of: call).explain.destinations.first?.endpoints.first)
        let tls = try #require(endpoint.tls)
        #expect(tls.mode == .mtls)
        #expect(tls.sni == "outbound_.80_._.web.default.svc.cluster.local")
        #expect(tls.subjectAltNames == ["spiffe://cluster.local/ns/default/sa/web"])
        #expect(tls.certificate == "default")
        #expect(tls.roots == "ROOTCA")

        let rule = """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: web, namespace: default}
            spec: {host: web, trafficPolicy: {tls: {mode: DISABLE}}}

            """
        call.mode = nil
        let result = try Self.proxy("client", rule).result(of: call)
        #expect(result.explain.destinations.first?.endpoints.first?.tls == nil)
        let policy = try #require(result.explain.policies.first { $0.name == "tls" })
        #expect(policy.value == "DISABLE")
        #expect(policy.rule == "spec.trafficPolicy.tls")
    }

    @Test(arguments: [
        "ns[a]-policy[b]-rule[3]", "istio-ext-authz-p-ns[a]-policy[b]-rule[3]-deny-due-to-bad-CUSTOM-action",
    ])
    func policyNamesAreTakenApart(name: String) throws {
        let parts = try #require(PolicyName(name))
        #expect(parts.key.description == "AuthorizationPolicy a/b")
        #expect(parts.rule == 3)
        #expect(PolicyName("rule[3]") == nil)
    }
}
