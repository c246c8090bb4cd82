import EnvoyAPI
import MeshConfig
import MeshModel
import SecurityTags
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct AuthorizationFilterTests {
    private let allow = MeshFixture.policy("{rules: [{to: [{operation: {paths: [/a]}}]}]}", name: "allow")
    private let deny = MeshFixture.policy(
        "{action: DENY, rules: [{from: [{source: {namespaces: [x]}}]}]}",
        name: "deny"
    )
    private let audit = MeshFixture.policy("{action: AUDIT, rules: [{}]}", name: "audit")
    private let tokens = MeshFixture.tokens("{jwtRules: [{issuer: 'https://i'}]}")

    @Test func noPolicyIsNoFilter() throws {
        let mesh = try MeshFixture.secured()
        #expect(mesh.security.http.isEmpty && mesh.security.network.isEmpty)
    }

    @Test func filtersStandBeforeAllOthersInOrder() throws {
        let mesh = try MeshFixture.secured(allow, deny, audit, tokens)
        let inbound = try mesh.listener("virtualInbound")
        let chains = inbound.filterChains.filter {
            $0.name == "0.0.0.0_8080" || $0.name == "virtualInbound-catchall-http"
        }
        #expect(chains.count > 1)
        for chain in chains {
            let manager = try XDS.HTTPConnectionManager(
                serializedBytes: try #require(chain.filters.last).typedConfig.value
            )
            let rbac = "envoy.filters.http.rbac"
            #expect(
                manager.httpFilters.map(\.name) == [
                    "envoy.filters.http.jwt_authn", rbac, rbac, rbac, "envoy.filters.http.fault",
                    "envoy.filters.http.cors", "envoy.filters.http.router",
                ]
            )
        }
        #expect(try mesh.httpRules().map(\.rules.action) == [.log, .deny, .allow])
        for name in ["0.0.0.0_7000", "virtualInbound"] {
            let chain = try #require(inbound.filterChains.first { $0.name == name })
            let rbac = "envoy.filters.network.rbac"
            #expect(chain.filters.map(\.name) == [rbac, rbac, rbac, "envoy.filters.network.tcp_proxy"])
        }
        #expect(try mesh.networkRules().map(\.statPrefix) == ["tcp.", "tcp.", "tcp."])
    }

    @Test func outgoingCallsAreNotAuthorized() throws {
        let mesh = try MeshFixture.secured(allow, deny, tokens)
        let listeners = ResourceGenerator().listeners(for: mesh.view).filter { $0.trafficDirection == .outbound }
        #expect(!listeners.isEmpty)
        for listener in listeners {
            let bytes: [UInt8] = try listener.serializedBytes()
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("rbac") && !text.contains("jwt"))
        }
    }

    @Test func emptyPolicyRefusesEverything() throws {
        let mesh = try MeshFixture.secured(MeshFixture.policy("{}"))
        let rules = try #require(try mesh.httpRules().first).rules
        #expect(rules.action == .allow && rules.policies == ["ns[default]-policy[p]-rule[0]": .never])
        #expect(!RuleOracle.matches(.never, .plain))
        #expect(try mesh.networkRules().first?.rules.policies == ["ns[default]-policy[p]-rule[0]": .never])
    }

    @Test func policyWithoutSpecRefusesEverything() throws {
        let yaml =
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: default}"
        let mesh = try MeshFixture.secured(yaml)
        #expect(try mesh.httpRules().first?.rules.policies == ["ns[default]-policy[p]-rule[0]": .never])
    }

    /// A filter without policies refuses everything; none at all would let everything in.
    @Test func rulesOfHTTPAloneRefuseEveryConnection() throws {
        let mesh = try MeshFixture.secured(allow)
        let rules = try #require(try mesh.networkRules().first)
        #expect(rules.hasRules && rules.rules.action == .allow && rules.rules.policies.isEmpty)
    }

    @Test func rulesCarryIstiosNames() throws {
        let mesh = try MeshFixture.secured(
            MeshFixture.policy("{rules: [{}, {to: [{operation: {methods: [GET]}}]}]}", name: "b"),
            MeshFixture.policy("{rules: [{}]}", name: "a", namespace: "istio-system")
        )
        let names = try #require(try mesh.httpRules().first).rules.policies.keys.sorted()
        #expect(
            names == [
                "ns[default]-policy[b]-rule[0]", "ns[default]-policy[b]-rule[1]", "ns[istio-system]-policy[a]-rule[0]",
            ]
        )
    }

    @Test(arguments: [
        ("default", "selector: {matchLabels: {app: web}}", true),
        ("default", "selector: {matchLabels: {app: x}}", false),
        ("default", "", true), ("other", "", false), ("istio-system", "", true),
        ("istio-system", "selector: {matchLabels: {app: web}}", true),
        ("istio-system", "selector: {matchLabels: {app: x}}", false),
        (
            "default",
            "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: web}]", false
        ),
    ])
    func policyIsForWhomItSays(namespace: String, selector: String, applies: Bool) throws {
        let separator = selector.isEmpty ? "" : ", "
        let mesh = try MeshFixture.secured(
            MeshFixture.policy("{action: DENY, rules: [{}]\(separator)\(selector)}", namespace: namespace)
        )
        #expect(try mesh.httpRules().count == (applies ? 1 : 0))
        #expect(mesh.view.securityPolicyKeys.count == (applies ? 1 : 0))
    }

    @Test func targetedPolicyIsForTheGatewayOfThatName() throws {
        let reference = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]"
        var mesh = try MeshFixture.secured(MeshFixture.policy("{action: DENY, rules: [{}], \(reference)}"))
        mesh.node = MeshFixture.gatewayNode
        mesh.node.labels["gateway.networking.k8s.io/gateway-name"] = "edge"
        #expect(try mesh.httpRules().count == 1)
        mesh.node.labels["gateway.networking.k8s.io/gateway-name"] = "other"
        #expect(try mesh.httpRules().count == 0)
        mesh.node.namespace = "other"
        mesh.node.labels["gateway.networking.k8s.io/gateway-name"] = "edge"
        #expect(try mesh.httpRules().count == 0)
    }

    @Test func triedPoliciesDecideNothing() throws {
        let mesh = try MeshFixture.secured(
            MeshFixture.policy("{rules: [{}]}", name: "a", dryRun: "true"),
            MeshFixture.policy("{action: DENY, rules: [{}]}", name: "d", dryRun: "true"),
            MeshFixture.policy("{action: DENY, rules: [{}]}", name: "e", dryRun: "false")
        )
        let (deny, allow) = (try mesh.httpRules()[0], try mesh.httpRules()[1])
        #expect(deny.rules.policies.keys.sorted() == ["ns[default]-policy[e]-rule[0]"])
        #expect(deny.shadowRules.policies.keys.sorted() == ["ns[default]-policy[d]-rule[0]"])
        #expect(deny.shadowRulesStatPrefix == "istio_dry_run_deny_" && deny.shadowRules.action == .deny)
        #expect(!allow.hasRules && allow.hasShadowRules)
        #expect(allow.shadowRulesStatPrefix == "istio_dry_run_allow_")
        let network = try mesh.networkRules()
        #expect(network.map(\.shadowRulesStatPrefix) == ["istio_dry_run_deny_", "istio_dry_run_allow_"])
    }

    @Test(arguments: [
        ("cluster.local/ns/a/sa/b", ["td1", "td2"], ["td1/ns/a/sa/b", "td2/ns/a/sa/b"]),
        ("td2/ns/a/sa/b", ["td1", "td2"], ["td1/ns/a/sa/b", "td2/ns/a/sa/b"]),
        ("td3/ns/a/sa/b", ["td1", "td2"], ["td3/ns/a/sa/b"]),
        ("*/ns/a/sa/b", ["td1", "td2"], ["*/ns/a/sa/b"]),
        ("*-td/ns/a/sa/b", ["old-td", "new-td", "x"], ["*-td/ns/a/sa/b", "x/ns/a/sa/b"]),
        ("*/sa/b", ["td1", "td2"], ["*/sa/b"]), ("*", ["td1", "td2"], ["*"]),
    ])
    func principalsAreOfEveryTrustDomain(principal: String, domains: [String], expected: [String]) {
        var mesh = MeshConfiguration()
        mesh.trustDomain = domains[0]
        mesh.trustDomainAliases = Array(domains.dropFirst())
        #expect(TrustDomains(mesh).expand(principals: [principal]) == expected)
    }

    @Test func aliasesOfTheTrustDomainAreOurs() throws {
        let mesh = try MeshConfiguration.yaml("trustDomain: new.td\ntrustDomainAliases: [old.td]")
        let rule = "{from: [{source: {principals: [cluster.local/ns/default/sa/client]}}]}"
        let fixture = try MeshFixture.secured(MeshFixture.policy("{rules: [\(rule)]}"), mesh: mesh)
        let policy = try #require(try fixture.httpRules().first?.rules.policies.values.first)
        for (domain, matches) in [("new.td", true), ("old.td", true), ("cluster.local", false), ("oldxtd", false)] {
            #expect(RuleOracle.matches(policy, .from("spiffe://\(domain)/ns/default/sa/client")) == matches)
        }
    }

    /// Nothing that is written without a wildcard becomes an expression.
    @Test(.tags(.sec17)) func literalsAreNoExpressions() throws {
        let rule = """
            {from: [{source: {principals: [a.b/ns/c.d/sa/e], notNamespaces: ['f[g'], trustDomains: [h.i]}}, \
            {source: {serviceAccounts: ['n.s/s.a'], requestPrincipals: ['i.s/s.b']}}], \
            to: [{operation: {hosts: [h.x], paths: [/p.q], methods: [G.T]}}], \
            when: [{key: 'request.headers[x]', values: ['v.w']}, {key: 'request.auth.claims[c]', values: ['y.z']}, \
            {key: connection.sni, values: [s.n]}]}
            """
        for action in ["ALLOW", "DENY"] {
            let mesh = try MeshFixture.secured(MeshFixture.policy("{action: \(action), rules: [\(rule)]}"))
            for filter in try mesh.httpRules() { #expect(!(try filter.golden().contains("safe_regex"))) }
        }
    }

    @Test func policiesTellProxiesApart() throws {
        let only = MeshFixture.policy("{action: DENY, rules: [{}], selector: {matchLabels: {version: v2}}}")
        let mesh = try MeshFixture.secured(only)
        var other = MeshFixture.webNode
        other.labels["version"] = "v2"
        let generator = ResourceGenerator()
        let first = generator.generate(.listener, for: mesh.node, in: mesh.snapshot)
        let second = generator.generate(.listener, for: other, in: mesh.snapshot)
        #expect(first.first { $0.name == "virtualInbound" } != second.first { $0.name == "virtualInbound" })
    }

    @Test func changeConcernsTheWorkloadsOfThePolicy() throws {
        let before = try MeshFixture.secured(deny)
        let changed = MeshFixture.policy("{action: DENY, rules: [{}]}", name: "deny")
        for yaml in [[changed], []] {
            let after = try before.updated(([MeshFixture.web] + yaml).joined(separator: "\n---\n"))
            let generator = ResourceGenerator()
            func concerns(_ namespace: String, since previous: MeshSnapshot?) -> Set<ResourceKind> {
                let node = ProxyNode.sidecar("a", ip: "10.1.0.200", namespace: namespace)
                return generator.concerns(after.change, for: node, from: previous, to: after.snapshot)
            }
            #expect(concerns("default", since: before.snapshot) == [.listener])
            #expect(concerns("other", since: before.snapshot) == [])
            #expect(concerns("default", since: nil) == [.listener])
        }
    }
}
