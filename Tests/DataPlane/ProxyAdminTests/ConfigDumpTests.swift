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
}
