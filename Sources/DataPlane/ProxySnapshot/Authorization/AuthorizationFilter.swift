/// A validated `envoy.extensions.filters.http.rbac.v3.RBAC`, or the network filter of the same name.
package final class AuthorizationFilter: Sendable {
    /// The rules in force; without any, nothing is refused.
    package let rules: AuthorizationRules?
    /// Stands before the names of their counters.
    package let rulesStatPrefix: String
    /// Rules whose result is noted only: dry runs, and what an external authorization is triggered by.
    package let shadowRules: AuthorizationRules?
    /// Stands before the names of their counters and of what they leave as metadata.
    package let shadowRulesStatPrefix: String
    /// The network filter's counters begin with it, e.g. `tcp.`.
    package let statPrefix: String

    package init(
        rules: AuthorizationRules? = nil,
        rulesStatPrefix: String = "",
        shadowRules: AuthorizationRules? = nil,
        shadowRulesStatPrefix: String = "",
        statPrefix: String = ""
    ) {
        self.rules = rules
        self.rulesStatPrefix = rulesStatPrefix
        self.shadowRules = shadowRules
        self.shadowRulesStatPrefix = shadowRulesStatPrefix
        self.statPrefix = statPrefix
    }
}
