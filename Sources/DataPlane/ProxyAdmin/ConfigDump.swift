internal import ProxySnapshot
internal import RegularExpressions

/// `/config_dump`: what is served, in Envoy's outer shape, so that tools find their way by `@type`, `name` and
/// `version_info`. The resources are shown as this proxy understands them.
enum ConfigDump {
    private static let prefix = "type.googleapis.com/envoy.admin.v3."

    /// `?resource=dynamic_listeners` gives one list alone, `?name_regex=` (RE2, the whole name) some of its members,
    /// `?include_eds` the endpoints too. `mask` is refused: it names fields that are not shown here.
    static func page(
        _ snapshot: ProxySnapshot?,
        _ request: AdminRequest,
        secrets: [SecretReport] = []
    ) -> AdminResponse {
        guard snapshot != nil || !secrets.isEmpty else { return .json(.object([("configs", .array([]))])) }
        let snapshot = snapshot ?? ProxySnapshot()
        if request.query["mask"] != nil { return AdminResponse(status: 400, body: "mask is not supported\n") }
        var pattern: RegularExpression?
        if let text = request.query["name_regex"] {
            guard let compiled = try? RegularExpression(text) else {
                return AdminResponse(status: 400, body: "Invalid re2 regex\n")
            }
            pattern = compiled
        }
        let wanted = request.query["resource"]
        var all = [listeners(snapshot), routes(snapshot), clusters(snapshot), endpoints(snapshot)]
        if !secrets.isEmpty { all.insert(self.secrets(secrets), at: 3) }
        guard let wanted else {
            let shown = request.query["include_eds"] == nil ? Array(all.dropLast()) : all
            return .json(.object([("configs", .array(shown.map { $0.json(pattern) }))]))
        }
        guard let section = all.first(where: { $0.member == wanted }) else {
            let names = all.map(\.member).joined(separator: ", ")
            return AdminResponse(status: 404, body: "\(wanted) not found in config dump; there are \(names)\n")
        }
        return .json(.object([("configs", .array(section.entries(pattern)))]))
    }

    /// One kind of resource in the dump.
    private struct Section {
        var type: String
        var member: String
        var values: [(name: String, value: JSONValue)]

        func entries(_ pattern: RegularExpression?) -> [JSONValue] {
            values.filter { pattern?.matchesAll(of: $0.name) ?? true }.map(\.value)
        }

        func json(_ pattern: RegularExpression?) -> JSONValue {
            .object([("@type", .string(prefix + type)), (member, .array(entries(pattern)))])
        }
    }

    private static func secrets(_ secrets: [SecretReport]) -> Section {
        Section(
            type: "SecretsConfigDump",
            member: "dynamic_active_secrets",
            values: secrets.map { ($0.name, CertificatesPage.dump($0)) }
        )
    }

    private static func version(_ snapshot: ProxySnapshot, _ kind: ResourceKind, _ name: String) -> JSONValue {
        .string(snapshot.versions[kind]?[name] ?? "")
    }

    private static func listeners(_ snapshot: ProxySnapshot) -> Section {
        Section(
            type: "ListenersConfigDump",
            member: "dynamic_listeners",
            values: snapshot.listeners.map { listener in
                (
                    listener.name,
                    .object([
                        ("name", .string(listener.name)),
                        (
                            "active_state",
                            .object([
                                ("version_info", version(snapshot, .listener, listener.name)),
                                ("listener", self.listener(listener, snapshot)),
                            ])
                        ),
                    ])
                )
            }
        )
    }

    private static func listener(_ listener: Listener, _ snapshot: ProxySnapshot) -> JSONValue {
        .object([
            ("@type", .string(ResourceKind.listener.typeURL)),
            ("name", .string(listener.name)),
            ("address", address(listener.address)),
            ("bind_to_port", .boolean(listener.bindsToPort)),
            ("use_original_dst", .boolean(listener.usesOriginalDestination)),
            ("traffic_direction", .string("\(listener.trafficDirection)".uppercased())),
            ("filter_chains", .array(listener.filterChains.map { chain($0, snapshot) })),
            ("default_filter_chain", listener.defaultFilterChain.map { chain($0, snapshot) } ?? .null),
        ])
    }

    private static func chain(_ chain: FilterChain, _ snapshot: ProxySnapshot) -> JSONValue {
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
                    ("http_filters", .array(httpFilters(manager))),
                    routeMember(manager.routeSource, snapshot),
                ])
            case .tcpProxy(let proxy):
                .object([
                    ("name", .string("envoy.filters.network.tcp_proxy")), ("stat_prefix", .string(proxy.statPrefix)),
                ])
            }
        return .object([
            ("name", .string(chain.name)), ("filter_chain_match", .object(match)),
            ("filters", .array(guards(chain) + [filter])),
        ])
    }

    private static func routeMember(_ source: RouteSource, _ snapshot: ProxySnapshot) -> (String, JSONValue) {
        switch source {
        case .rds(let name, _): ("rds", .object([("route_config_name", .string(name))]))
        case .inline(let table): ("route_config", self.table(table, snapshot))
        }
    }

    private static func routes(_ snapshot: ProxySnapshot) -> Section {
        Section(
            type: "RoutesConfigDump",
            member: "dynamic_route_configs",
            values: snapshot.routeConfigurations.map { table in
                (
                    table.name,
                    .object([
                        ("version_info", version(snapshot, .routeConfiguration, table.name)),
                        ("route_config", self.table(table, snapshot)),
                    ])
                )
            }
        )
    }

    private static func table(_ table: RouteConfiguration, _ snapshot: ProxySnapshot) -> JSONValue {
        .object([
            ("name", .string(table.name)),
            ("virtual_hosts", .array(table.virtualHosts.map { host($0, snapshot) })),
        ])
    }

    private static func host(_ host: VirtualHost, _ snapshot: ProxySnapshot) -> JSONValue {
        .object([
            ("name", .string(host.name)),
            ("domains", .array(host.domains.map { .string($0) })),
            ("routes", .array(host.routes.map { route($0, snapshot) })),
        ])
    }

    private static func clusters(_ snapshot: ProxySnapshot) -> Section {
        Section(
            type: "ClustersConfigDump",
            member: "dynamic_active_clusters",
            values: snapshot.clusters.map { cluster in
                (
                    cluster.name,
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
                )
            }
        )
    }

    private static func endpoints(_ snapshot: ProxySnapshot) -> Section {
        Section(
            type: "EndpointsConfigDump",
            member: "dynamic_endpoint_configs",
            values: snapshot.clusters.map { cluster in
                (
                    cluster.name,
                    .object([
                        ("cluster_name", .string(cluster.name)),
                        ("endpoints", .array(cluster.endpoints.endpoints.map { .string("\($0.address)") })),
                    ])
                )
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
