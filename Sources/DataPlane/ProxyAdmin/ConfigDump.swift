internal import ProxySnapshot

/// `/config_dump`: what is served, in Envoy's outer shape, so that tools find their way by `@type`, `name` and
/// `version_info`. The resources are shown as this proxy understands them.
enum ConfigDump {
    private static let prefix = "type.googleapis.com/envoy.admin.v3."

    static func page(_ snapshot: ProxySnapshot?, _ request: AdminRequest) -> AdminResponse {
        guard let snapshot else { return .json(.object([("configs", .array([]))])) }
        var sections = [listeners(snapshot), routes(snapshot), clusters(snapshot)]
        if request.query["include_eds"] != nil { sections.append(endpoints(snapshot)) }
        return .json(.object([("configs", .array(sections))]))
    }

    private static func version(_ snapshot: ProxySnapshot, _ kind: ResourceKind, _ name: String) -> JSONValue {
        .string(snapshot.versions[kind]?[name] ?? "")
    }

    private static func section(_ type: String, _ member: String, _ values: [JSONValue]) -> JSONValue {
        .object([("@type", .string(prefix + type)), (member, .array(values))])
    }

    private static func listeners(_ snapshot: ProxySnapshot) -> JSONValue {
        section(
            "ListenersConfigDump",
            "dynamic_listeners",
            snapshot.listeners.map { listener in
                .object([
                    ("name", .string(listener.name)),
                    (
                        "active_state",
                        .object([
                            ("version_info", version(snapshot, .listener, listener.name)),
                            ("listener", self.listener(listener)),
                        ])
                    ),
                ])
            }
        )
    }

    private static func listener(_ listener: Listener) -> JSONValue {
        .object([
            ("@type", .string(ResourceKind.listener.typeURL)),
            ("name", .string(listener.name)),
            ("address", address(listener.address)),
            ("bind_to_port", .boolean(listener.bindsToPort)),
            ("use_original_dst", .boolean(listener.usesOriginalDestination)),
            ("traffic_direction", .string("\(listener.trafficDirection)".uppercased())),
            ("filter_chains", .array(listener.filterChains.map(chain))),
            ("default_filter_chain", listener.defaultFilterChain.map(chain) ?? .null),
        ])
    }

    private static func chain(_ chain: FilterChain) -> JSONValue {
        var match: [(String, JSONValue)] = []
        if let port = chain.match.destinationPort { match.append(("destination_port", .number(Int64(port)))) }
        if !chain.match.serverNames.isEmpty {
            match.append(("server_names", .array(chain.match.serverNames.map { .string($0) })))
        }
        if !chain.match.transportProtocol.isEmpty {
            match.append(("transport_protocol", .string(chain.match.transportProtocol)))
        }
        if !chain.match.applicationProtocols.isEmpty {
            match.append(("application_protocols", .array(chain.match.applicationProtocols.map { .string($0) })))
        }
        let filter: JSONValue =
            switch chain.networkFilter {
            case .httpConnectionManager(let manager):
                .object([
                    ("name", .string("envoy.filters.network.http_connection_manager")),
                    ("stat_prefix", .string(manager.statPrefix)),
                    routeMember(manager.routeSource),
                ])
            case .tcpProxy(let proxy):
                .object([
                    ("name", .string("envoy.filters.network.tcp_proxy")), ("stat_prefix", .string(proxy.statPrefix)),
                ])
            }
        return .object([
            ("name", .string(chain.name)), ("filter_chain_match", .object(match)), ("filters", .array([filter])),
        ])
    }

    private static func routeMember(_ source: RouteSource) -> (String, JSONValue) {
        switch source {
        case .rds(let name, _): ("rds", .object([("route_config_name", .string(name))]))
        case .inline(let table): ("route_config", self.table(table))
        }
    }

    private static func routes(_ snapshot: ProxySnapshot) -> JSONValue {
        section(
            "RoutesConfigDump",
            "dynamic_route_configs",
            snapshot.routeConfigurations.map { table in
                .object([
                    ("version_info", version(snapshot, .routeConfiguration, table.name)),
                    ("route_config", self.table(table)),
                ])
            }
        )
    }

    private static func table(_ table: RouteConfiguration) -> JSONValue {
        .object([
            ("name", .string(table.name)),
            ("virtual_hosts", .array(table.virtualHosts.map(host))),
        ])
    }

    private static func host(_ host: VirtualHost) -> JSONValue {
        .object([
            ("name", .string(host.name)),
            ("domains", .array(host.domains.map { .string($0) })),
            (
                "routes",
                .array(
                    host.routes.map { route in
                        .object([
                            ("name", .string(route.name)),
                            ("match", .object([("path", .string(path(route.match.path)))])),
                            ("config", route.configSource.map { .string($0) } ?? .null),
                        ])
                    }
                )
            ),
        ])
    }

    private static func path(_ match: PathMatch) -> String {
        switch match {
        case .prefix(let bytes): "prefix \(String(decoding: bytes, as: UTF8.self))"
        case .exact(let bytes): "exact \(String(decoding: bytes, as: UTF8.self))"
        case .pathSeparatedPrefix(let bytes): "path_separated_prefix \(String(decoding: bytes, as: UTF8.self))"
        case .regex: "regex"
        }
    }

    private static func clusters(_ snapshot: ProxySnapshot) -> JSONValue {
        section(
            "ClustersConfigDump",
            "dynamic_active_clusters",
            snapshot.clusters.map { cluster in
                .object([
                    ("version_info", version(snapshot, .cluster, cluster.name)),
                    (
                        "cluster",
                        .object([
                            ("@type", .string(ResourceKind.cluster.typeURL)),
                            ("name", .string(cluster.name)),
                            ("type", .string("\(cluster.kind)".prefix { $0 != "(" }.uppercased())),
                            ("connect_timeout", .string("\(cluster.connectTimeout)")),
                            ("lb_policy", .string("\(cluster.balancing)".prefix { $0 != "(" }.uppercased())),
                        ])
                    ),
                ])
            }
        )
    }

    private static func endpoints(_ snapshot: ProxySnapshot) -> JSONValue {
        section(
            "EndpointsConfigDump",
            "dynamic_endpoint_configs",
            snapshot.clusters.map { cluster in
                .object([
                    ("cluster_name", .string(cluster.name)),
                    ("endpoints", .array(cluster.endpoints.endpoints.map { .string("\($0.address)") })),
                ])
            }
        )
    }

    private static func address(_ value: SocketAddressValue) -> JSONValue {
        .object([
            (
                "socket_address",
                .object([
                    ("address", .string("\(value.address)")), ("port_value", .number(Int64(value.port))),
                ])
            )
        ])
    }
}
