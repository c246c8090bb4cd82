import KubernetesAPI
import MeshSimulation

/// AuthorizationPolicies as the table of `x authz check` has them.
struct AuthorizationListing: Equatable {
    struct Row: Codable, Equatable {
        /// `CUSTOM`, `DENY`, `ALLOW` or `AUDIT`.
        var action: String
        /// The result is noted only (`istio.io/dry-run`).
        var isDryRun: Bool
        /// `NAME.NAMESPACE`.
        var policy: String
        /// How many of its rules the proxy has.
        var rules: Int
    }

    /// In the order in which they are asked, then by name.
    let rows: [Row]

    init(_ sets: [AuthorizationRuleSet]) {
        struct Key: Hashable {
            var action: String
            var isDryRun: Bool
            var policy: String
        }
        var rules: [Key: Set<String>] = [:]
        for set in sets {
            for name in set.names {
                let rule = RuleName(name)
                let action = rule.isCustom ? "CUSTOM" : set.action == .log ? "AUDIT" : set.action.rawValue
                let key = Key(action: action, isDryRun: set.isShadow && !rule.isCustom, policy: rule.policy)
                rules[key, default: []].insert(rule.rule)
            }
        }
        let order = ["CUSTOM", "DENY", "ALLOW", "AUDIT"]
        rows = rules.map { key, rules in
            Row(action: key.action, isDryRun: key.isDryRun, policy: key.policy, rules: rules.count)
        }.sorted { left, right in
            (order.firstIndex(of: left.action) ?? 0, left.isDryRun ? 1 : 0, left.policy)
                < (order.firstIndex(of: right.action) ?? 0, right.isDryRun ? 1 : 0, right.policy)
        }
    }

    /// The table of istioctl; trials are marked.
    var text: String {
        var table = TextTable(["ACTION", "AuthorizationPolicy", "RULES"], gap: 3)
        for row in rows {
            table.add([row.action + (row.isDryRun ? " (dry-run)" : ""), row.policy, "\(row.rules)"])
        }
        return table.text
    }
}

/// `ns[NAMESPACE]-policy[NAME]-rule[INDEX]`, the name of a rule in a proxy, with what Istio puts around it for CUSTOM.
struct RuleName: Equatable {
    /// `NAME.NAMESPACE`, or the whole name where it is none of Istio's.
    var policy: String
    var rule: String
    var isCustom: Bool

    init(_ text: String) {
        isCustom = text.hasPrefix("istio-ext-authz-")
        policy = text
        rule = text
        guard let start = text.firstRange(of: "ns["), let middle = text.firstRange(of: "]-policy["),
            let last = text.firstRange(of: "]-rule["), start.upperBound <= middle.lowerBound,
            middle.upperBound <= last.lowerBound
        else { return }
        let name = text[middle.upperBound..<last.lowerBound]
        policy = "\(name).\(text[start.upperBound..<middle.lowerBound])"
        rule = String(text[last.upperBound...].prefix { $0 != "]" })
    }
}

extension AuthorizationRuleSet {
    /// The rules of RBAC filters in the active listeners of a config dump, of Envoy or of our engine, each set once.
    static func sets(in dump: JSONValue) -> [Self] {
        var found: [Self] = []
        for config in dump["configs"]?.array ?? []
        where config["@type"]?.string?.hasSuffix(".ListenersConfigDump") == true {
            let listeners =
                (config["dynamic_listeners"]?.array ?? []).compactMap { $0["active_state"] }
                + (config["static_listeners"]?.array ?? [])
            for listener in listeners { collect(listener, into: &found) }
        }
        return found
    }

    private static func collect(_ value: JSONValue, into found: inout [Self]) {
        if let list = value.array {
            for member in list { collect(member, into: &found) }
            return
        }
        guard let members = value.object else { return }
        if members["@type"]?.string?.hasSuffix(".rbac.v3.RBAC") == true {
            for (field, isShadow) in [("rules", false), ("shadow_rules", true)] {
                guard let rules = members[field] else { continue }
                let action = rules["action"]?.string.flatMap(Action.init) ?? .allow
                let names = (rules["policies"]?.object ?? [:]).keys.sorted()
                let set = Self(action: action, isShadow: isShadow, names: names)
                if !found.contains(set) { found.append(set) }
            }
            return
        }
        for member in members.values { collect(member, into: &found) }
    }
}
