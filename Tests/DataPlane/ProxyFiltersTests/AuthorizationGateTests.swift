import HTTPWire
import ProxySnapshot
import RegularExpressions
import SecurityTags
import Testing

@testable import ProxyFilters

extension ContiguousArray<UInt8> {
    fileprivate init(_ text: String) { self.init(text.utf8) }
}

/// What rules say, with the words and spellings of a running Envoy 1.40.
@Suite struct AuthorizationGateTests {
    static let facts = DownstreamFacts(
        remote: SocketAddressValue(address: IPAddress(v4: 0x0A00_0001), port: 4000),
        local: SocketAddressValue(address: IPAddress(v4: 0x0A00_0002), port: 80)
    )

    static func header(_ name: String, _ value: String, inverts: Bool = false) -> AuthorizationCondition {
        .header(
            HeaderMatcher(
                name: HeaderName(name),
                value: .string(StringMatcher(.exact(Array(value.utf8)))),
                inverts: inverts
            )
        )
    }

    static func path(_ text: String) -> AuthorizationCondition { .path(StringMatcher(.exact(Array(text.utf8)))) }

    static func rules(
        _ action: AuthorizationRules.Action,
        _ policies: [(String, AuthorizationCondition)]
    ) -> AuthorizationRules {
        AuthorizationRules(
            action: action,
            policies: policies.map { AuthorizationPolicy(name: $0.0, permissions: [$0.1], principals: [.any]) }
        )
    }

    static func context(_ path: String = "/", _ headers: [(String, String)] = []) -> RequestContext {
        let context = RequestContext()
        context.request.setMethod(.get)
        context.request.setPath(ContiguousArray(path))
        for (name, value) in headers { context.request.headers.add(HeaderName(name), value) }
        return context
    }

    static func details(_ gate: AuthorizationGate, _ context: RequestContext) -> String? {
        gate.admit(context).map { String(decoding: $0.details, as: UTF8.self) }
    }

    /// AUDIT: nobody is refused, and access loggers are told whether a policy matched.
    @Test func whatIsOnlyLoggedLeavesAHint() {
        let filter = AuthorizationFilter(rules: Self.rules(.log, [("p", Self.path("/audited"))]))
        let scope = AuthorizationScope(filter, position: 0, counters: NamedCounters())
        let gate = AuthorizationGate(scope, facts: Self.facts)
        for (path, hint) in [("/audited", true), ("/other", false)] {
            let context = Self.context(path)
            #expect(gate.admit(context) == nil)
            let value = context.metadata.value(ContiguousArray("envoy.common"), ContiguousArray("access_log_hint"))
            #expect(value == .boolean(hint))
        }
    }

    @Test func refusalIsWorded() throws {
        let counters = NamedCounters()
        let filter = AuthorizationFilter(
            rules: Self.rules(.allow, [("ns[a]-policy[x]-rule[0]", Self.header("x-v", "good"))]),
            shadowRules: Self.rules(.allow, [("ns[b]-policy[s]-rule[0]", .any)]),
            shadowRulesStatPrefix: "istio_dry_run_allow_"
        )
        let scope = AuthorizationScope(filter, position: 0, counters: counters)
        let gate = AuthorizationGate(scope, facts: Self.facts)
        let context = Self.context()
        let reply = try #require(gate.admit(context))
        #expect(reply.status == 403)
        #expect(String(decoding: reply.body, as: UTF8.self) == "RBAC: access denied")
        #expect(String(decoding: reply.details, as: UTF8.self) == "rbac_access_denied_matched_policy[none]")
        #expect(reply.flags.isEmpty)
        #expect(gate.admit(Self.context("/", [("x-v", "good")])) == nil)
        #expect(
            counters.all == [
                "rbac.allowed": 1, "rbac.denied": 1, "rbac.istio_dry_run_allow_.shadow_allowed": 2,
                "rbac.istio_dry_run_allow_.shadow_denied": 0,
            ]
        )
        let namespace = ContiguousArray("envoy.filters.http.rbac")
        let policy = context.metadata.value(
            namespace,
            ContiguousArray("istio_dry_run_allow_shadow_effective_policy_id")
        )
        #expect(policy == .text(ContiguousArray("ns[b]-policy[s]-rule[0]")))
        let result = context.metadata.value(namespace, ContiguousArray("istio_dry_run_allow_shadow_engine_result"))
        #expect(result == .text(ContiguousArray("allowed")))
        #expect(context.verdicts.count == 2)
        #expect(context.verdicts[0] == AuthorizationVerdict(filter: 0, policy: 0, result: .shadowAllowed))
        #expect(context.verdicts[1] == AuthorizationVerdict(filter: 0, policy: -1, result: .denied))
    }

    @Test func denyNamesThePolicyThatMatchedFirst() {
        let filter = AuthorizationFilter(
            rules: Self.rules(
                .deny,
                [("ns[b]-policy[d]-rule[0]", .any), ("ns[a]-policy[d e]-rule[0]", Self.path("/x"))]
            )
        )
        let scope = AuthorizationScope(filter, position: 0, counters: NamedCounters())
        let gate = AuthorizationGate(scope, facts: Self.facts)
        #expect(
            Self.details(gate, Self.context("/x?y"))
                == "rbac_access_denied_matched_policy[ns[a]-policy[d_e]-rule[0]]"
        )
        #expect(Self.details(gate, Self.context("/")) == "rbac_access_denied_matched_policy[ns[b]-policy[d]-rule[0]]")
    }

    /// No rules refuse nothing; rules that allow nothing refuse all; rules that only note refuse nothing.
    @Test(
        arguments: [(nil, true), (.allow, false), (.deny, true), (.log, true)] as [(AuthorizationRules.Action?, Bool)]
    )
    func emptyRules(action: AuthorizationRules.Action?, passes: Bool) {
        let filter = AuthorizationFilter(rules: action.map { Self.rules($0, []) })
        let scope = AuthorizationScope(filter, position: 0, counters: NamedCounters())
        #expect((AuthorizationGate(scope, facts: Self.facts).admit(Self.context()) == nil) == passes)
        var metadata = RequestMetadata()
        #expect((AuthorizationGate(scope, facts: Self.facts).admitConnection(&metadata) == nil) == passes)
    }

    /// Lines of one header that disagree, and bytes that are no text, never help a caller.
    @Test(
        .tags(.sec16, .sec17),
        arguments: [
            // Values of x-v; whether DENY of "bad" and ALLOW of "good", of "not bad" and of "not /b.*/" let it pass.
            ([], true, false, true, true),
            (["good"], true, true, true, true),
            (["bad"], false, false, false, false),
            (["good", "bad"], false, false, false, false),
            (["bad", "good"], false, false, false, false),
            (["good", "good"], true, true, true, true),
            (["good", "other"], true, false, true, true),
            (["good,bad"], true, false, true, true),
            (["b\u{FF}"], true, false, true, false),
        ]
    )
    func linesThatDisagreeHelpNobody(values: [String], deny: Bool, allow: Bool, not: Bool, expression: Bool) throws {
        let context = Self.context("/", values.map { ("x-v", $0) })
        let bad = Self.header("x-v", "bad")
        let pattern = try RegularExpression("b.*")
        let matcher = HeaderMatcher(name: HeaderName("x-v"), value: .string(StringMatcher(.regex(pattern))))
        func passes(_ action: AuthorizationRules.Action, _ condition: AuthorizationCondition) -> Bool {
            let filter = AuthorizationFilter(rules: Self.rules(action, [("p", condition)]))
            let scope = AuthorizationScope(filter, position: 0, counters: NamedCounters())
            return AuthorizationGate(scope, facts: Self.facts).admit(context) == nil
        }
        #expect(passes(.deny, bad) == deny)
        #expect(passes(.allow, Self.header("x-v", "good")) == allow)
        #expect(passes(.allow, .not(bad)) == not)
        #expect(passes(.allow, .not(.header(matcher))) == expression)
    }

    @Test(.tags(.sec17)) func bytesThatAreNoTextMatchWhatForbids() throws {
        let pattern = StringMatcher(.regex(try RegularExpression("/secret.*")))
        let context = Self.context("/x")
        [UInt8]("/secret".utf8 + [0xFF]).withUnsafeBytes { context.request.setPath($0) }
        for (action, condition) in [
            (AuthorizationRules.Action.deny, AuthorizationCondition.path(pattern)), (.allow, .not(.path(pattern))),
            (.allow, .path(pattern)),
        ] {
            let filter = AuthorizationFilter(rules: Self.rules(action, [("p", condition)]))
            let scope = AuthorizationScope(filter, position: 0, counters: NamedCounters())
            #expect(AuthorizationGate(scope, facts: Self.facts).admit(context) != nil)
        }
    }

    /// `forward_client_cert_details` with and without a proven identity.
    @Test(
        .tags(.sec19),
        arguments: [
            (.sanitize, true, nil), (.forwardOnly, true, "old"), (.forwardOnly, false, nil),
            (.alwaysForwardOnly, false, "old"), (.appendForward, false, nil), (.sanitizeSet, false, nil),
            (
                .appendForward, true,
                "old,By=spiffe://td/ns/n/sa/me;Hash=0a0b;Subject=\"CN=\\\"a\\\"\";URI=spiffe://td/ns/n/sa/you;DNS=you.example"
            ),
            (
                .sanitizeSet, true,
                "By=spiffe://td/ns/n/sa/me;Hash=0a0b;Subject=\"CN=\\\"a\\\"\";URI=spiffe://td/ns/n/sa/you;DNS=you.example"
            ),
        ] as [(ForwardClientCertificate, Bool, String?)]
    )
    func certificateIsForwarded(mode: ForwardClientCertificate, isMutual: Bool, expected: String?) {
        let peer = PeerCertificateFacts(
            uriSANs: [ContiguousArray("spiffe://td/ns/n/sa/you")],
            dnsSANs: [ContiguousArray("you.example")],
            subject: ContiguousArray("CN=\"a\""),
            sha256: ContiguousArray("0a0b")
        )
        var facts = DownstreamFacts(
            remote: Self.facts.remote,
            local: Self.facts.local,
            isTLS: isMutual,
            peer: isMutual ? peer : nil,
            localIdentity: ContiguousArray("spiffe://td/ns/n/sa/me")
        )
        let manager = HTTPConnectionManager(
            statPrefix: "s",
            routeSource: .rds(name: "r", index: RouteConfigurationIndex(rawValue: 0)),
            forwardClientCertificate: mode,
            clientCertificateDetails: ClientCertificateDetails(subject: true, dns: true, uri: true)
        )
        facts.describePeer(for: manager)
        var head = RequestHead()
        head.headers.add(HeaderName("x-forwarded-client-cert"), "old")
        ConnectionManagerHeaders.prepare(&head, manager: manager, facts: facts, random: (1, 2))
        #expect(head.headers.string(of: .xForwardedClientCert) == expected)
        #expect(head.headers.string(of: .xForwardedProto) == (isMutual ? "https" : "http"))
    }
}
