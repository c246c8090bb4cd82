import HTTPWire
import KubernetesAPI
import MeshConfig
import MeshModel
import ProxyFilters
import ProxySnapshot

/// The filters that may refuse one call, asked in the proxy's order, and what they said.
///
/// Rules are the compiled ones that the proxy asks, by the same session. Made for one call.
struct CallAdmission {
    let configuration: SimulatedConfiguration
    let node: ProxyNode
    let facts: DownstreamFacts
    /// Seconds since 1970, for tokens; nil leaves their times aside.
    let now: Int64?
    var verdicts: [CallVerdict] = []
    private(set) var refusal: Refusal?
    private var isGuarded = false
    private var notes: [String] = []
    var metadata = RequestMetadata()

    /// The answer of whoever refuses, and why.
    struct Refusal {
        /// Nil for a connection, which is closed.
        var status: Int?
        var body: String?
        var details: String
        var reason: String
        var message: String
    }

    init(configuration: SimulatedConfiguration, node: ProxyNode, facts: DownstreamFacts, now: Int64?) {
        self.configuration = configuration
        self.node = node
        self.facts = facts
        self.now = now
    }

    // MARK: Connections and requests

    /// Whether the network filters before the last let the connection pass.
    mutating func admitConnection(_ guards: [ConnectionGuard]) -> Bool {
        let head = RequestHead()
        for case .authorization(let filter) in guards {
            guard let details = ask(filter, head, .peer) else { continue }
            refuse(status: nil, body: nil, details: details, reason: "connectionDenied")
            return false
        }
        return true
    }

    /// Whether the filters of a connection manager let the request pass; they may change its head.
    mutating func admit(_ head: inout RequestHead, by manager: HTTPConnectionManager, claims: JSONValue?) -> Bool {
        // What the proxy adds to every request may be asked for; it is no part of what is told of this one.
        var prepared = head
        ConnectionManagerHeaders.prepare(&prepared, manager: manager, facts: facts, random: (0, 0))
        var readsTokens = false
        for filter in manager.httpFilters {
            switch filter {
            case .authorization(let rules):
                guard let details = ask(rules, prepared, ForwardedClient(manager)) else { continue }
                refuse(status: 403, body: "RBAC: access denied", details: details, reason: "denied")
                return false
            case .tokens(let filter):
                readsTokens = true
                isGuarded = true
                guard ask(filter, claims, &head, &prepared) else { return false }
            // Whoever is asked is no part of a simulation; the rules before it say whether it would be.
            case .externalAuthorization, .router, .fault, .cors: break
            }
        }
        if claims != nil, !readsTokens {
            notes.append("nobody reads the token: no RequestAuthentication is for this proxy")
        }
        return true
    }

    /// Puts all that was said into the result of the call.
    func tell(_ result: inout CallResult) {
        result.explain.verdicts = verdicts
        result.explain.notes += notes
        guard isGuarded else { return }
        result.explain.verdict = refusal == nil ? .allowed : .denied
        if refusal == nil, verdicts.contains(where: { $0.result == .asked }) { result.explain.verdict = .asked }
        guard let refusal else { return }
        result.explain.status = refusal.status
        result.explain.body = refusal.body
        result.explain.details = refusal.details
        result.explain.reason = refusal.reason
        result.explain.message = refusal.message
    }

    mutating func refuse(status: Int?, body: String?, details: String, reason: String) {
        let words = verdicts.last?.text ?? "denied"
        refusal = Refusal(status: status, body: body, details: details, reason: reason, message: words)
    }

    // MARK: Rules

    /// The details of a refusal; nil lets the call pass.
    private mutating func ask(
        _ filter: AuthorizationFilter,
        _ head: borrowing RequestHead,
        _ client: ForwardedClient
    ) -> String? {
        isGuarded = true
        if let shadow = filter.shadowRules {
            let session = AuthorizationSession(shadow, facts: facts, client: client)
            let policy = session.match(head, metadata: metadata)
            note(policy, shadow, shadowPrefix: filter.shadowRulesStatPrefix)
        }
        guard let rules = filter.rules else { return nil }
        let policy = AuthorizationSession(rules, facts: facts, client: client).match(head, metadata: metadata)
        note(policy, rules, shadowPrefix: nil)
        guard !rules.allows(policy) else { return nil }
        let name = policy.map { rules.policies[$0].name } ?? "none"
        return "rbac_access_denied_matched_policy[\(name.replacing(" ", with: "_"))]"
    }

    /// What the prefix of the statistics of external authorization begins with (Istio `RBACExtAuthzShadowRulesStatPrefix`).
    private static let externalPrefix = "istio_ext_authz_"
    private static let externalName = "istio-ext-authz-"

    private mutating func note(_ position: Int?, _ rules: AuthorizationRules, shadowPrefix: String?) {
        let name = position.map { rules.policies[$0].name }
        let isExternal =
            shadowPrefix == Self.externalPrefix || rules.policies.contains { $0.name.hasPrefix(Self.externalName) }
        var verdict = CallVerdict(action: "", result: rules.allows(position) ? .allowed : .denied)
        switch rules.action {
        case .allow: verdict.action = "ALLOW"
        case .deny: verdict.action = isExternal ? "CUSTOM" : "DENY"
        case .log: verdict.action = "AUDIT"
        }
        verdict.isDryRun = shadowPrefix != nil && !isExternal
        if isExternal, shadowPrefix != nil {
            // Without a match nobody is asked, and nothing is to be told.
            guard name != nil else { return }
            verdict.result = .asked
        }
        if rules.action == .log {
            guard name != nil else { return }
            verdict.result = .audited
        }
        if let name { place(name, &verdict) } else { verdict.message = Self.unmatched(rules) }
        verdicts.append(verdict)
    }

    private func place(_ name: String, _ verdict: inout CallVerdict) {
        verdict.policy = name
        guard let parts = PolicyName(name) else { return }
        verdict.object = parts.key.description
        verdict.rule = "spec.rules[\(parts.rule)]"
        guard case .authorizationPolicy(let policy)? = configuration.objects[parts.key] else { return }
        let rules = policy.spec.rules
        let source = rules.indices.contains(parts.rule) ? rules[parts.rule].source : nil
        verdict.location = (source ?? policy.metadata.source)?.description
    }

    private static func unmatched(_ rules: AuthorizationRules) -> String {
        var seen: Set<String> = []
        let objects = rules.policies.map { PolicyName($0.name)?.key.description ?? $0.name }
            .filter { seen.insert($0).inserted }
        return "no rule matches of \(objects.joined(separator: ", "))"
    }
}
