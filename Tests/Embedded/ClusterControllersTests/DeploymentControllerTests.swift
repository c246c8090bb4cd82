import KubernetesAPI
import Testing

@testable import ClusterControllers

@Suite(.timeLimit(.minutes(5))) struct DeploymentControllerTests {
    private static func status(_ object: KubernetesObject?, _ name: String) -> Int { object?.counted(name) ?? 0 }

    /// As `kubectl rollout status` decides that a rollout is done.
    private static func isRolledOut(_ object: KubernetesObject?) -> Bool {
        guard let object, (object["status", "observedGeneration"]?.integer ?? 0) >= object.generation else {
            return false
        }
        return object.counted("updatedReplicas") == object.replicas && object.counted("replicas") == object.replicas
            && object.counted("availableReplicas") == object.replicas
    }

    private let web = ObjectName(namespace: "shop", name: "web")

    @Test func aDeploymentGetsItsPodsNamedAsKubernetesNamesThem() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(Sample.workload(.deployments, spec: ["replicas": 3]), .deployments)
            let done = try await cluster.until(.deployments) {
                Self.isRolledOut($0.first) && Conditions($0[0])["Progressing"]?.reason == "NewReplicaSetAvailable"
            }
            let conditions = Conditions(done[0])
            #expect(conditions.isTrue("Available"))
            #expect(done[0].annotations[Deployment.revision] == "1")
            let set = try #require(try await cluster.list(.replicaSets, ListOptions()).items.first)
            let hash = try #require(set.labels[Deployment.hashLabel])
            #expect(set.name == "web-\(hash)")
            #expect(
                conditions["Progressing"]?.message == "ReplicaSet \"web-\(hash)\" has successfully progressed."
            )
            let pods = try await cluster.list(.pods, ListOptions()).items
            #expect(pods.count == 3)
            let names = try Regex("web-[bcdf-hj-np-tv-z2456789]+-[bcdfghjklmnpqrstvwxz2456789]{5}")
            for pod in pods {
                #expect(pod.name.wholeMatch(of: names) != nil)
                #expect(pod.labels[Deployment.hashLabel] == hash)
                #expect(pod.controller?.uid == set.uid)
            }
            let messages = try await cluster.until(.events) {
                $0.count { $0.string("reason") == "SuccessfulCreate" } == 3
            }
            .compactMap { $0.string("message") }
            #expect(messages.contains("Scaled up replica set web-\(hash) from 0 to 3"))
        }
    }

    @Test func aRollingUpdateNeverLeavesItsLimitsAndCanBeUndone() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(Sample.workload(.deployments, spec: ["replicas": 4]), .deployments)
            try await cluster.until(.deployments) { Self.isRolledOut($0.first) }
            let version = try await cluster.list(.pods, ListOptions()).resourceVersion
            _ = try await cluster.patch(.deployments, web, Sample.image("2"), nil)
            try await cluster.until(.deployments) { Self.isRolledOut($0.first) }
            let sets = try await cluster.list(.replicaSets, ListOptions()).items
            #expect(sets.map(\.replicas).sorted() == [0, 4])
            // 4 replicas with 25 %: one more while it lasts, four again at the end.
            var counts = [4]
            for try await event in try await cluster.watch(.pods, ListOptions(resourceVersion: version)) {
                if case .added = event { counts.append((counts.last ?? 0) + 1) }
                if case .deleted = event { counts.append((counts.last ?? 0) - 1) }
                // Four new and four old pods came and went.
                if counts.count == 9 { break }
            }
            #expect(counts.max() == 5)
            #expect(counts.min() ?? 0 >= 3)
            #expect(counts.last == 4)
            let old = try #require(sets.first { $0.replicas == 0 })
            _ = try await cluster.patch(
                .deployments,
                web,
                .merge(["spec": ["template": Sample.template]]),
                nil
            )
            try await cluster.until(.deployments) {
                Self.isRolledOut($0.first) && $0[0].annotations[Deployment.revision] == "3"
            }
            let back = try await cluster.get(.replicaSets, old.objectName)
            #expect(back.replicas == 4)
            #expect(back.annotations[Deployment.revisionHistory] == "1")
        }
    }

    @Test func recreateWaitsForTheOldPods() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            let spec: [String: JSONValue] = ["replicas": 2, "strategy": ["type": "Recreate"]]
            _ = try await cluster.create(Sample.workload(.deployments, spec: spec), .deployments)
            try await cluster.until(.deployments) { Self.isRolledOut($0.first) }
            let pods = try await cluster.list(.pods, ListOptions()).items
            // One of them does not go until its finalizer does.
            _ = try await cluster.patch(
                .pods,
                pods[0].objectName,
                .merge(["metadata": ["finalizers": ["test/hold"]]]),
                nil
            )
            _ = try await cluster.patch(.deployments, web, Sample.image("2"), nil)
            try await cluster.until(.pods) { $0.count == 1 && $0[0].isTerminating }
            #expect(try await cluster.list(.replicaSets, ListOptions()).items.count == 1)
            _ = try await cluster.patch(.pods, pods[0].objectName, .merge(["metadata": ["finalizers": nil]]), nil)
            try await cluster.until(.deployments) { Self.isRolledOut($0.first) }
            #expect(try await cluster.list(.replicaSets, ListOptions()).items.map(\.replicas).sorted() == [0, 2])
        }
    }

    @Test func aRolloutThatDoesNotProgressIsReported() async throws {
        let cluster = FakeCluster()
        let isBroken: @Sendable (KubernetesObject) -> Bool = {
            $0["spec", "containers"]?.array?.first?["image"] == "web:2"
        }
        try await cluster.run(isBroken: isBroken) {
            let spec: [String: JSONValue] = ["replicas": 4, "progressDeadlineSeconds": 60]
            _ = try await cluster.create(Sample.workload(.deployments, spec: spec), .deployments)
            try await cluster.until(.deployments) { Self.isRolledOut($0.first) }
            _ = try await cluster.patch(.deployments, web, Sample.image("2"), nil)
            try await cluster.until(.deployments) {
                $0[0].counted("updatedReplicas") == 2 && $0[0].counted("unavailableReplicas") == 2
            }
            #expect(try await cluster.get(.deployments, web).counted("availableReplicas") == 3)
            cluster.time.advance(seconds: 100)
            try await cluster.until(.deployments) {
                Conditions($0[0])["Progressing"]?.reason == "ProgressDeadlineExceeded"
            }
        }
    }

    @Test func podsThatAreRefusedAreReportedAndTriedAgain() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            await cluster.refuseCreates(.pods, StatusError(.internalError, "failed calling webhook"))
            _ = try await cluster.create(Sample.workload(.deployments, spec: ["replicas": 2]), .deployments)
            try await cluster.until(.deployments) { $0.first.map { Conditions($0).isTrue("ReplicaFailure") } ?? false }
            try await cluster.until(.events) {
                $0.contains {
                    $0.string("message") == "Error creating: failed calling webhook" && $0.int("count") ?? 0 > 1
                }
            }
            await cluster.refuseCreates(.pods, nil)
            cluster.time.advance(seconds: 60)
            try await cluster.until(.deployments) {
                Self.isRolledOut($0.first) && Conditions($0[0])["ReplicaFailure"] == nil
            }
        }
    }

    @Test func aPausedDeploymentScalesButDoesNotRoll() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(Sample.workload(.deployments, spec: ["replicas": 1]), .deployments)
            try await cluster.until(.deployments) { Self.isRolledOut($0.first) }
            _ = try await cluster.patch(.deployments, web, .merge(["spec": ["paused": true, "replicas": 3]]), nil)
            _ = try await cluster.patch(.deployments, web, Sample.image("2"), nil)
            try await cluster.until(.deployments) {
                $0[0].counted("availableReplicas") == 3
                    && Conditions($0[0])["Progressing"]?.reason == "DeploymentPaused"
            }
            #expect(try await cluster.list(.replicaSets, ListOptions()).items.count == 1)
            _ = try await cluster.patch(.deployments, web, .merge(["spec": ["paused": nil]]), nil)
            try await cluster.until(.deployments) { Self.isRolledOut($0.first) }
            #expect(try await cluster.list(.replicaSets, ListOptions()).items.count == 2)
        }
    }

    /// `maxSurge` is rounded up, `maxUnavailable` down; both nothing is one unavailable.
    @Test(
        arguments: [
            (10, nil, nil, 3, 2), (1, nil, nil, 1, 0), (0, nil, nil, 0, 0), (4, "25%", "25%", 1, 1),
            (5, "50%", "50%", 3, 2),
            (3, 0, 0, 0, 1), (3, "0%", "10%", 0, 1), (2, 1, 5, 1, 2), (3, "100%", 0, 3, 0),
        ] as [(Int64, JSONValue?, JSONValue?, Int, Int)]
    )
    func limitsAreRoundedAsKubernetesRoundsThem(
        replicas: Int64,
        surge: JSONValue?,
        unavailable: JSONValue?,
        maxSurge: Int,
        maxUnavailable: Int
    ) {
        var object = Sample.workload(.deployments, spec: ["replicas": .integer(replicas)])
        object["spec", "strategy", "rollingUpdate", "maxSurge"] = surge
        object["spec", "strategy", "rollingUpdate", "maxUnavailable"] = unavailable
        let deployment = Deployment(object)
        #expect(deployment.maxSurge == maxSurge)
        #expect(deployment.maxUnavailable == maxUnavailable)
    }

    /// One step of a rolling update of 10 replicas: sizes before (old, new), available before, sizes after.
    @Test(arguments: [
        ([10, 0], [10, 0], [10, 3]), ([10, 3], [10, 0], [8, 3]), ([8, 3], [8, 0], [8, 5]), ([8, 5], [8, 3], [5, 5]),
        ([5, 8], [5, 6], [2, 8]), ([2, 10], [2, 8], [0, 10]), ([8, 5], [6, 0], [8, 5]), ([10, 3], [2, 0], [8, 3]),
    ])
    func aRollingUpdateStepsAsFarAsItMay(sizes: [Int], available: [Int], after: [Int]) throws {
        let deployment = Sample.workload(.deployments, spec: ["replicas": 10])
        let sets = zip(sizes, available).enumerated().map { index, pair in
            var set = Sample.workload(.replicaSets, "web-\(index)")
            set.uid = "set-\(index)"
            set["spec", "replicas"] = .integer(Int64(pair.0))
            if index == 0 { set["spec", "template", "spec", "hostname"] = "old" }
            set["status"] = ["availableReplicas": .integer(Int64(pair.1))]
            return set
        }
        let rollout = Rollout(Deployment(deployment), sets)
        var steps = rollout.rollNew()
        if steps.isEmpty { steps = rollout.rollOld() }
        var result = sizes
        for case .patch(_, let name, let patch, _) in steps {
            let index = try #require(Int(name.name.suffix(1)))
            if let size = patch[path: ["spec", "replicas"]]?.integer { result[index] = Int(size) }
        }
        #expect(result == after)
    }

    @Test func aChangedSizeIsSpreadInProportion() throws {
        let deployment = Sample.workload(.deployments, spec: ["replicas": 20])
        let sets = [8, 5].enumerated().map { index, size in
            var set = Sample.workload(.replicaSets, "web-\(index)")
            set.uid = "set-\(index)"
            set["spec", "replicas"] = .integer(Int64(size))
            if index == 0 { set["spec", "template", "spec", "hostname"] = "old" }
            set.annotations = [Deployment.desiredReplicas: "10", Deployment.maxReplicas: "13"]
            return set
        }
        let rollout = Rollout(Deployment(deployment), sets)
        #expect(rollout.wasResized)
        let sizes = rollout.proportionalSteps().compactMap { action -> Int64? in
            if case .patch(_, _, let patch, _) = action { patch[path: ["spec", "replicas"]]?.integer } else { nil }
        }
        // 25 pods are allowed: 8 and 5 of 13 become 15 and 10.
        #expect(sizes == [15, 10])
    }
}
