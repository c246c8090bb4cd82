import CustomDump
import KubernetesAPI
import MeshSimulation
import Testing

@testable import MartletCommands

/// `martlet x authz check` from files and from dumps.
@Suite struct AuthorizationListingTests {
    private static let policies = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: callers, namespace: foo}
        spec:
          selector: {matchLabels: {app: httpbin}}
          rules:
            - {to: [{operation: {methods: [GET]}}]}
            - {from: [{source: {namespaces: [bar]}}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: no-admin, namespace: foo}
        spec: {action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: tried, namespace: istio-system, annotations: {istio.io/dry-run: "true"}}
        spec: {action: DENY, rules: [{to: [{operation: {paths: [/x]}}]}]}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: of-others, namespace: bar}
        spec: {}
        """

    private func listing(of pod: String, _ policies: String = policies) -> AuthorizationListing {
        let configuration = PolicyFixture.configuration(policies)
        let proxy = CallerResolution.proxy(of: pod, namespace: "foo", in: configuration)
        return AuthorizationListing(AuthorizationRuleSet.generated(for: proxy.node, in: configuration))
    }

    @Test func policiesOfAWorkloadAreListedInTheOrderTheyAreAsked() {
        expectNoDifference(
            listing(of: "httpbin-1").text,
            """
            ACTION           AuthorizationPolicy   RULES
            DENY             no-admin.foo          1
            DENY (dry-run)   tried.istio-system    1
            ALLOW            callers.foo           2
            """
        )
        #expect(listing(of: "sleep-1").rows.map(\.policy) == ["no-admin.foo", "tried.istio-system"])
        #expect(listing(of: "sleep-1", "").rows.isEmpty)
    }

    @Test func rulesAreReadFromTheFiltersOfADump() throws {
        let http: JSONValue = [
            "name": "envoy.filters.http.rbac",
            "typed_config": [
                "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
                "rules": [
                    "policies": ["ns[foo]-policy[a]-rule[0]": [:], "ns[foo]-policy[a]-rule[1]": [:]]
                ],
                "shadow_rules": ["action": "DENY", "policies": ["ns[foo]-policy[d]-rule[0]": [:]]],
            ],
        ]
        let asked: JSONValue = [
            "typed_config": [
                "@type": "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC",
                "shadow_rules": ["action": "DENY", "policies": ["istio-ext-authz-p-ns[foo]-policy[c]-rule[0]": [:]]],
            ]
        ]
        let manager: JSONValue = ["typed_config": ["http_filters": [http]]]
        let listener: JSONValue = ["filter_chains": [["filters": [asked, manager]], ["filters": [manager]]]]
        let dump: JSONValue = [
            "configs": [
                ["@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump"],
                [
                    "@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
                    "dynamic_listeners": [["name": "virtualInbound", "active_state": ["listener": listener]]],
                ],
            ]
        ]
        expectNoDifference(
            AuthorizationListing(AuthorizationRuleSet.sets(in: dump)).rows,
            [
                .init(action: "CUSTOM", isDryRun: false, policy: "c.foo", rules: 1),
                .init(action: "DENY", isDryRun: true, policy: "d.foo", rules: 1),
                .init(action: "ALLOW", isDryRun: false, policy: "a.foo", rules: 2),
            ]
        )
    }

    @Test(arguments: [
        ("ns[foo]-policy[a.b]-rule[3]", "a.b.foo", "3", false),
        ("istio-ext-authz-p-ns[foo]-policy[c]-rule[0]-deny-due-to-bad-CUSTOM-action", "c.foo", "0", true),
        ("_anonymous_match_nothing_", "_anonymous_match_nothing_", "_anonymous_match_nothing_", false),
        ("]-rule[]-policy[ns[", "]-rule[]-policy[ns[", "]-rule[]-policy[ns[", false), ("", "", "", false),
    ])
    func namesOfRulesAreTakenApart(name: String, policy: String, rule: String, isCustom: Bool) {
        let read = RuleName(name)
        #expect(read.policy == policy && read.rule == rule && read.isCustom == isCustom)
    }
}
