internal import HTTPWire
internal import ProxySnapshot
internal import RegularExpressions

/// Routes of `/config_dump`: what they match and what they do, under the names of `envoy.config.route.v3.Route`.
extension ConfigDump {
    static func route(_ route: Route, _ snapshot: ProxySnapshot) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("name", .string(route.name)),
            ("match", match(route.match)),
            action(route.action, snapshot),
        ]
        if let source = route.configSource { members.append(("config", .string(source))) }
        if let rule = route.configRule { members.append(("rule", .string(rule))) }
        if !route.statPrefix.isEmpty { members.append(("stat_prefix", .string(route.statPrefix))) }
        if route.mayFault { members.append(("fault", .boolean(true))) }
        if route.cors != nil { members.append(("cors", .boolean(true))) }
        return .object(members)
    }

    private static func match(_ match: RouteMatch) -> JSONValue {
        var members = [path(match.path)]
        if !match.isCaseSensitive { members.append(("case_sensitive", .boolean(false))) }
        if !match.headers.isEmpty {
            members.append(("headers", .array(match.headers.map { .string($0.name.description) })))
        }
        if !match.queryParameters.isEmpty {
            let names = match.queryParameters.map { JSONValue.string(String(decoding: $0.name, as: UTF8.self)) }
            members.append(("query_parameters", .array(names)))
        }
        return .object(members)
    }

    private static func path(_ match: PathMatch) -> (String, JSONValue) {
        switch match {
        case .prefix(let bytes): ("prefix", .string(String(decoding: bytes, as: UTF8.self)))
        case .exact(let bytes): ("path", .string(String(decoding: bytes, as: UTF8.self)))
        case .pathSeparatedPrefix(let bytes): ("path_separated_prefix", .string(String(decoding: bytes, as: UTF8.self)))
        case .regex(let expression): ("safe_regex", .string(expression.pattern))
        }
    }

    private static func action(_ action: RouteActionKind, _ snapshot: ProxySnapshot) -> (String, JSONValue) {
        switch action {
        case .forward(let action): return ("route", forward(action, snapshot))
        case .redirect(let redirect):
            return (
                "redirect",
                .object([
                    ("response_code", .number(Int64(redirect.status))),
                    ("host_redirect", redirect.host.map { .string($0) } ?? .null),
                ])
            )
        case .directResponse(let response):
            return ("direct_response", .object([("status", .number(Int64(response.status)))]))
        }
    }

    private static func forward(_ action: RouteAction, _ snapshot: ProxySnapshot) -> JSONValue {
        var members = [target(action.cluster, snapshot)]
        members.append(("timeout", .string(action.timeout.map { "\($0)" } ?? "0s")))
        if let policy = action.retryPolicy {
            var retry: [(String, JSONValue)] = [
                ("retry_on", .string(policy.conditions.names.joined(separator: ","))),
                ("num_retries", .number(Int64(policy.retries))),
            ]
            if let limit = policy.perTryTimeout { retry.append(("per_try_timeout", .string("\(limit)"))) }
            members.append(("retry_policy", .object(retry)))
        }
        if !action.mirrors.isEmpty {
            let mirrors = action.mirrors.map { JSONValue.string(snapshot.clusterName(at: $0.cluster)) }
            members.append(("request_mirror_policies", .array(mirrors)))
        }
        return .object(members)
    }

    private static func target(_ target: ClusterTarget, _ snapshot: ProxySnapshot) -> (String, JSONValue) {
        switch target {
        case .cluster(let index): ("cluster", .string(snapshot.clusterName(at: index)))
        case .header(let name): ("cluster_header", .string(name.description))
        case .weighted(let split):
            (
                "weighted_clusters",
                .array(
                    split.entries.map {
                        .object([
                            ("name", .string(snapshot.clusterName(at: $0.cluster))),
                            ("weight", .number(Int64($0.weight))),
                        ])
                    }
                )
            )
        }
    }
}
