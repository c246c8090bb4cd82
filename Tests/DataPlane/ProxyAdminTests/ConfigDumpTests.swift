import HTTPWire
import ProxySnapshot
import Testing

@testable import ProxyAdmin

@Suite struct ConfigDumpTests {
    private static func snapshot() throws -> ProxySnapshot {
        let cluster = ClusterIndex(rawValue: 0)
        let policy = RetryPolicy(conditions: [.serverError, .reset], retries: 3, perTryTimeout: .seconds(2))
        let split = WeightedClusters(
            entries: [WeightedCluster(cluster: cluster, weight: 80), WeightedCluster(cluster: cluster, weight: 20)],
            total: 100
        )
        let routes = [
            Route(
                name: "one",
                match: RouteMatch(path: .exact(Array("/a".utf8))),
                action: .forward(RouteAction(cluster: .weighted(split), retryPolicy: policy)),
                configSource: "/apis/x",
                configRule: "http[0]"
            ),
            Route(
                name: "two",
                match: RouteMatch(path: .prefix([0x2F])),
                action: .redirect(RedirectAction(host: "other.example", status: 302))
            ),
        ]
        let host = VirtualHost(name: "v", domains: ["*"], routes: routes)
        let tables = try ["80", "9080"].map { name in
            RouteConfiguration(name: name, virtualHosts: [host], hosts: try VirtualHostIndex(domains: [["*"]]))
        }
        return ProxySnapshot(
            routeConfigurationSlots: tables,
            clusterSlots: [Cluster(name: "outbound|80||a", index: cluster)]
        )
    }

    private func page(_ target: String) throws -> AdminResponse {
        ConfigDump.page(try Self.snapshot(), AdminRequest(isPost: false, target: target))
    }

    @Test(arguments: [
        "\"weighted_clusters\": [", "\"name\": \"outbound|80||a\"", "\"weight\": 80", "\"retry_on\": \"5xx,reset\"",
        "\"num_retries\": 3", "\"rule\": \"http[0]\"", "\"host_redirect\": \"other.example\"", "\"path\": \"/a\"",
    ])
    func routesShowWhatTheyDo(text: String) throws {
        #expect(try page("/config_dump").body.contains(text))
    }

    @Test func oneListMayBeAskedForAndItsMembersByName() throws {
        let all = try page("/config_dump?resource=dynamic_route_configs")
        #expect(all.body.contains("\"9080\"") && all.body.contains("\"80\""))
        #expect(!all.body.contains("ClustersConfigDump"))
        let some = try page("/config_dump?resource=dynamic_route_configs&name_regex=90.*")
        #expect(some.body.contains("\"9080\"") && !some.body.contains("\"80\""))
    }

    @Test(arguments: [
        ("/config_dump?resource=nothing", 404), ("/config_dump?name_regex=(", 400), ("/config_dump?mask=a", 400),
    ])
    func whatCannotBeShownIsRefused(target: String, status: Int) throws {
        #expect(Int(try page(target).status) == status)
    }

    @Test func rulesOfAuthorizationAreNamed() throws {
        func rules(_ action: AuthorizationRules.Action, _ name: String) -> AuthorizationRules {
            AuthorizationRules(
                action: action,
                policies: [AuthorizationPolicy(name: name, permissions: [], principals: [])]
            )
        }
        let filter = AuthorizationFilter(
            rules: rules(.deny, "ns[a]-policy[b]-rule[0]"),
            shadowRules: rules(.allow, "ns[a]-policy[tried]-rule[0]"),
            shadowRulesStatPrefix: "istio_dry_run_allow_"
        )
        let manager = HTTPConnectionManager(
            statPrefix: "in",
            routeSource: .rds(name: "80", index: RouteConfigurationIndex(rawValue: 0)),
            httpFilters: [.authorization(filter), .router(RouterOptions())]
        )
        let listener = Listener(
            name: "virtualInbound",
            address: SocketAddressValue(address: IPAddress(v4: 0), port: 15006),
            filterChains: [
                FilterChain(
                    name: "c",
                    guards: [.authorization(filter)],
                    networkFilter: .httpConnectionManager(manager)
                )
            ]
        )
        let snapshot = ProxySnapshot(listeners: [listener])
        let body = ConfigDump.page(snapshot, AdminRequest(isPost: false, target: "/config_dump")).body
        for text in [
            "envoy.extensions.filters.http.rbac.v3.RBAC", "envoy.extensions.filters.network.rbac.v3.RBAC",
            "\"ns[a]-policy[b]-rule[0]\": {", "\"ns[a]-policy[tried]-rule[0]\": {", "\"action\": \"DENY\"",
            "\"shadow_rules_stat_prefix\": \"istio_dry_run_allow_\"",
        ] {
            #expect(body.contains(text), "\(text)")
        }
    }
}
