import MeshConfig
import MeshModel
import Testing

@Suite struct SecurityPolicyTests {
    private static func policy(_ name: String, _ namespace: String = "default", _ spec: String) -> String {
        """
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: \(name), namespace: \(namespace)}
        spec: \(spec)

        """
    }

    private static let database = """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: db, namespace: default}
        spec:
          selector: {app: db}
          ports: [{name: tcp-db, port: 5432}, {name: http, port: 80}, {name: raw, port: 7000}]

        """

    @Test func rootPoliciesComeFirstThenTheOldest() {
        let snapshot = MeshFixture.snapshot(
            Self.policy("b", "default", "{}") + Self.policy("a", "default", "{}") + Self.policy("z", "istio-system", "{}")
                + Self.policy("other", "other", "{}")
                + Self.policy("c", "default", "{selector: {matchLabels: {app: web}}}")
        )
        let names = { (labels: [String: String]) in
            snapshot.authorizationPolicies(for: MeshFixture.sidecar("default", labels: labels)).map(\.name)
        }
        #expect(names(["app": "web"]) == ["z", "a", "b", "c"])
        #expect(names(["app": "x"]) == ["z", "a", "b"])
    }

    @Test(arguments: [
        ("{rules: [{to: [{operation: {paths: [/a]}}]}]}", "paths, which connections to port 5432 (TCP) of db.default"),
        ("{rules: [{to: [{operation: {paths: [/a]}}]}]}", "the rule is left out there"),
        (
            "{action: DENY, rules: [{to: [{operation: {methods: [PUT]}}], from: [{source: {namespaces: [a]}}]}]}",
            "the rule matches more than it says"
        ),
        ("{rules: [{}, {when: [{key: 'request.headers[a]', values: [b]}]}]}", "rules[1] asks for request.headers[a]"),
    ])
    func fieldsOfHTTPOnConnectionsAreNamed(spec: String, message: String) throws {
        let pod = MeshFixture.pod("db-1", ip: "10.1.0.1", app: "db")
        let found = MeshFixture.snapshot(Self.database + pod + Self.policy("p", "default", spec)).diagnostics
        let finding = try #require(found.first { $0.code == .policyFieldsIgnored })
        #expect(finding.message.contains(message), "\(finding)")
        #expect(finding.location?.file == "mesh.yaml" && finding.object.name == "p")
    }

    @Test(arguments: [
        "{rules: [{to: [{operation: {paths: [/a], ports: ['80']}}]}]}",
        "{rules: [{to: [{operation: {paths: [/a]}}]}], selector: {matchLabels: {app: other}}}",
        "{action: AUDIT, rules: [{to: [{operation: {paths: [/a]}}]}]}",
        "{rules: [{from: [{source: {namespaces: [a]}}]}]}",
    ])
    func policiesOfOtherPortsAndWorkloadsAreFine(spec: String) {
        let pod = MeshFixture.pod("db-1", ip: "10.1.0.1", app: "db")
        let snapshot = MeshFixture.snapshot(Self.database + pod + Self.policy("p", "default", spec))
        #expect(!snapshot.codes().contains(.policyFieldsIgnored))
    }

    @Test func providerThatCannotBeAskedIsNamed() throws {
        let custom = Self.policy("p", "default", "{action: CUSTOM, provider: {name: a}, rules: [{}]}")
        var mesh = MeshConfiguration()
        let unknown = MeshFixture.snapshot(custom, mesh: mesh).diagnostics
        #expect(unknown.first?.message.contains("is named a; every request that the policy matches is refused") == true)
        var grpc = ExternalAuthorizationGRPC()
        grpc.base.service = "db.default.svc.cluster.local"
        grpc.base.port = 1
        mesh.extensionProviders = [ExtensionProvider(name: "a", kind: .authorizationGRPC(grpc))]
        let noPort = MeshFixture.snapshot(Self.database + custom, mesh: mesh).diagnostics
        #expect(noPort.first { $0.code == .unknownExtensionProvider }?.message.contains("has no port 1") == true)
        grpc.base.port = 80
        mesh.extensionProviders = [ExtensionProvider(name: "a", kind: .authorizationGRPC(grpc))]
        #expect(MeshFixture.snapshot(Self.database + custom, mesh: mesh).codes() == [])
    }

    @Test func hostOfSeveralNamespacesNeedsOne() {
        let entry = { (namespace: String) in
            MeshFixture.istio(
                "ServiceEntry",
                "a",
                namespace,
                spec: "{hosts: [authz.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}"
            )
        }
        let snapshot = MeshFixture.snapshot(entry("one") + entry("two"))
        var provider = ExternalAuthorization()
        provider.service = "authz.com"
        provider.port = 80
        #expect(throws: ProviderServiceFault.ambiguous("authz.com", namespaces: ["one", "two"])) {
            try snapshot.providerService(provider)
        }
        provider.service = "two/authz.com"
        #expect((try? snapshot.providerService(provider))?.namespace == "two")
        provider.service = "three/authz.com"
        #expect(throws: ProviderServiceFault.unknown("three/authz.com")) { try snapshot.providerService(provider) }
    }

    @Test func changedPolicyIsAChangeOfItsOwn() {
        let before = Self.policy("a", "default", "{}") + Self.policy("b", "default", "{}")
        let after = Self.policy("a", "default", "{}") + Self.policy("b", "default", "{rules: [{}]}")
        let change = MeshFixture.change(from: before, to: after)
        let key = ObjectKey(kind: .authorizationPolicy, namespace: "default", name: "b")
        #expect(change.rules == [key] && change.objects == [key] && !change.isFull && change.services.isEmpty)
        #expect(MeshFixture.change(from: before, to: before).isEmpty)
    }

    @Test func changedKeysAreAChangeOfWhoeverUsesThem() {
        let tokens = { (name: String, issuer: String) in
            """
            ---
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: {name: \(name), namespace: default}
            spec: {jwtRules: [{issuer: \(issuer)}]}

            """
        }
        let config = MeshFixture.config(tokens("a", "https://one") + tokens("b", "https://two"))
        let one = JSONWebKeyLocation.discovery(issuer: "https://one")
        let first = MeshSnapshot.next(previous: nil, config: config, keySets: [one: "A"]).snapshot
        let (second, change) = MeshSnapshot.next(previous: first, config: config, keySets: [one: "B"])
        #expect(change.rules == [ObjectKey(kind: .requestAuthentication, namespace: "default", name: "a")])
        #expect(second.keySet(at: one) == "B" && second.keySet(at: .url("x")) == nil)
    }
}
