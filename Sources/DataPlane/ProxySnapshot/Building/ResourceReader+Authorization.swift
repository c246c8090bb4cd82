import EnvoyAPI
import SwiftProtobuf

/// How far authorization rules may go: what a hostile or broken control plane sends must not cost the proxy its stack or
/// memory.
private enum AuthorizationLimit {
    static let depth = 32
    static let conditions = 200_000
}

extension ResourceReader {
    mutating func httpAuthorization(
        _ message: Envoy_Extensions_Filters_Http_Rbac_V3_RBAC
    ) throws(InvalidResource) -> AuthorizationFilter {
        // An unknown field may be a matcher in place of the rules.
        try refuseUnknownFields(message)
        return AuthorizationFilter(
            rules: message.hasRules ? try authorizationRules("rules", message.rules) : nil,
            rulesStatPrefix: message.rulesStatPrefix,
            shadowRules: message.hasShadowRules ? try authorizationRules("shadow_rules", message.shadowRules) : nil,
            shadowRulesStatPrefix: message.shadowRulesStatPrefix
        )
    }

    mutating func networkAuthorization(
        _ message: Envoy_Extensions_Filters_Network_Rbac_V3_RBAC
    ) throws(InvalidResource) -> AuthorizationFilter {
        try refuseUnknownFields(message)
        switch message.enforcementType {
        case .oneTimeOnFirstByte: break
        case .continuous: warn("enforcement_type", "CONTINUOUS is done once, when the connection begins")
        case .UNRECOGNIZED: throw invalid("enforcement_type", "is not known")
        }
        return AuthorizationFilter(
            rules: message.hasRules ? try authorizationRules("rules", message.rules) : nil,
            shadowRules: message.hasShadowRules ? try authorizationRules("shadow_rules", message.shadowRules) : nil,
            shadowRulesStatPrefix: message.shadowRulesStatPrefix,
            statPrefix: message.statPrefix
        )
    }

    private mutating func authorizationRules(
        _ field: String,
        _ message: Envoy_Config_Rbac_V3_RBAC
    ) throws(InvalidResource) -> AuthorizationRules {
        try within(field) { reader throws(InvalidResource) in
            try reader.refuseUnknownFields(message)
            let action: AuthorizationRules.Action
            switch message.action {
            case .allow: action = .allow
            case .deny: action = .deny
            case .log: action = .log
            case .UNRECOGNIZED: throw reader.invalid("action", "is not known")
            }
            var budget = AuthorizationLimit.conditions
            var policies: [AuthorizationPolicy] = []
            for (name, policy) in message.policies.sorted(by: { $0.key < $1.key }) {
                policies.append(
                    try reader.within("policies[\(name)]") { reader throws(InvalidResource) in
                        try reader.authorizationPolicy(name, policy, &budget)
                    }
                )
            }
            return AuthorizationRules(action: action, policies: policies)
        }
    }

    private mutating func authorizationPolicy(
        _ name: String,
        _ policy: Envoy_Config_Rbac_V3_Policy,
        _ budget: inout Int
    ) throws(InvalidResource) -> AuthorizationPolicy {
        try refuseUnknownFields(policy)
        return AuthorizationPolicy(
            name: name,
            permissions: try conditions("permissions", policy.permissions, &budget, 0),
            principals: try conditions("principals", policy.principals, &budget, 0)
        )
    }

    /// Reads a list that may not be empty: Envoy refuses that, and it would hold for all or none.
    private mutating func conditions<Element: AuthorizationMessage>(
        _ field: String,
        _ messages: [Element],
        _ budget: inout Int,
        _ depth: Int
    ) throws(InvalidResource) -> [AuthorizationCondition] {
        guard !messages.isEmpty else { throw invalid(field, "is empty") }
        var result: [AuthorizationCondition] = []
        result.reserveCapacity(messages.count)
        for (index, message) in messages.enumerated() {
            result.append(try condition("\(field)[\(index)]", message, &budget, depth))
        }
        return result
    }

    private mutating func condition<Element: AuthorizationMessage>(
        _ field: String,
        _ message: Element,
        _ budget: inout Int,
        _ depth: Int
    ) throws(InvalidResource) -> AuthorizationCondition {
        guard depth < AuthorizationLimit.depth else {
            throw invalid(field, "is nested deeper than \(AuthorizationLimit.depth)")
        }
        budget -= 1
        guard budget > 0 else {
            throw invalid(field, "more than \(AuthorizationLimit.conditions) conditions in one filter")
        }
        // Not by `within`: its closure cannot carry the budget.
        var nested = budget
        let result =
            try within(field) { reader throws(InvalidResource) in
                try reader.refuseUnknownFields(message)
                switch message.parts {
                case .all(let parts): return .all(try reader.conditions("and", parts, &nested, depth + 1))
                case .either(let parts): return .either(try reader.conditions("or", parts, &nested, depth + 1))
                case .not(let part): return .not(try reader.condition("not", part, &nested, depth + 1))
                case .leaf: return try message.leaf(&reader)
                case nil: throw reader.invalid("", "is missing or of an unsupported kind")
                }
            } as AuthorizationCondition
        budget = nested
        return result
    }

    mutating func metadataMatcher(
        _ field: String,
        _ message: Envoy_Type_Matcher_V3_MetadataMatcher
    ) throws(InvalidResource) -> MetadataMatcher {
        try within(field) { reader throws(InvalidResource) in
            try reader.refuseUnknownFields(message)
            guard !message.filter.isEmpty else { throw reader.invalid("filter", "is empty") }
            guard (1...AuthorizationLimit.depth).contains(message.path.count) else {
                throw reader.invalid("path", "must have 1 to \(AuthorizationLimit.depth) keys")
            }
            var path: [String] = []
            for segment in message.path {
                guard case .key(let key)? = segment.segment, !key.isEmpty else {
                    throw reader.invalid("path", "a segment without key")
                }
                path.append(key)
            }
            return MetadataMatcher(
                filter: message.filter,
                path: path,
                value: try reader.valueMatcher("value", message.value, 0),
                inverts: message.invert
            )
        }
    }

    private func valueMatcher(
        _ field: String,
        _ message: Envoy_Type_Matcher_V3_ValueMatcher,
        _ depth: Int
    ) throws(InvalidResource) -> ValueMatcher {
        guard depth < AuthorizationLimit.depth else { throw invalid(field, "is nested too deep") }
        try refuseUnknownFields(message)
        switch message.matchPattern {
        case .nullMatch?: return .null
        case .doubleMatch(let double)?:
            switch double.matchPattern {
            case .exact(let number)?: return .number(number)
            case .range(let range)?:
                guard range.start <= range.end else { throw invalid("\(field).double_match", "the range is empty") }
                return .range(range.start..<range.end)
            case nil: throw invalid("\(field).double_match", "is missing")
            }
        case .stringMatch(let matcher)?: return .text(try stringMatcher("\(field).string_match", matcher))
        case .boolMatch(let flag)?: return .boolean(flag)
        case .presentMatch(let flag)?: return .present(flag)
        case .listMatch(let list)?:
            try refuseUnknownFields(list)
            guard case .oneOf(let element)? = list.matchPattern else {
                throw invalid("\(field).list_match", "only one_of is supported")
            }
            return .element(try valueMatcher("\(field).list_match.one_of", element, depth + 1))
        case .orMatch(let choice)?:
            guard !choice.valueMatchers.isEmpty else { throw invalid("\(field).or_match", "is empty") }
            var matchers: [ValueMatcher] = []
            for matcher in choice.valueMatchers {
                matchers.append(try valueMatcher("\(field).or_match", matcher, depth + 1))
            }
            return .either(matchers)
        case nil: throw invalid(field, "the match pattern is missing or of an unsupported kind")
        }
    }

    func pathMatcher(
        _ field: String,
        _ message: Envoy_Type_Matcher_V3_PathMatcher
    ) throws(InvalidResource) -> StringMatcher {
        guard case .path(let matcher)? = message.rule else { throw invalid(field, "is missing") }
        return try stringMatcher("\(field).path", matcher)
    }

    func cidrRange(_ field: String, _ range: Envoy_Config_Core_V3_CidrRange) throws(InvalidResource) -> CIDRRange {
        guard let first = try cidrRanges(field, [range]).first else { throw invalid(field, "is missing") }
        return first
    }
}
