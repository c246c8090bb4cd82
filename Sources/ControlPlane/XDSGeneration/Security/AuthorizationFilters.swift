import EnvoyAPI
import MeshConfig
import MeshModel

/// RBAC filters of the AUDIT, DENY and ALLOW policies of a proxy, in this order (Istio `authz/builder.Builder`).
struct AuthorizationFilters {
    let policies: [Resource<AuthorizationPolicy>]
    let trustDomains: TrustDomains

    private static let order: [AuthorizationPolicy.Action] = [.audit, .deny, .allow]

    /// Filters of connection managers.
    var http: [XDS.HTTPFilter] {
        Self.order.compactMap { action in
            guard let rules = Rules(action, policies, trustDomains, isTCP: false) else { return nil }
            var filter = XDS.HTTPRBAC()
            if let enforced = rules.enforced { filter.rules = enforced }
            if let tried = rules.tried {
                filter.shadowRules = tried
                filter.shadowRulesStatPrefix = rules.triedStatPrefix
            }
            return XDS.HTTPFilter(ExtensionName.httpRBAC, filter)
        }
    }

    /// Filters of chains of connections.
    var network: [XDS.Filter] {
        Self.order.compactMap { action in
            guard let rules = Rules(action, policies, trustDomains, isTCP: true) else { return nil }
            var filter = XDS.NetworkRBAC()
            filter.statPrefix = Self.tcpStatPrefix
            if let enforced = rules.enforced { filter.rules = enforced }
            if let tried = rules.tried {
                filter.shadowRules = tried
                filter.shadowRulesStatPrefix = rules.triedStatPrefix
            }
            return XDS.Filter(ExtensionName.networkRBAC, filter)
        }
    }

    /// Prefix of the statistics of network filters (Istio `RBACTCPFilterStatPrefix`).
    static let tcpStatPrefix = "tcp."

    /// The policies of one action: those enforced, and those that are only tried (`istio.io/dry-run`).
    private struct Rules {
        var enforced: XDS.RBAC?
        var tried: XDS.RBAC?
        /// Prefix under which the result of a trial is found (Istio `RBACShadowRulesAllowStatPrefix` and its like).
        var triedStatPrefix: String

        /// Nil when there is no policy of the action.
        init?(
            _ action: AuthorizationPolicy.Action,
            _ policies: [Resource<AuthorizationPolicy>],
            _ trustDomains: TrustDomains,
            isTCP: Bool
        ) {
            let policies = policies.filter { $0.spec.action == action }
            guard !policies.isEmpty else { return nil }
            let (tried, enforced) = (policies.filter(\.isDryRun), policies.filter { !$0.isDryRun })
            let kind: XDS.RBAC.Action
            switch action {
            case .allow: (kind, triedStatPrefix) = (.allow, "istio_dry_run_allow_")
            case .deny, .custom: (kind, triedStatPrefix) = (.deny, "istio_dry_run_deny_")
            case .audit: (kind, triedStatPrefix) = (.log, "")
            }
            if !enforced.isEmpty { self.enforced = XDS.RBAC(kind, enforced, trustDomains, isTCP: isTCP) }
            if !tried.isEmpty { self.tried = XDS.RBAC(kind, tried, trustDomains, isTCP: isTCP) }
        }
    }
}

extension XDS.RBAC {
    /// Rules of policies under the names that Istio gives them, `ns[NAMESPACE]-policy[NAME]-rule[INDEX]`.
    ///
    /// A policy without rules is there with one that never matches: for ALLOW that refuses everything.
    init(
        _ kind: Action,
        _ policies: [Resource<AuthorizationPolicy>],
        _ trustDomains: TrustDomains,
        isTCP: Bool,
        namePrefix: String = ""
    ) {
        self.init()
        action = kind
        for policy in policies {
            let name = "\(namePrefix)ns[\(policy.namespace)]-policy[\(policy.name)]"
            let translation = RuleTranslation(
                trustDomains: trustDomains,
                namespace: policy.namespace,
                action: policy.spec.action,
                isTCP: isTCP
            )
            for (index, rule) in policy.spec.rules.enumerated() {
                guard let translated = translation.policy(rule) else { continue }
                self.policies["\(name)-rule[\(index)]"] = translated
            }
            if policy.spec.rules.isEmpty { self.policies["\(name)-rule[0]"] = .never }
        }
    }
}
