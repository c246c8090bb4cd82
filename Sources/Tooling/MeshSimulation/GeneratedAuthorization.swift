import EnvoyAPI
package import MeshModel
import SwiftProtobuf
import XDSGeneration

/// The rules of one RBAC filter, by name (`envoy.config.rbac.v3.RBAC`).
package struct AuthorizationRuleSet: Sendable, Hashable {
    /// What the filter does with a request that a rule matches.
    package enum Action: String, Sendable {
        case allow = "ALLOW"
        case deny = "DENY"
        case log = "LOG"
    }

    package var action: Action
    /// Whether the result is noted only.
    package var isShadow: Bool
    /// Such as `ns[NAMESPACE]-policy[NAME]-rule[INDEX]`, sorted.
    package var names: [String]

    package init(action: Action, isShadow: Bool, names: [String]) {
        self.action = action
        self.isShadow = isShadow
        self.names = names
    }
}

extension AuthorizationRuleSet {
    /// The rules in the listeners that the control plane would send a proxy, each set once, in order.
    package static func generated(for node: ProxyNode, in configuration: SimulatedConfiguration) -> [Self] {
        var found: [Self] = []
        let view = ProxyView(node, in: configuration.mesh)
        for listener in ResourceGenerator().listeners(for: view) {
            let chains =
                listener.filterChains + (listener.hasDefaultFilterChain ? [listener.defaultFilterChain] : [])
            for set in chains.flatMap(\.filters).flatMap(sets) where !found.contains(set) { found.append(set) }
        }
        return found
    }

    private static func sets(of filter: Envoy_Config_Listener_V3_Filter) -> [Self] {
        typealias Manager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
        typealias HTTPRules = Envoy_Extensions_Filters_Http_Rbac_V3_RBAC
        typealias NetworkRules = Envoy_Extensions_Filters_Network_Rbac_V3_RBAC
        let config = filter.typedConfig
        if config.isA(NetworkRules.self), let rules = try? NetworkRules(unpackingAny: config) {
            return sets(
                rules.hasRules ? rules.rules : nil,
                shadow: rules.hasShadowRules ? rules.shadowRules : nil
            )
        }
        guard config.isA(Manager.self), let manager = try? Manager(unpackingAny: config) else { return [] }
        return manager.httpFilters.flatMap { filter -> [Self] in
            guard filter.typedConfig.isA(HTTPRules.self),
                let rules = try? HTTPRules(unpackingAny: filter.typedConfig)
            else { return [] }
            return sets(
                rules.hasRules ? rules.rules : nil,
                shadow: rules.hasShadowRules ? rules.shadowRules : nil
            )
        }
    }

    private static func sets(_ rules: Envoy_Config_Rbac_V3_RBAC?, shadow: Envoy_Config_Rbac_V3_RBAC?) -> [Self] {
        [(rules, false), (shadow, true)].compactMap { rules, isShadow in
            guard let rules else { return nil }
            let action: Action
            switch rules.action {
            case .allow, .UNRECOGNIZED: action = .allow
            case .deny: action = .deny
            case .log: action = .log
            }
            return Self(action: action, isShadow: isShadow, names: rules.policies.keys.sorted())
        }
    }
}
