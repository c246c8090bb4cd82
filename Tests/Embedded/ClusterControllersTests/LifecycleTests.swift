import KubernetesAPI
import Testing

@testable import ClusterControllers

@Suite(.timeLimit(.minutes(5))) struct LifecycleTests {
    private let web = ObjectName(namespace: "shop", name: "web")

    private func configMap(_ name: String, owners: [OwnerReference] = []) -> KubernetesObject {
        var object = KubernetesObject(.configMaps, ObjectName(namespace: "shop", name: name))
        object.ownerReferences = owners
        return object
    }

    @Test func aDeletedDeploymentTakesItsReplicaSetsAndPodsAlong() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(Sample.workload(.deployments, spec: ["replicas": 2]), .deployments)
            try await cluster.until(.pods) { $0.count == 2 }
            try await cluster.delete(.deployments, web, DeleteOptions(propagation: .background))
            try await cluster.until(.replicaSets) { $0.isEmpty }
            try await cluster.until(.pods) { $0.isEmpty }
        }
    }

    @Test func foregroundDeletionEndsWithTheOwner() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(Sample.workload(.deployments, spec: ["replicas": 2]), .deployments)
            let pods = try await cluster.until(.pods) { $0.count == 2 }
            let held = pods[0].objectName
            _ = try await cluster.patch(.pods, held, .merge(["metadata": ["finalizers": ["test/hold"]]]), nil)
            try await cluster.delete(.deployments, web, DeleteOptions(propagation: .foreground))
            try await cluster.until(.pods) { $0.count == 1 && $0[0].isTerminating }
            #expect(try await cluster.get(.deployments, web).finalizers == [Finalizer.foreground])
            _ = try await cluster.patch(.pods, held, .merge(["metadata": ["finalizers": nil]]), nil)
            try await cluster.until(.deployments) { $0.isEmpty }
            #expect(try await cluster.list(.replicaSets, ListOptions()).items.isEmpty)
        }
    }

    @Test func orphansStay() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(Sample.workload(.replicaSets, spec: ["replicas": 2]), .replicaSets)
            try await cluster.until(.pods) { $0.count == 2 }
            try await cluster.delete(.replicaSets, web, DeleteOptions(propagation: .orphan))
            try await cluster.until(.replicaSets) { $0.isEmpty }
            let pods = try await cluster.list(.pods, ListOptions()).items
            #expect(pods.map(\.ownerReferences) == [[], []])
        }
    }

    @Test func whatHasNoOwnerLeftGoesAndWhatHasOneStays() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            let owner = try await cluster.create(configMap("owner"), .configMaps)
            let here = OwnerReference(controller: owner)
            var gone = here
            gone.uid = "never-was"
            gone.isController = false
            var other = gone
            other.kind = "Unheard"
            other.uid = "unheard"
            _ = try await cluster.create(configMap("both", owners: [here, gone]), .configMaps)
            _ = try await cluster.create(configMap("unknown", owners: [other]), .configMaps)
            _ = try await cluster.create(configMap("dangling", owners: [gone]), .configMaps)
            try await cluster.until(.configMaps) { maps in
                !maps.contains { $0.name == "dangling" }
                    && maps.first { $0.name == "both" }?.ownerReferences.map(\.uid) == [owner.uid]
            }
            try await cluster.delete(.configMaps, owner.objectName, DeleteOptions())
            let left = try await cluster.until(.configMaps) { maps in !maps.contains { $0.name == "both" } }
            #expect(left.map(\.name) == ["unknown"])
        }
    }

    @Test func aNamespaceIsFurnishedAndEmptied() async throws {
        let cluster = FakeCluster()
        let shop = ObjectName(name: "shop")
        try await cluster.run(rootCertificates: "PEM") {
            try await cluster.until(.serviceAccounts) { $0.contains { $0.name == "default" } }
            let map = ObjectName(namespace: "shop", name: "kube-root-ca.crt")
            try await cluster.until(.configMaps) { $0.contains { $0["data", "ca.crt"] == "PEM" } }
            _ = try await cluster.patch(.configMaps, map, .merge(["data": ["ca.crt": "other"]]), nil)
            try await cluster.until(.configMaps) { $0.contains { $0["data", "ca.crt"] == "PEM" } }
            let serviceAccount = ObjectName(namespace: "shop", name: "default")
            try await cluster.delete(.serviceAccounts, serviceAccount, DeleteOptions())
            try await cluster.until(.serviceAccounts) { $0.contains { $0.name == "default" } }

            _ = try await cluster.create(Sample.workload(.deployments, spec: ["replicas": 2]), .deployments)
            try await cluster.until(.pods) { pods in pods.count { $0.phase == "Running" } == 2 }
            await cluster.refuseNamespace("shop")
            try await cluster.delete(.namespaces, shop, DeleteOptions())
            try await cluster.until(.namespaces) { $0.isEmpty }
            for type in FakeCluster.types where type.isNamespaced {
                #expect(try await cluster.list(type, ListOptions(namespace: "shop")).items.isEmpty, "\(type.plural)")
            }
        }
    }

    @Test func typesThatComeLaterAreCollectedToo() async throws {
        let cluster = FakeCluster()
        let gadgets = ResourceType(group: "example.com", version: "v1", plural: "gadgets", kind: "Gadget")
        try await cluster.run(types: FakeCluster.types + [gadgets]) {
            let owner = try await cluster.create(
                KubernetesObject(gadgets, ObjectName(namespace: "shop", name: "one")),
                gadgets
            )
            _ = try await cluster.create(configMap("part", owners: [OwnerReference(controller: owner)]), .configMaps)
            try await cluster.delete(gadgets, owner.objectName, DeleteOptions())
            try await cluster.until(.configMaps) { $0.isEmpty }
        }
    }

    @Test func aCacheKeepsTheNewestOfEachObject() {
        var cache = ObjectCache([.configMaps])
        func map(_ version: Int) -> KubernetesObject {
            var object = configMap("a")
            object.uid = "uid-a"
            object.resourceVersion = String(version)
            return object
        }
        #expect(cache.apply(map(3), .configMaps) != nil)
        #expect(cache.applyOwn(map(7), .configMaps) != nil)
        #expect(cache.apply(map(5), .configMaps) == nil)
        #expect(cache.object(.configMaps, map(1).objectName)?.resourceVersion == "7")
        #expect(cache.remove(map(9), .configMaps) != nil)
        // An answer that comes after the watch told of the end must not bring the object back.
        #expect(cache.applyOwn(map(8), .configMaps) == nil)
        #expect(cache.object(.configMaps, map(1).objectName) == nil)
    }

    @Test func aKeyIsWorkedOnOnceAtATime() {
        var queue = WorkQueue(parallelism: 2)
        let keys = ["a", "b", "c"].map { ObjectName(name: $0) }
        for key in keys + keys { queue.add(key) }
        #expect(queue.start() == Array(keys[..<2]))
        queue.add(keys[0])
        queue.finish(keys[0], succeeded: true)
        #expect(queue.start() == [keys[2]])
        queue.finish(keys[1], succeeded: true)
        #expect(queue.start() == [keys[0]])
        let waits = (0..<6).map { _ in
            queue.retryDelay(keys[1], shortest: .milliseconds(20), longest: .milliseconds(300))
        }
        #expect(waits == [20, 40, 80, 160, 300, 300].map { .milliseconds($0) })
    }
}
