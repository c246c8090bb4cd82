import KubernetesAPI
import Testing

@testable import ClusterControllers

@Suite(.timeLimit(.minutes(5))) struct JobControllerTests {
    private let name = ObjectName(namespace: "shop", name: "web")

    private func job(_ spec: [String: JSONValue]) -> KubernetesObject {
        var job = Sample.workload(.jobs, spec: spec)
        job["spec", "template", "spec", "restartPolicy"] = "Never"
        return job
    }

    private func end(_ pod: KubernetesObject, _ phase: String, _ cluster: FakeCluster) async throws {
        _ = try await cluster.patch(
            .pods,
            pod.objectName,
            .merge(["status": ["phase": .string(phase), "conditions": []]]),
            .status
        )
    }

    @Test func aJobRunsUntilEnoughPodsSucceeded() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            let spec: [String: JSONValue] = ["completions": 3, "parallelism": 2, "ttlSecondsAfterFinished": 30]
            _ = try await cluster.create(job(spec), .jobs)
            for round in 1...3 {
                let want = min(2, 4 - round)
                let pods = try await cluster.until(.pods) { pods in pods.count { $0.phase == "Running" } == want }
                let running = try #require(pods.first { $0.phase == "Running" })
                try await end(running, "Succeeded", cluster)
            }
            let done = try await cluster.until(.jobs) { $0.first.map { Conditions($0).isTrue("Complete") } ?? false }
            #expect(done[0].counted("succeeded") == 3)
            #expect(done[0].counted("active") == 0)
            #expect(done[0]["status", "completionTime"] != nil)
            // Finished Jobs go when their time has come.
            cluster.time.advance(seconds: 31)
            try await cluster.until(.jobs) { $0.isEmpty }
            try await cluster.until(.pods) { $0.isEmpty }
        }
    }

    @Test func aJobFailsAfterItsBackoffLimit() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(job(["completions": 1, "backoffLimit": 1]), .jobs)
            for _ in 1...2 {
                let pods = try await cluster.until(.pods) { pods in pods.contains { $0.phase == "Running" } }
                let running = try #require(pods.first { $0.phase == "Running" })
                try await end(running, "Failed", cluster)
                try await cluster.until(.jobs) { $0[0].counted("failed") > 0 }
                cluster.time.advance(seconds: 60)
            }
            let done = try await cluster.until(.jobs) { Conditions($0[0]).isTrue("Failed") }
            #expect(Conditions(done[0])["Failed"]?.reason == "BackoffLimitExceeded")
            #expect(done[0].counted("failed") == 2)
        }
    }

    @Test func aJobPastItsDeadlineFailsAndItsPodsGo() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(job(["activeDeadlineSeconds": 20]), .jobs)
            try await cluster.until(.pods) { $0.first?.phase == "Running" }
            cluster.time.advance(seconds: 21)
            let done = try await cluster.until(.jobs) { Conditions($0[0]).isTrue("Failed") }
            #expect(Conditions(done[0])["Failed"]?.reason == "DeadlineExceeded")
            try await cluster.until(.pods) { $0.isEmpty }
        }
    }

    @Test func aSuspendedJobHasNoPodsAndGoesOnLater() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            _ = try await cluster.create(job(["suspend": true]), .jobs)
            try await cluster.until(.jobs) { $0.first.map { Conditions($0).isTrue("Suspended") } ?? false }
            #expect(try await cluster.list(.pods, ListOptions()).items.isEmpty)
            _ = try await cluster.patch(.jobs, name, .merge(["spec": ["suspend": false]]), nil)
            try await cluster.until(.pods) { $0.first?.phase == "Running" }
            let jobs = try await cluster.until(.jobs) { $0[0].counted("active") == 1 }
            #expect(Conditions(jobs[0])["Suspended"]?.reason == "JobResumed")
            #expect(jobs[0]["status", "startTime"] != nil)
        }
    }

    @Test func indexedJobsNumberTheirPods() async throws {
        let cluster = FakeCluster()
        try await cluster.run {
            let spec: [String: JSONValue] = ["completions": 3, "parallelism": 3, "completionMode": "Indexed"]
            _ = try await cluster.create(job(spec), .jobs)
            let pods = try await cluster.until(.pods) { pods in pods.count { $0.phase == "Running" } == 3 }
            #expect(Set(pods.compactMap(Job.index)) == [0, 1, 2])
            for pod in pods where Job.index(pod) != 1 { try await end(pod, "Succeeded", cluster) }
            try await cluster.until(.jobs) { $0[0].string("status", "completedIndexes") == "0,2" }
        }
    }

    @Test(arguments: [("", []), ("0", [0]), ("0-2,5", [0, 1, 2, 5]), ("4-900000000", [4, 5, 6]), ("x,3-1,2", [2])])
    func completedIndexesAreRead(text: String, indexes: [Int]) {
        #expect(Job.indexes(text, below: 6) == Set(indexes))
    }

    @Test func completedIndexesAreWrittenInRuns() {
        #expect(Job.text([5, 0, 2, 1, 7, 8]) == "0-2,5,7-8")
    }
}
