/// A validated `envoy.config.rbac.v3.RBAC`: policies and what a match of one means, compiled when it is built.
package final class AuthorizationRules: Sendable {
    /// What follows if a policy matches (`RBAC.Action`).
    package enum Action: Sendable, Equatable {
        /// Only requests that a policy matches are let through.
        case allow
        /// Requests that a policy matches are refused.
        case deny
        /// Matches are noted, and nothing is refused.
        case log
    }

    package let action: Action
    /// In the order of their names, as Envoy asks them; the first match counts.
    package let policies: [AuthorizationPolicy]
    /// Leads from a request to the policies that may match it.
    package let index: AuthorizationIndex

    package init(action: Action, policies: [AuthorizationPolicy]) {
        self.action = action
        self.policies = policies.sorted { $0.nameBytes.lexicographicallyPrecedes($1.nameBytes) }
        index = AuthorizationIndex(self.policies)
    }

    /// How a condition answers that cannot tell: never so that somebody gets in by it.
    package var doubt: Bool { action == .deny }
}

/// A validated `envoy.config.rbac.v3.Policy`.
package struct AuthorizationPolicy: Sendable, Equatable {
    /// The name, e.g. `ns[foo]-policy[httpbin]-rule[0]`.
    package let name: String
    package let nameBytes: ContiguousArray<UInt8>
    /// All that must hold: one of the permissions and one of the principals.
    package let conditions: [AuthorizationCondition]
    /// Those of `conditions` that requests of one connection may differ in.
    package let requestConditions: [AuthorizationCondition]
    /// Those of `conditions` that the connection may decide.
    package let connectionConditions: [AuthorizationCondition]
    /// How many single conditions `requestConditions` are made of.
    package let requestSize: Int

    package init(name: String, permissions: [AuthorizationCondition], principals: [AuthorizationCondition]) {
        self.name = name
        nameBytes = ContiguousArray(name.utf8)
        conditions =
            AuthorizationCondition.either(permissions).conjuncts
            + AuthorizationCondition.either(principals).conjuncts
        requestConditions = conditions.filter { !$0.isOfConnection }
        connectionConditions = conditions.filter(\.asksConnection)
        requestSize = requestConditions.reduce(0) { $0 + $1.size }
    }
}

extension AuthorizationRules: Equatable {
    /// Rules are equal if their action and policies are; the index follows from them.
    package static func == (left: AuthorizationRules, right: AuthorizationRules) -> Bool {
        left.action == right.action && left.policies == right.policies
    }
}
