internal import HTTPWire
internal import MeshTelemetry
package import ProxySnapshot

/// An authorization filter made ready for one worker: its counters and the keys of what it leaves behind.
package final class AuthorizationScope {
    package let filter: AuthorizationFilter
    /// Its position in its chain.
    package let position: Int
    let client: ForwardedClient
    fileprivate let scratch: AuthorizationScratch
    private let counters: NamedCounters
    private let allowed: Int
    private let denied: Int
    private let shadowAllowed: Int
    private let shadowDenied: Int
    private let policyKey: ContiguousArray<UInt8>
    private let resultKey: ContiguousArray<UInt8>
    private let namespace: ContiguousArray<UInt8>

    /// - Parameter scope: what its counters begin with: `rbac.` for HTTP, `tcp.rbac.` for connections.
    package init(
        _ filter: AuthorizationFilter,
        position: Int,
        client: ForwardedClient = .peer,
        namespace: String = "envoy.filters.http.rbac",
        scope: String = "rbac.",
        counters: NamedCounters
    ) {
        self.filter = filter
        self.position = position
        self.client = client
        scratch = AuthorizationScratch(for: filter)
        self.counters = counters
        self.namespace = ContiguousArray(namespace.utf8)
        func prefix(_ text: String) -> String { text.isEmpty ? scope : "\(scope)\(text)." }
        allowed = counters.slot(prefix(filter.rulesStatPrefix) + "allowed")
        denied = counters.slot(prefix(filter.rulesStatPrefix) + "denied")
        shadowAllowed = counters.slot(prefix(filter.shadowRulesStatPrefix) + "shadow_allowed")
        shadowDenied = counters.slot(prefix(filter.shadowRulesStatPrefix) + "shadow_denied")
        policyKey = ContiguousArray("\(filter.shadowRulesStatPrefix)shadow_effective_policy_id".utf8)
        resultKey = ContiguousArray("\(filter.shadowRulesStatPrefix)shadow_engine_result".utf8)
    }

    fileprivate func note(_ isAllowed: Bool) { counters.add(isAllowed ? allowed : denied) }

    fileprivate func noteShadow(
        _ isAllowed: Bool,
        _ policy: ContiguousArray<UInt8>?,
        in metadata: inout RequestMetadata
    ) {
        counters.add(isAllowed ? shadowAllowed : shadowDenied)
        if let policy { metadata.set(namespace, policyKey, .text(policy)) }
        metadata.set(namespace, resultKey, .text(isAllowed ? Self.allowedText : Self.deniedText))
    }

    /// What access loggers may go by (Envoy's action LOG, Istio's AUDIT).
    fileprivate func noteHint(_ isMatch: Bool, in metadata: inout RequestMetadata) {
        metadata.set(Self.commonNamespace, Self.hintKey, .boolean(isMatch))
    }

    private static let commonNamespace = ContiguousArray("envoy.common".utf8)
    private static let hintKey = ContiguousArray("access_log_hint".utf8)
    private static let allowedText = ContiguousArray("allowed".utf8)
    private static let deniedText = ContiguousArray("denied".utf8)
}

/// An authorization filter on one connection (`envoy.filters.http.rbac`, `envoy.filters.network.rbac`).
package final class AuthorizationGate {
    private let scope: AuthorizationScope
    private let rules: AuthorizationSession?
    private let shadow: AuthorizationSession?

    package init(_ scope: AuthorizationScope, facts: DownstreamFacts) {
        self.scope = scope
        func session(_ rules: AuthorizationRules) -> AuthorizationSession {
            AuthorizationSession(rules, facts: facts, client: scope.client, scratch: scope.scratch)
        }
        rules = scope.filter.rules.map(session)
        shadow = scope.filter.shadowRules.map(session)
    }

    /// Lets the request pass, or gives the answer that refuses it.
    package func admit(_ context: RequestContext) -> LocalResponse? {
        // Both only read the head: to borrow a property of a class would copy it, hence `inout`.
        let details = decide(&context.request, &context.metadata, &context.verdicts)
        guard let details else { return nil }
        return LocalResponse(status: 403, text: "RBAC: access denied", details: details)
    }

    /// Lets a connection pass, or gives the reason to close it; `metadata` gets what rules on trial say.
    package func admitConnection(_ metadata: inout RequestMetadata) -> ContiguousArray<UInt8>? {
        var head = RequestHead()
        var verdicts = AuthorizationVerdicts()
        return decide(&head, &metadata, &verdicts)
    }

    private func decide(
        _ head: inout RequestHead,
        _ metadata: inout RequestMetadata,
        _ verdicts: inout AuthorizationVerdicts
    ) -> ContiguousArray<UInt8>? {
        if let shadow {
            let policy = shadow.match(head, metadata: metadata)
            let isAllowed = shadow.rules.allows(policy)
            scope.noteShadow(isAllowed, policy.map { shadow.rules.policies[$0].nameBytes }, in: &metadata)
            note(policy, isAllowed ? .shadowAllowed : .shadowDenied, &verdicts)
        }
        guard let rules else { return nil }
        let policy = rules.match(head, metadata: metadata)
        let isAllowed = rules.rules.allows(policy)
        scope.note(isAllowed)
        if rules.rules.action == .log { scope.noteHint(policy != nil, in: &metadata) }
        note(policy, isAllowed ? .allowed : .denied, &verdicts)
        return isAllowed ? nil : Self.details(policy.map { rules.rules.policies[$0].nameBytes })
    }

    private func note(
        _ policy: Int?,
        _ result: AuthorizationVerdict.Result,
        _ verdicts: inout AuthorizationVerdicts
    ) {
        verdicts.append(
            AuthorizationVerdict(
                filter: UInt16(clamping: scope.position),
                policy: Int32(clamping: policy ?? -1),
                result: result
            )
        )
    }

    /// `rbac_access_denied_matched_policy[NAME]`; blanks would break log lines into more fields than they have.
    private static func details(_ policy: ContiguousArray<UInt8>?) -> ContiguousArray<UInt8> {
        var text = ContiguousArray("rbac_access_denied_matched_policy[".utf8)
        text.append(contentsOf: (policy ?? none).lazy.map { $0 <= 0x20 ? UInt8(ascii: "_") : $0 })
        text.append(UInt8(ascii: "]"))
        return text
    }

    private static let none = ContiguousArray("none".utf8)
}

extension AuthorizationRules {
    /// Whether a request that `policy` matched first, or none, is let through.
    package func allows(_ policy: Int?) -> Bool {
        switch action {
        case .allow: policy != nil
        case .deny: policy == nil
        case .log: true
        }
    }
}
