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
        let whole = try #require(policy.effectiveTrafficPolicy(subset: nil, port: 80))
        #expect(whole.loadBalancer?.simple == .random)
        #expect(whole.outlierDetection != nil)
        let port = try #require(policy.effectiveTrafficPolicy(subset: "", port: 9080))
        #expect(port.loadBalancer?.simple == .roundRobin)
        #expect(port.outlierDetection == nil)
        let subset = try #require(policy.effectiveTrafficPolicy(subset: "v1", port: 80))
        #expect(subset.loadBalancer?.simple == .leastRequest)
        #expect(subset.outlierDetection != nil)
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
