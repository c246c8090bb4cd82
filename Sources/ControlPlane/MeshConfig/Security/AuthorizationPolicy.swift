/// Who may call what (Istio `security.v1beta1.AuthorizationPolicy`).
package struct AuthorizationPolicy: Sendable, Hashable {
    /// What happens to a request that a rule matches (Istio `AuthorizationPolicy.Action`).
    package enum Action: String, Sendable, Hashable, CaseIterable {
        /// It is allowed; what no ALLOW policy of the workload matches is refused.
        case allow = "ALLOW"
        case deny = "DENY"
        /// It is noted; nothing else happens.
        case audit = "AUDIT"
        /// An extension provider decides.
        case custom = "CUSTOM"
    }

    /// Workloads it is for.
    package var attachment: PolicyAttachment = .everything
    /// What happens to a request that a rule matches.
    package var action: Action = .allow
    /// Name of the extension provider of a CUSTOM policy; empty otherwise.
    package var provider = ""
    /// Rules of which one must match; without any the policy matches nothing.
    package var rules: [Rule] = []

    package init() {}
}

extension AuthorizationPolicy {
    /// Conditions that must all hold; without any every request matches (Istio `Rule`).
    package struct Rule: Sendable, Hashable {
        /// Callers of which one must match; empty for everybody.
        package var from: [Source] = []
        /// Operations of which one must match; empty for every one.
        package var to: [Operation] = []
        /// Further conditions, all of which must hold.
        package var when: [Condition] = []
        /// Where the rule begins.
        package var source: SourceLocation?

        package init() {}
    }

    /// A caller; everything that is said must hold (Istio `Source`).
    package struct Source: Sendable, Hashable {
        /// Identities by mutual TLS, `TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`.
        package var principals = PolicyValues()
        /// Identities by token, `ISSUER/SUBJECT`.
        package var requestPrincipals = PolicyValues()
        /// Namespaces by mutual TLS.
        package var namespaces = PolicyValues()
        /// Service accounts by mutual TLS: `ACCOUNT` of the policy's namespace, or `NAMESPACE/ACCOUNT`; no wildcards.
        package var serviceAccounts = PolicyValues()
        /// Trust domains by mutual TLS.
        package var trustDomains = PolicyValues()
        /// Addresses of the connection, IP or CIDR.
        package var ipBlocks = PolicyValues()
        /// Addresses of the original caller by X-Forwarded-For or PROXY protocol, IP or CIDR.
        package var remoteIpBlocks = PolicyValues()

        package init() {}
    }

    /// An operation; everything that is said must hold (Istio `Operation`).
    package struct Operation: Sendable, Hashable {
        /// Hosts asked for, without regard to case.
        package var hosts = PolicyValues()
        /// Ports of the workload, in decimal.
        package var ports = PolicyValues()
        /// Methods.
        package var methods = PolicyValues()
        /// Paths: exact, `p*`, `*s`, `*`, or templates with `{*}` (one segment) and `{**}` (the rest).
        package var paths = PolicyValues()

        package init() {}
    }

    /// A condition on one attribute (Istio `Condition`).
    package struct Condition: Sendable, Hashable {
        /// Attribute.
        package var key: ConditionKey
        /// Its values.
        package var values: PolicyValues

        package init(_ key: ConditionKey, _ values: PolicyValues) {
            self.key = key
            self.values = values
        }
    }
}

extension AuthorizationPolicy.Source {
    /// Whether nothing is asked for.
    var isEmpty: Bool { !hasTCPFields && requestPrincipals.isEmpty }

    /// Whether something is asked that is known of every connection.
    package var hasTCPFields: Bool {
        [principals, namespaces, serviceAccounts, trustDomains, ipBlocks, remoteIpBlocks].contains { !$0.isEmpty }
    }

    /// Names of the fields that only HTTP has.
    package var httpFields: [String] { requestPrincipals.isEmpty ? [] : ["requestPrincipals"] }
}

extension AuthorizationPolicy.Operation {
    /// Whether nothing is asked for.
    var isEmpty: Bool { ports.isEmpty && httpFields.isEmpty }

    /// Names of the fields that only HTTP has.
    package var httpFields: [String] {
        [("hosts", hosts), ("methods", methods), ("paths", paths)].filter { !$0.1.isEmpty }.map(\.0)
    }
}

extension AuthorizationPolicy.Rule {
    /// Names of the fields and conditions that only HTTP has, in order, each once.
    package var httpFields: [String] {
        var seen: Set<String> = []
        let all = from.flatMap(\.httpFields) + to.flatMap(\.httpFields) + when.filter(\.key.isHTTP).map(\.key.text)
        return all.filter { seen.insert($0).inserted }
    }

    /// Whether it matches every TCP connection once the HTTP fields are left out, as DENY and AUDIT do.
    package var matchesEveryConnection: Bool {
        (from.isEmpty || from.contains { !$0.hasTCPFields }) && (to.isEmpty || to.contains(where: \.ports.isEmpty))
            && when.allSatisfy(\.key.isHTTP)
    }
}
