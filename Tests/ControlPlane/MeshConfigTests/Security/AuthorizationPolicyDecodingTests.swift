import MeshConfig
import Testing

/// An AuthorizationPolicy with `spec` in flow YAML.
private func policy(_ spec: String, annotations: String = "{}") -> String {
    """
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: p, annotations: \(annotations)}
    spec: \(spec)
    """
}

private func decodedPolicy(_ spec: String, annotations: String = "{}") throws -> Resource<AuthorizationPolicy> {
    let file = decoded(policy(spec, annotations: annotations))
    guard case .authorizationPolicy(let policy)? = file.objects.first else {
        throw TestFault(reason: "\(file.diagnostics)")
    }
    return policy
}

struct TestFault: Error {
    var reason: String
}

@Suite struct AuthorizationPolicyDecodingTests {
    @Test func everyFieldIsRead() throws {
        let spec = try decodedPolicy(
            """
            {selector: {matchLabels: {app: web}}, action: DENY, rules: [{
              from: [{source: {principals: [a/ns/b/sa/c], notPrincipals: ['*'], requestPrincipals: [i/s],
                notRequestPrincipals: [i/t], trustDomains: [t], notTrustDomains: ['u*'],
                ipBlocks: [10.0.0.0/8], notIpBlocks: ['::1'], remoteIpBlocks: [1.2.3.4], notRemoteIpBlocks: [1.2.3.5]}},
                {source: {serviceAccounts: [a, b/c], notServiceAccounts: [d]}},
                {source: {namespaces: [shop], notNamespaces: ['m*']}}],
              to: [{operation: {hosts: [h], notHosts: ['*.i'], ports: ['80'], notPorts: ['81'], methods: [GET],
                notMethods: [PUT], paths: ['/a/{*}/{**}'], notPaths: ['/b*']}}],
              when: [{key: 'request.auth.claims[a][b]', values: [v], notValues: [w]}]}]}
            """
        ).spec
        #expect(spec.attachment == .workloads(labels: ["app": "web"]) && spec.action == .deny)
        let rule = try #require(spec.rules.first)
        #expect(rule.source?.line == 4)
        let source = try #require(rule.from.first)
        #expect(source.principals == PolicyValues(values: ["a/ns/b/sa/c"], notValues: ["*"]))
        #expect(source.requestPrincipals == PolicyValues(values: ["i/s"], notValues: ["i/t"]))
        #expect(source.trustDomains == PolicyValues(values: ["t"], notValues: ["u*"]))
        #expect(source.ipBlocks == PolicyValues(values: ["10.0.0.0/8"], notValues: ["::1"]))
        #expect(source.remoteIpBlocks == PolicyValues(values: ["1.2.3.4"], notValues: ["1.2.3.5"]))
        #expect(rule.from[1].serviceAccounts == PolicyValues(values: ["a", "b/c"], notValues: ["d"]))
        #expect(rule.from[2].namespaces == PolicyValues(values: ["shop"], notValues: ["m*"]))
        let operation = try #require(rule.to.first)
        #expect(operation.hosts == PolicyValues(values: ["h"], notValues: ["*.i"]))
        #expect(operation.ports == PolicyValues(values: ["80"], notValues: ["81"]))
        #expect(operation.methods == PolicyValues(values: ["GET"], notValues: ["PUT"]))
        #expect(operation.paths == PolicyValues(values: ["/a/{*}/{**}"], notValues: ["/b*"]))
        #expect(rule.when.first?.key == .requestClaim(["a", "b"]))
        #expect(rule.when.first?.values == PolicyValues(values: ["v"], notValues: ["w"]))
    }

    @Test func nothingSaidIsAPolicyThatAllowsNothing() throws {
        #expect(try decodedPolicy("{}").spec == AuthorizationPolicy())
        let file = decoded("apiVersion: security.istio.io/v1beta1\nkind: AuthorizationPolicy\nmetadata: {name: p}\n")
        #expect(file.objects.count == 1 && file.diagnostics.isEmpty)
    }

    @Test(arguments: [
        ("request.headers[X-A]", ConditionKey.requestHeader("x-a")), ("source.ip", .sourceIP), ("remote.ip", .remoteIP),
        ("source.namespace", .sourceNamespace), ("source.serviceAccount", .sourceServiceAccount),
        ("source.principal", .sourcePrincipal), ("source.trustDomain", .sourceTrustDomain),
        ("request.auth.principal", .requestPrincipal), ("request.auth.audiences", .requestAudiences),
        ("request.auth.presenter", .requestPresenter), ("request.auth.claims[iss]", .requestClaim(["iss"])),
        ("request.auth.claims[a][b][c]", .requestClaim(["a", "b", "c"])),
        ("request.auth.claims[a.b]", .requestClaim(["a.b"])), ("destination.ip", .destinationIP),
        ("destination.port", .destinationPort), ("connection.sni", .serverName),
        (
            "experimental.envoy.filters.network.mysql_proxy[db.table]",
            .filterMetadata(filter: "envoy.filters.network.mysql_proxy", key: "db.table")
        ),
    ])
    func conditionsAreRead(text: String, key: ConditionKey) throws {
        let value = ["ip", "Blocks"].contains { text.hasSuffix($0) } ? "1.2.3.4" : text.hasSuffix("port") ? "80" : "v"
        let spec = try decodedPolicy("{rules: [{when: [{key: '\(text)', values: ['\(value)']}]}]}").spec
        #expect(spec.rules.first?.when.first?.key == key)
        if !text.contains("X-A") { #expect(key.text == text) }
    }

    @Test(arguments: [
        ("{action: DENY}", "spec.rules: is required with action DENY"),
        ("{action: CUSTOM, provider: {name: a}}", "spec.rules: is required with action CUSTOM"),
        ("{action: CUSTOM, rules: [{}]}", "spec.provider: is required with action CUSTOM"),
        ("{provider: {name: a}, rules: [{}]}", "spec.provider: needs action CUSTOM, not ALLOW"),
        ("{action: CUSTOM, provider: {}, rules: [{}]}", "spec.provider.name: is required"),
        ("{action: REFUSE}", "\"REFUSE\" is not one of ALLOW, DENY, AUDIT, CUSTOM"),
        ("{rules: [{from: []}]}", "spec.rules[0].from: must not be empty"),
        ("{rules: [{to: []}]}", "spec.rules[0].to: must not be empty"),
        ("{rules: [{from: [{}]}]}", "spec.rules[0].from[0].source: is required"),
        ("{rules: [{from: [{source: {}}]}]}", "spec.rules[0].from[0].source: must say something"),
        ("{rules: [{to: [{operation: {}}]}]}", "spec.rules[0].to[0].operation: must say something"),
        ("{rules: [{from: [{source: {principals: ['']}}]}]}", "principals[0]: must not be empty"),
        ("{rules: [{from: [{source: {principals: [spiffe://a/ns/b/sa/c]}}]}]}", "without spiffe://"),
        ("{rules: [{from: [{source: {ipBlocks: [1.2.3]}}]}]}", "\"1.2.3\" is not an IP address or CIDR"),
        ("{rules: [{from: [{source: {ipBlocks: [1.2.3.4/33]}}]}]}", "prefix length must be within 0...32"),
        ("{rules: [{from: [{source: {remoteIpBlocks: [web]}}]}]}", "\"web\" is not an IP address or CIDR"),
        ("{rules: [{from: [{source: {serviceAccounts: ['a*']}}]}]}", "wildcards are not allowed"),
        ("{rules: [{from: [{source: {serviceAccounts: [a/b/c]}}]}]}", "is not of the form ACCOUNT"),
        ("{rules: [{from: [{source: {serviceAccounts: [/a]}}]}]}", "is not of the form ACCOUNT"),
        ("{rules: [{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}]}", "must not stand beside"),
        ("{rules: [{from: [{source: {trustDomains: [a/b]}}]}]}", "is not a trust domain"),
        ("{rules: [{from: [{source: {trustDomains: ['a*b']}}]}]}", "one `*` may stand"),
        ("{rules: [{to: [{operation: {ports: ['65536']}}]}]}", "is not a port within 0...65535"),
        ("{rules: [{to: [{operation: {ports: [http]}}]}]}", "is not a port within 0...65535"),
        ("{rules: [{to: [{operation: {ports: [80]}}]}]}", "must be a string, not the number 80; quote it"),
        ("{rules: [{to: [{operation: {paths: ['/a/{b}']}}]}]}", "only {*} and {**} may stand in braces"),
        ("{rules: [{to: [{operation: {paths: ['/a{*}']}}]}]}", "each as a whole segment"),
        ("{rules: [{to: [{operation: {paths: ['/{**}/{*}']}}]}]}", "{**} must be the last operator"),
        ("{rules: [{to: [{operation: {paths: ['/{**}/{**}']}}]}]}", "{**} must be the last operator"),
        ("{rules: [{to: [{operation: {paths: ['/{*}/a*']}}]}]}", "must be of letters, digits"),
        ("{rules: [{to: [{operation: {paths: ['{*}/a']}}]}]}", "a template begins with `/`"),
        ("{rules: [{when: [{values: [a]}]}]}", "spec.rules[0].when[0].key: is required"),
        ("{rules: [{when: [{key: source.ip}]}]}", "spec.rules[0].when[0]: needs values or notValues"),
        ("{rules: [{when: [{key: source.ip, values: [a]}]}]}", "\"a\" is not an IP address or CIDR"),
        ("{rules: [{when: [{key: destination.port, notValues: [a]}]}]}", "is not a port"),
        ("{rules: [{when: [{key: source.names, values: [a]}]}]}", "is not an attribute; allowed are"),
        ("{rules: [{when: [{key: destination.labels, values: [a]}]}]}", "is not an attribute; allowed are"),
        ("{rules: [{when: [{key: request.headers, values: [a]}]}]}", "must be of the form request.headers[NAME]"),
        ("{rules: [{when: [{key: 'request.headers[]', values: [a]}]}]}", "must be of the form"),
        ("{rules: [{when: [{key: 'request.headers[a b]', values: [a]}]}]}", "is not a header name"),
        ("{rules: [{when: [{key: 'request.auth.claims[a][]', values: [a]}]}]}", "must be of the form"),
        ("{rules: [{rom: []}]}", "spec.rules[0].rom: unknown field"),
        ("{selector: {matchLabels: {a: 'b*'}}}", "wildcards are not allowed"),
        ("{selector: {}, targetRefs: [{kind: Gateway, name: a}]}", "only one of selector, targetRefs"),
        ("{targetRefs: [{kind: Gateway, name: a}]}", "\"Gateway\" is not one of gateway.networking.k8s.io/Gateway"),
        ("{targetRefs: [{kind: Service}]}", "spec.targetRefs[0].name: is required"),
        ("{targetRefs: [{kind: Service, name: a, namespace: b}]}", "spec.targetRefs[0].namespace: must not be set"),
    ])
    func faultIsNamed(spec: String, fault: String) {
        let file = decoded(policy(spec))
        #expect(file.objects.isEmpty)
        let errors = file.diagnostics.filter { $0.severity == .error }.map(\.description)
        #expect(errors.contains { $0.contains(fault) }, "\(errors)")
    }

    @Test(arguments: [
        "from: [{source: {principals: [a]}}]", "from: [{source: {notRequestPrincipals: [a]}}]",
        "from: [{source: {namespaces: [a]}}]", "from: [{source: {serviceAccounts: [a]}}]",
        "from: [{source: {trustDomains: [a]}}]", "when: [{key: source.principal, values: [a]}]",
        "when: [{key: 'request.auth.claims[a]', values: [a]}]", "when: [{key: source.namespace, values: [a]}]",
    ])
    func providersAreAskedBeforeCallersAreKnown(rule: String) {
        let found = diagnostics(policy("{action: CUSTOM, provider: {name: a}, rules: [{\(rule)}]}"))
        #expect(found.count == 1 && found.first?.contains("is not supported with action CUSTOM") == true, "\(found)")
        #expect(diagnostics(policy("{action: DENY, rules: [{\(rule)}]}")).allSatisfy { !$0.contains("error") })
    }

    @Test(arguments: [
        ("{action: DENY, rules: [{to: [{operation: {paths: [/a]}}]}]}", "refuses every connection to TCP ports"),
        ("{action: DENY, rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}", "refuses every connection"),
        ("{action: DENY, rules: [{when: [{key: 'request.headers[a]', values: [b]}]}]}", "refuses every connection"),
        ("{rules: [{to: [{operation: {paths: ['/a*b']}}]}]}", "stands for other text only at the beginning"),
        ("{targetRefs: [{kind: Service, name: a}]}", "can only be meant for a waypoint"),
        ("{selector: {}}", "it is every workload of the namespace"),
    ])
    func surpriseIsWarnedOf(spec: String, warning: String) {
        let file = decoded(policy(spec))
        #expect(file.objects.count == 1)
        #expect(file.diagnostics.map(\.severity) == [.warning], "\(file.diagnostics)")
        #expect(file.diagnostics.first?.message.contains(warning) == true, "\(file.diagnostics)")
    }

    @Test(arguments: [
        "{action: DENY, rules: [{to: [{operation: {paths: [/a], ports: ['80']}}]}]}",
        "{action: DENY, rules: [{from: [{source: {namespaces: [a]}}], to: [{operation: {paths: [/a]}}]}]}",
        "{action: DENY, rules: [{}]}", "{rules: [{to: [{operation: {paths: [/a]}}]}]}",
        "{rules: [{to: [{operation: {paths: ['/a/{*}', '/b*', '*c', '*']}}]}]}",
        "{action: CUSTOM, provider: {name: a}, rules: [{from: [{source: {ipBlocks: [1.2.3.4]}}]}]}",
    ])
    func whatIsUsualIsNotWarnedOf(spec: String) {
        #expect(diagnostics(policy(spec)) == [])
    }

    @Test(arguments: [
        ("\"true\"", true, nil), ("\"1\"", true, nil), ("\"T\"", true, nil), ("\"false\"", false, nil),
        ("\"yes\"", false, "must be true or false, not \"yes\"; the policy is enforced"),
    ] as [(String, Bool, String?)])
    func trialIsAnAnnotation(value: String, isDryRun: Bool, warning: String?) throws {
        let annotations = "{istio.io/dry-run: \(value)}"
        #expect(try decodedPolicy("{}", annotations: annotations).isDryRun == isDryRun)
        let found = diagnostics(policy("{}", annotations: annotations))
        #expect(found.count == (warning == nil ? 0 : 1))
        if let warning { #expect(found.first?.contains(warning) == true) }
    }
}
