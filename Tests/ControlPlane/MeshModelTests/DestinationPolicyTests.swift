import MeshConfig
import MeshModel
import Testing

/// Rules 23 to 27 and 100 (Istio `destinationRule`, `mergeDestinationRule`, `MergeTrafficPolicy`).
@Suite struct DestinationPolicyTests {
    private let host = "reviews.default.svc.cluster.local"

    private func rule(_ name: String, _ namespace: String, _ spec: String) -> String {
        MeshFixture.istio("DestinationRule", name, namespace, spec: spec)
    }

    private func names(_ yaml: String, client: String, labels: [String: String] = [:]) -> [String] {
        let key = ServiceKey(hostname: Hostname(host), namespace: "default")
        return MeshFixture.snapshot(MeshFixture.service("reviews") + yaml)
            .destinationPolicy(for: key, clientNamespace: client, labels: labels)?.sources.map(\.name) ?? []
    }

    @Test func clientNamespaceThenServiceNamespaceThenRoot() {
        let root = rule("root", "istio-system", "{host: '*.local'}")
        let service = rule("service", "default", "{host: reviews}")
        let client = rule("client", "shop", "{host: \(host)}")
        #expect(names(root + service + client, client: "shop") == ["client"])
        #expect(names(root + service, client: "shop") == ["service"])
        #expect(names(root, client: "shop") == ["root"])
        #expect(names(root + service, client: "istio-system") == ["service"])
        #expect(names("", client: "shop").isEmpty)
    }

    @Test func onlyExportedRulesOfTheServicesNamespaceCount() {
        let hidden = rule("hidden", "default", "{host: reviews, exportTo: ['.']}")
        #expect(names(hidden, client: "shop").isEmpty)
        #expect(names(hidden, client: "default") == ["hidden"])
    }

    @Test func shortHostsAreOfTheRulesNamespace() {
        #expect(names(rule("r", "shop", "{host: reviews}"), client: "shop").isEmpty)
    }

    @Test func mostSpecificHostWinsInANamespace() {
        let yaml =
            rule("wide", "default", "{host: '*.default.svc.cluster.local'}")
            + rule("narrow", "default", "{host: reviews}")
        #expect(names(yaml, client: "default") == ["narrow"])
    }

    @Test func selectorBeatsRulesForAllButReachesOnlyItsNamespace() {
        let yaml =
            rule("all", "default", "{host: reviews}")
            + rule("some", "default", "{host: reviews, workloadSelector: {matchLabels: {app: web}}}")
        #expect(names(yaml, client: "default", labels: ["app": "web"]) == ["some"])
        #expect(names(yaml, client: "default") == ["all"])
        #expect(names(yaml, client: "shop", labels: ["app": "web"]) == ["all"])
    }

    @Test func rulesOfOneHostMergeOldestFirst() throws {
        let yaml =
            MeshFixture.service("reviews")
            + rule(
                "b",
                "default",
                "{host: reviews, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: "
                    + "[{name: v1, labels: {version: other}}, {name: v2, labels: {version: v2}}]}"
            )
            + rule(
                "a",
                "default",
                "{host: reviews, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}, subsets: "
                    + "[{name: v1, labels: {version: v1}}]}"
            )
        let snapshot = MeshFixture.snapshot(yaml)
        let policy = try #require(snapshot.destinationPolicies.first)
        #expect(snapshot.destinationPolicies.count == 1)
        #expect(policy.sources.map(\.name) == ["a", "b"])
        #expect(policy.subsets.map(\.name) == ["v1", "v2"])
        #expect(policy.subset(named: "v1")?.labels == ["version": "v1"])
        #expect(policy.trafficPolicy?.loadBalancer?.simple == .roundRobin)
        #expect(Set(snapshot.codes()) == [.duplicateSubset, .trafficPolicyIgnored])
        #expect(snapshot.diagnostics.allSatisfy { $0.object.name == "b" && $0.location != nil })
    }

    @Test func subsetOverridesPerBlockAndPortsReplaceAsAWhole() throws {
        let yaml =
            MeshFixture.service("reviews")
            + rule(
                "r",
                "default",
                """
                {host: reviews, trafficPolicy: {loadBalancer: {simple: RANDOM}, outlierDetection: {interval: 1s},
                 portLevelSettings: [{port: {number: 9080}, loadBalancer: {simple: ROUND_ROBIN}}]},
                 subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}}]}
                """
            )
        let policy = try #require(MeshFixture.snapshot(yaml).destinationPolicies.first)
        let whole = try #require(TrafficPolicy.effective(policy, subset: nil, port: 80))
        #expect(whole.loadBalancer?.simple == .random)
        #expect(whole.outlierDetection != nil)
        let port = try #require(TrafficPolicy.effective(policy, subset: "", port: 9080))
        #expect(port.loadBalancer?.simple == .roundRobin)
        #expect(port.outlierDetection == nil)
        let subset = try #require(TrafficPolicy.effective(policy, subset: "v1", port: 80))
        #expect(subset.loadBalancer?.simple == .leastRequest)
        #expect(subset.outlierDetection != nil)
    }

    @Test func portsInheritNothingAndSubsetsOfAPortKeepTheRulesRetryBudget() throws {
        let yaml =
            MeshFixture.service("reviews")
            + rule(
                "r",
                "default",
                """
                {host: reviews, trafficPolicy: {retryBudget: {percent: 5}, tls: {mode: DISABLE},
                 portLevelSettings: [{port: {number: 9080}, loadBalancer: {simple: RANDOM}}]},
                 subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}},
                 retryBudget: {percent: 7}, portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]}}]}
                """
            )
        let policy = try #require(MeshFixture.snapshot(yaml).destinationPolicies.first)
        let port = try #require(TrafficPolicy.effective(policy, subset: nil, port: 9080))
        #expect(port.retryBudget == nil && port.tls == nil && port.loadBalancer?.simple == .random)
        let subset = try #require(TrafficPolicy.effective(policy, subset: "v1", port: 80))
        #expect(subset.connectionPool == nil && subset.retryBudget?.percent == 5 && subset.tls == nil)
        let other = try #require(TrafficPolicy.effective(policy, subset: "v1", port: 8080))
        #expect(other.connectionPool?.tcp?.maxConnections == 1 && other.retryBudget?.percent == 7)
    }

    @Test func meshDefaultsFillTheBlocksThatTheRuleLeavesOut() throws {
        var defaults = MeshConfiguration.DefaultTrafficPolicy()
        defaults.outlierDetection = OutlierDetection()
        defaults.connectionPool = ConnectionPoolSettings()
        let yaml =
            MeshFixture.service("reviews")
            + rule(
                "r",
                "default",
                """
                {host: reviews, trafficPolicy: {outlierDetection: {interval: 1s},
                 portLevelSettings: [{port: {number: 9080}, loadBalancer: {simple: RANDOM}}]},
                 subsets: [{name: v1, labels: {version: v1},
                 trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]}}]}
                """
            )
        let policy = try #require(MeshFixture.snapshot(yaml).destinationPolicies.first)
        let none = try #require(TrafficPolicy.effective(nil, subset: nil, port: 80, defaults: defaults))
        #expect(none.outlierDetection == OutlierDetection() && none.connectionPool != nil)
        let whole = try #require(TrafficPolicy.effective(policy, subset: nil, port: 80, defaults: defaults))
        #expect(whole.outlierDetection?.interval == .seconds(1) && whole.connectionPool != nil)
        let port = try #require(TrafficPolicy.effective(policy, subset: nil, port: 9080, defaults: defaults))
        #expect(port.outlierDetection == OutlierDetection() && port.connectionPool != nil)
        let subset = try #require(TrafficPolicy.effective(policy, subset: "v1", port: 80, defaults: defaults))
        #expect(subset.outlierDetection == nil && subset.connectionPool == nil)
    }

    @Test func rulesThatTheirOwnNamespaceDoesNotSeeDoNotCountThere() {
        let away = rule("away", "default", "{host: reviews, exportTo: [shop]}")
        let wide = rule("wide", "default", "{host: '*.default.svc.cluster.local'}")
        #expect(names(away, client: "default").isEmpty)
        #expect(names(away + wide, client: "default") == ["wide"])
        #expect(names(away + wide, client: "shop") == ["away"])
    }

    @Test func ruleWithSelectorDoesNotHideTheRootNamespaceFromOthers() {
        let yaml =
            rule("some", "default", "{host: reviews, workloadSelector: {matchLabels: {app: web}}}")
            + rule("root", "istio-system", "{host: '*.local'}")
        #expect(names(yaml, client: "shop", labels: ["app": "web"]) == ["root"])
        #expect(names(yaml, client: "default", labels: ["app": "web"]) == ["some"])
        #expect(names(yaml, client: "default").isEmpty)
    }

    @Test func rulesOfOneHostForDifferentNamespacesStayApartAndTheNewestCounts() {
        let yaml =
            rule("a", "default", "{host: reviews, exportTo: ['.']}")
            + rule("b", "default", "{host: reviews, exportTo: ['.', shop]}")
        #expect(names(yaml, client: "default") == ["b"])
        #expect(names(yaml, client: "shop") == ["b"])
    }

    @Test func selectorsDoNotReachTheWayToTheWorkloadItself() {
        let yaml =
            rule("all", "default", "{host: reviews}")
            + rule("some", "default", "{host: reviews, workloadSelector: {matchLabels: {app: web}}}")
        let key = ServiceKey(hostname: Hostname(host), namespace: "default")
        let snapshot = MeshFixture.snapshot(MeshFixture.service("reviews") + yaml)
        let inbound = snapshot.destinationPolicy(for: key, clientNamespace: "default", labels: nil)
        #expect(inbound?.sources.map(\.name) == ["all"])
    }

    @Test func privateRulesOfTheRootNamespaceAreFoundBehindMoreSpecificOnes() {
        let yaml =
            rule("kept", "istio-system", "{host: '*.local', exportTo: ['.']}")
            + rule("open", "istio-system", "{host: '\(host)'}")
        #expect(names(yaml, client: "istio-system") == ["kept"])
        #expect(names(yaml, client: "shop") == ["open"])
    }

    @Test func partsAreNamedWithTheirPlace() throws {
        let yaml =
            MeshFixture.service("reviews")
            + rule(
                "a",
                "default",
                """
                {host: reviews, subsets: [{name: v1, labels: {version: v1}}]}
                """
            )
            + rule(
                "b",
                "default",
                """
                {host: reviews, trafficPolicy: {outlierDetection: {interval: 1s}, connectionPool: {tcp: {maxConnections: 1}},
                 portLevelSettings: [{port: {number: 1}, loadBalancer: {simple: RANDOM}}]},
                 subsets: [{name: v1, labels: {version: x}}, {name: v2, labels: {version: v2},
                 trafficPolicy: {connectionPool: {tcp: {maxConnections: 2}}}}]}
                """
            )
        let policy = try #require(MeshFixture.snapshot(yaml).destinationPolicies.first)
        func text(_ block: TrafficPolicyBlock?, _ subset: String?, _ port: UInt32 = 9080) -> String? {
            policy.part(of: block, subset: subset, port: port).map { "\($0.object.name) \($0.path)" }
        }
        #expect(text(nil, nil) == "b trafficPolicy")
        #expect(text(nil, "v1") == "a subsets[0]")
        #expect(text(nil, "v2") == "b subsets[1].trafficPolicy")
        #expect(text(nil, nil, 1) == "b trafficPolicy.portLevelSettings[0]")
        #expect(text(.connectionPool, "v1") == "b trafficPolicy.connectionPool")
        #expect(text(.connectionPool, "v2") == "b subsets[1].trafficPolicy.connectionPool")
        #expect(text(.outlierDetection, "v2") == "b trafficPolicy.outlierDetection")
        #expect(text(.loadBalancer, nil, 1) == "b trafficPolicy.portLevelSettings[0].loadBalancer")
        // What a port leaves out is the default.
        #expect(text(.outlierDetection, nil, 1) == nil)
        #expect(text(.retryBudget, nil) == nil)
        let lines = [nil, .connectionPool].map { policy.part(of: $0, subset: "v2", port: 1)?.location?.line ?? 0 }
        #expect(lines[0] > 0 && lines[0] <= lines[1])
    }
}
