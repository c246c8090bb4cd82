import CustomDump
import KubernetesAPI
import Testing

@testable import ClusterControllers

@Suite(.timeLimit(.minutes(5))) struct EndpointTests {
    private func service(_ spec: [String: JSONValue] = [:]) -> KubernetesObject {
        var service = KubernetesObject(.services, ObjectName(namespace: "shop", name: "web"))
        service.uid = "service"
        var all: [String: JSONValue] = [
            "selector": ["app": "web"], "clusterIP": "10.96.0.20",
            "ports": [["name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"]],
        ]
        all.merge(spec) { $1 }
        service["spec"] = .object(all)
        return service
    }

    private func slice(_ name: String, _ pods: [KubernetesObject], _ service: KubernetesObject) -> KubernetesObject {
        let endpoints = ServiceEndpoints(service, Sample.cache(pods.map { (.pods, $0) }))
        var slice = KubernetesObject(.endpointSlices, ObjectName(namespace: "shop", name: name))
        slice.uid = name
        slice["addressType"] = "IPv4"
        slice["ports"] = .array(endpoints.groups.first?.ports.map(\.json) ?? [])
        slice["endpoints"] = .array(endpoints.groups.flatMap { $0.endpoints.map(\.sliceJSON) })
        slice.labels = [
            EndpointSliceController.serviceLabel: "web",
            EndpointSliceController.managedByLabel: EndpointSliceController.managedBy,
        ]
        return slice
    }

    /// Ready, serving and terminating of a pod, and of one of a Service that publishes all.
    @Test(arguments: [
        (true, false, false, [true, true, false]), (false, false, false, [false, false, false]),
        (true, true, false, [false, true, true]), (false, true, false, [false, false, true]),
        (false, false, true, [true, true, false]), (false, true, true, [true, true, true]),
    ])
    func conditionsSayWhetherToSend(ready: Bool, terminating: Bool, publishes: Bool, expected: [Bool]) throws {
        var pod = Sample.pod("a", ready: ready)
        if terminating { pod["metadata", "deletionTimestamp"] = "2026-11-21T08:10:05Z" }
        let service = service(["publishNotReadyAddresses": .bool(publishes)])
        let endpoint = try #require(
            ServiceEndpoints(service, Sample.cache([(.pods, pod)])).groups.first?.endpoints.first
        )
        #expect([endpoint.isReady, endpoint.isServing, endpoint.isTerminating] == expected)
    }

    @Test func aNamedPortIsLookedUpInEachPod() {
        var other = Sample.pod("b")
        other["spec", "containers"] = [["name": "web", "ports": [["name": "http", "containerPort": 9090]]]]
        var without = Sample.pod("c")
        without["spec", "containers"] = [["name": "web"]]
        let endpoints = ServiceEndpoints(
            service(),
            Sample.cache([(.pods, Sample.pod("a")), (.pods, other), (.pods, without)])
        )
        #expect(endpoints.groups.map { $0.ports.map(\.port) } == [[8080], [9090], []])
    }

    @Test func aChangeOfOnePodWritesOneSlice() throws {
        let pods = (0..<150).map { Sample.pod("pod-\(1000 + $0)", address: "10.244.1.\($0)") }
        let service = service()
        let full = slice("full", Array(pods[..<100]), service)
        let half = slice("half", Array(pods[100...]), service)
        let unchanged = SlicePlan(ServiceEndpoints(service, Sample.cache(pods.map { (.pods, $0) })), [full, half])
        #expect(unchanged.actions.isEmpty)

        // One goes, one comes: the new one takes the room in the fuller slice.
        let changed = pods.dropFirst() + [Sample.pod("pod-new", address: "10.244.2.1")]
        let plan = SlicePlan(ServiceEndpoints(service, Sample.cache(changed.map { (.pods, $0) })), [full, half])
        let written = plan.actions.compactMap { action -> String? in
            guard case .patch(.endpointSlices, let name, let patch, nil) = action else { return nil }
            return "\(name.name) \(patch["endpoints"]?.array?.count ?? 0)"
        }
        #expect(written == ["full 100"])
        #expect(plan.actions.count == 1)
    }

    @Test func moreThanAHundredEndpointsAreSpreadAndEmptySlicesGo() {
        let pods = (0..<250).map { Sample.pod("pod-\(1000 + $0)", address: "10.244.1.\($0)") }
        let service = service()
        let cache = Sample.cache(pods.map { (.pods, $0) })
        let counts = SlicePlan(ServiceEndpoints(service, cache), []).actions.compactMap { action -> Int? in
            if case .create(_, let slice, _) = action { slice["endpoints"]?.array?.count } else { nil }
        }
        #expect(counts == [100, 100, 50])
        let slices = [slice("one", Array(pods[..<1]), service), slice("two", Array(pods[1..<2]), service)]
        let none = SlicePlan(ServiceEndpoints(service, Sample.cache([])), slices)
        var kept = 0
        var deleted = 0
        for action in none.actions {
            if case .patch = action { kept += 1 }
            if case .delete = action { deleted += 1 }
        }
        #expect([kept, deleted] == [1, 1])
    }

    @Test func endpointsFollowThePods() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(service(), .services)
            let empty = try await cluster.until(.endpointSlices) { $0.count == 1 }
            #expect(empty[0].ownerReferences.map(\.kind) == ["Service"])
            _ = try await cluster.create(Sample.workload(.deployments, spec: ["replicas": 2]), .deployments)
            let slices = try await cluster.until(.endpointSlices) { slices in
                slices.count == 1 && slices[0]["endpoints"]?.array?.count == 2
                    && slices[0]["endpoints"]?.array?.allSatisfy { $0[path: ["conditions", "ready"]] == true } ?? false
            }
            expectNoDifference(slices[0]["ports"], [["name": "http", "protocol": "TCP", "port": 8080]])
            #expect(slices[0]["endpoints"]?.array?.first?["nodeName"] == "laptop")
            let endpoints = try await cluster.until(.endpoints) {
                $0.first?["subsets"]?.array?.first?["addresses"]?.array?.count == 2
            }
            #expect(endpoints[0].name == "web")
            try await cluster.delete(.services, ObjectName(namespace: "shop", name: "web"), DeleteOptions())
            try await cluster.until(.endpointSlices) { $0.isEmpty }
            try await cluster.until(.endpoints) { $0.isEmpty }
        }
    }

    @Test func endpointsThatSomebodyWroteStay() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            let name = ObjectName(namespace: "shop", name: "web")
            _ = try await cluster.create(KubernetesObject(.endpoints, name), .endpoints)
            _ = try await cluster.create(service(["selector": nil]), .services)
            try await cluster.until(.serviceAccounts) { !$0.isEmpty }
            #expect(try await cluster.get(.endpoints, name).labels.isEmpty)
            #expect(try await cluster.list(.endpointSlices, ListOptions()).items.isEmpty)
        }
    }
}
