import CustomDump
import KubernetesAPI
import Testing

@testable import ClusterControllers

@Suite(.timeLimit(.minutes(5))) struct WorkloadTests {
    /// From many pods those go first that are worth least.
    @Test func podsAreGivenUpInKubernetesOrder() {
        var cheap = Sample.pod("cheap")
        cheap.annotations = ["controller.kubernetes.io/pod-deletion-cost": "-5"]
        var restarted = Sample.pod("restarted", age: 50)
        restarted["status", "containerStatuses"] = [["restartCount": 3]]
        let pods = [
            Sample.pod("old", age: 500), Sample.pod("young", age: 10), restarted, Sample.pod("same-age", age: 50),
            cheap,
            Sample.pod("not-ready", ready: false), Sample.pod("pending", ready: false, phase: "Pending"),
            Sample.pod("unassigned", ready: false, phase: "Pending", node: nil),
        ]
        expectNoDifference(
            PodDeletionOrder.sorted(pods).map(\.name),
            ["unassigned", "pending", "not-ready", "cheap", "young", "restarted", "same-age", "old"]
        )
    }

    @Test func aReplicaSetAdoptsReleasesAndReplaces() throws {
        var set = Sample.workload(.replicaSets, spec: ["replicas": 2])
        set.uid = "set"
        var own = Sample.pod("own", labels: ["app": "other"])
        own.ownerReferences = [OwnerReference(controller: set)]
        let stray = Sample.pod("stray")
        let decision = ReplicaSetController().decide(
            set.objectName,
            Sample.situation([(.replicaSets, set), (.pods, own), (.pods, stray)])
        )
        let patches = decision.actions.compactMap { action -> String? in
            guard case .patch(.pods, let name, let patch, nil) = action else { return nil }
            return name.name + " "
                + (patch[path: ["metadata", "ownerReferences"]]?.array?.first?["name"]?.string ?? "-")
        }
        #expect(patches == ["stray web", "own -"])
        var failed = Sample.pod("failed", phase: "Failed")
        failed.ownerReferences = [OwnerReference(controller: set)]
        let next = ReplicaSetController().decide(
            set.objectName,
            Sample.situation([(.replicaSets, set), (.pods, failed)])
        )
        #expect(next.actions.count == 2)
    }

    @Test func aStatefulSetStartsUpdatesAndShrinksInOrder() async throws {
        let cluster = FakeCluster()
        let name = ObjectName(namespace: "shop", name: "web")
        try await cluster.run {
            let spec: [String: JSONValue] = ["replicas": 3, "serviceName": "peers"]
            _ = try await cluster.create(Sample.workload(.statefulSets, spec: spec), .statefulSets)
            try await cluster.until(.statefulSets) { $0.first?.counted("readyReplicas") == 3 }
            var pods = try await cluster.list(.pods, ListOptions()).items
            #expect(pods.map(\.name) == ["web-0", "web-1", "web-2"])
            #expect(pods.map(\.created) == pods.map(\.created).sorted())
            #expect(pods.map { $0.string("spec", "hostname") } == ["web-0", "web-1", "web-2"])
            #expect(pods.allSatisfy { $0.string("spec", "subdomain") == "peers" })

            _ = try await cluster.patch(
                .statefulSets,
                name,
                .merge(["spec": ["updateStrategy": ["rollingUpdate": ["partition": 2]]]]),
                nil
            )
            _ = try await cluster.patch(.statefulSets, name, Sample.image("2"), nil)
            func images() async throws -> [JSONValue?] {
                try await cluster.list(.pods, ListOptions()).items.map {
                    $0["spec", "containers"]?.array?.first?["image"]
                }
            }
            try await cluster.until(.statefulSets) {
                $0[0].counted("updatedReplicas") == 1 && $0[0].counted("readyReplicas") == 3
            }
            #expect(try await images() == ["web:1", "web:1", "web:2"])
            _ = try await cluster.patch(
                .statefulSets,
                name,
                .merge(["spec": ["updateStrategy": ["rollingUpdate": ["partition": 0]]]]),
                nil
            )
            let done = try await cluster.until(.statefulSets) {
                $0[0].counted("updatedReplicas") == 3 && $0[0].counted("readyReplicas") == 3
                    && $0[0].string("status", "currentRevision") == $0[0].string("status", "updateRevision")
            }
            #expect(try await images() == ["web:2", "web:2", "web:2"])
            #expect(done[0].counted("currentReplicas") == 3)
            #expect(try await cluster.list(.controllerRevisions, ListOptions()).items.count == 2)

            _ = try await cluster.patch(.statefulSets, name, .merge(["spec": ["replicas": 1]]), nil)
            pods = try await cluster.until(.pods) { $0.count == 1 }
            #expect(pods.map(\.name) == ["web-0"])
        }
    }

    @Test func aStatefulSetWaitsForAPodThatIsNotReady() {
        var set = Sample.workload(.statefulSets, spec: ["replicas": 3])
        set.uid = "set"
        var pod = Sample.pod("web-0", ready: false)
        pod.ownerReferences = [OwnerReference(controller: set)]
        var revision = KubernetesObject(.controllerRevisions, ObjectName(namespace: "shop", name: "web-1"))
        revision.uid = "revision"
        revision["data"] = ["spec": ["template": Sample.template]]
        revision["revision"] = 1
        revision.ownerReferences = [OwnerReference(controller: set)]
        func steps(_ set: KubernetesObject) -> [Action] {
            let situation = Sample.situation([(.statefulSets, set), (.pods, pod), (.controllerRevisions, revision)])
            return StatefulSetController().steps(StatefulSet(set, pods: [pod], situation.cache), situation)
        }
        #expect(steps(set).isEmpty)
        set["spec", "podManagementPolicy"] = "Parallel"
        #expect(steps(set).count == 2)
    }

    @Test func aDaemonSetKeepsOnePodOnTheNodeAndUpdatesIt() async throws {
        let cluster = FakeCluster()
        let name = ObjectName(namespace: "shop", name: "web")
        try await cluster.run {
            _ = try await cluster.create(Sample.workload(.daemonSets), .daemonSets)
            try await cluster.until(.daemonSets) { $0.first?.counted("numberAvailable") == 1 }
            _ = try await cluster.patch(.daemonSets, name, Sample.image("2"), nil)
            try await cluster.until(.daemonSets) {
                $0[0]["status", "observedGeneration"] == 2 && $0[0].counted("updatedNumberScheduled") == 1
                    && $0[0].counted("numberAvailable") == 1
            }
            let pods = try await cluster.list(.pods, ListOptions()).items
            #expect(pods.count == 1)
            #expect(pods.first?["spec", "containers"]?.array?.first?["image"] == "web:2")
            _ = try await cluster.patch(
                .daemonSets,
                name,
                .merge(["spec": ["template": ["spec": ["nodeSelector": ["gpu": "yes"]]]]]),
                nil
            )
            try await cluster.until(.pods) { $0.isEmpty }
        }
    }

    @Test func aPodWithoutAFittingNodeSaysWhy() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            var pod = Sample.pod("picky", phase: "Pending", node: nil)
            pod["status"] = nil
            pod["spec", "nodeSelector"] = ["disk": "ssd"]
            _ = try await cluster.create(pod, .pods)
            try await cluster.until(.pods) { Conditions($0[0])["PodScheduled"]?.reason == "Unschedulable" }
            let text = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
            try await cluster.until(.events) { $0.contains { $0.string("message") == text } }
            let node = ObjectName(name: "laptop")
            _ = try await cluster.patch(.nodes, node, .merge(["metadata": ["labels": ["disk": "ssd"]]]), nil)
            try await cluster.until(.pods) { $0[0].phase == "Running" && Conditions($0[0]).isTrue("Ready") }
        }
    }

    @Test func aSelectorThatSaysNothingSelectsNothing() {
        #expect(LabelSelector(workload: nil) == nil)
        #expect(LabelSelector(workload: [:]) == nil)
        #expect(LabelSelector(workload: ["matchExpressions": [["key": "a", "operator": "Near"]]]) == nil)
        let both = LabelSelector(
            workload: [
                "matchLabels": ["app": "web"],
                "matchExpressions": [["key": "tier", "operator": "NotIn", "values": ["x"]]],
            ]
        )
        #expect(both?.matches(["app": "web"]) == true)
        #expect(both?.matches(["app": "web", "tier": "x"]) == false)
    }
}
