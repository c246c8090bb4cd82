internal import ProxySnapshot

/// Authorization in `/config_dump`: which rules refuse and which are only noted, by name; that is what tools count.
extension ConfigDump {
    /// The HTTP filters of a connection manager that authorize.
    static func httpFilters(_ manager: HTTPConnectionManager) -> [JSONValue] {
        manager.httpFilters.compactMap { filter in
            guard case .authorization(let rules) = filter else { return nil }
            return authorization(rules, "envoy.filters.http.rbac", "http")
        }
    }

    /// The network filters of a chain that authorize.
    static func guards(_ chain: FilterChain) -> [JSONValue] {
        chain.guards.compactMap { filter in
            guard case .authorization(let rules) = filter else { return nil }
            return authorization(rules, "envoy.filters.network.rbac", "network")
        }
    }

    private static func authorization(_ filter: AuthorizationFilter, _ name: String, _ floor: String) -> JSONValue {
        var config: [(String, JSONValue)] = [
            ("@type", .string("type.googleapis.com/envoy.extensions.filters.\(floor).rbac.v3.RBAC"))
        ]
        if let rules = filter.rules { config.append(("rules", self.rules(rules))) }
        if let rules = filter.shadowRules {
            config.append(("shadow_rules", self.rules(rules)))
            config.append(("shadow_rules_stat_prefix", .string(filter.shadowRulesStatPrefix)))
        }
        return .object([("name", .string(name)), ("typed_config", .object(config))])
    }

    private static func rules(_ rules: AuthorizationRules) -> JSONValue {
        .object([
            ("action", .string("\(rules.action)".uppercased())),
            ("policies", .object(rules.policies.map { ($0.name, .object([])) })),
        ])
    }
}
