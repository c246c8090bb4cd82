import KubernetesAPI

/// A Job and its pods, as its controller counts them.
struct Job: Sendable {
    static let uidLabel = "batch.kubernetes.io/controller-uid"
    static let nameLabel = "batch.kubernetes.io/job-name"
    static let indexAnnotation = "batch.kubernetes.io/job-completion-index"

    var object: KubernetesObject
    var pods: [KubernetesObject]

    static func selector(_ job: KubernetesObject) -> LabelSelector {
        LabelSelector(workload: job["spec", "selector"]) ?? LabelSelector(labels: [uidLabel: job.uid])
    }

    var parallelism: Int { max(0, object.int("spec", "parallelism") ?? 1) }
    /// Nil: done when one pod succeeded and none is left.
    var completions: Int? { object.int("spec", "completions").map { max(0, $0) } }
    var backoffLimit: Int { max(0, object.int("spec", "backoffLimit") ?? 6) }
    var isSuspended: Bool { object.bool("spec", "suspend") ?? false }
    var isIndexed: Bool { object.string("spec", "completionMode") == "Indexed" }
    var startTime: Timestamp? { object.string("status", "startTime").flatMap { Timestamp($0) } }
    var conditions: Conditions { Conditions(object) }
    var isFinished: Bool { conditions.isTrue("Complete") || conditions.isTrue("Failed") }

    var active: [KubernetesObject] { pods.filter(\.isActive) }
    var terminating: [KubernetesObject] { pods.filter { $0.isTerminating && !$0.isFinished } }

    /// Counted once, a pod stays counted though it was deleted since.
    var succeeded: Int {
        if isIndexed { return succeededIndexes.count }
        return max(object.counted("succeeded"), pods.count { $0.phase == "Succeeded" })
    }

    var failed: Int { max(object.counted("failed"), pods.count { $0.phase == "Failed" }) }

    static func index(_ pod: KubernetesObject) -> Int? {
        pod.annotations[indexAnnotation].flatMap { Int32($0) }.map(Int.init)
    }

    var succeededIndexes: Set<Int> {
        let limit = completions ?? 0
        let counted = pods.filter { $0.phase == "Succeeded" }.compactMap(Self.index)
        return Set(counted).union(Self.indexes(object.string("status", "completedIndexes") ?? "", below: limit))
            .filter { (0..<limit).contains($0) }
    }

    /// The lowest indexes nobody works on.
    func missingIndexes(_ count: Int) -> [Int] {
        let taken = succeededIndexes.union(active.compactMap(Self.index))
        return Array((0..<(completions ?? 0)).lazy.filter { !taken.contains($0) }.prefix(count))
    }

    /// How many pods should be at work.
    var wanted: Int {
        if isSuspended { return 0 }
        guard let completions else { return succeeded > 0 ? min(active.count, parallelism) : parallelism }
        return max(0, min(parallelism, completions - succeeded))
    }

    var isComplete: Bool {
        guard let completions else { return succeeded > 0 && active.isEmpty }
        return succeeded >= completions
    }

    /// Why the Job has failed; nil while it may go on.
    func failure(now: Timestamp) -> Condition? {
        func failed(_ reason: String, _ message: String) -> Condition {
            Condition(type: "Failed", status: .true, reason: reason, message: message)
        }
        if self.failed > backoffLimit || isRestartedTooOften {
            return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit")
        }
        if !isSuspended, let left = secondsToDeadline(now: now), left <= 0 {
            return failed("DeadlineExceeded", "Job was active longer than specified deadline")
        }
        return nil
    }

    /// With `restartPolicy: OnFailure` it is the containers' restarts that count.
    private var isRestartedTooOften: Bool {
        guard object.string("spec", "template", "spec", "restartPolicy") == "OnFailure" else { return false }
        let restarts = pods.filter { $0.phase == "Running" || $0.phase == "Pending" }.reduce(0) { $0 + $1.restarts }
        return backoffLimit == 0 ? restarts > 0 : restarts >= backoffLimit
    }

    func secondsToDeadline(now: Timestamp) -> Int64? {
        guard let deadline = object.int("spec", "activeDeadlineSeconds"), let startTime else { return nil }
        return Int64(deadline) - now.seconds(since: startTime)
    }

    /// How long to wait before the next pod replaces one that failed: 10 s, doubled with each failure since the last
    /// success, at most 10 min.
    func secondsToRetry(now: Timestamp) -> Int64 {
        let success = pods.filter { $0.phase == "Succeeded" }.map(Self.finishTime).max()
        let failures = pods.filter { $0.phase == "Failed" }.map(Self.finishTime).filter { time in
            success.map { time > $0 } ?? true
        }
        guard let last = failures.max() else { return 0 }
        let delay = min(600, 10 << min(failures.count - 1, 6))
        return max(0, Int64(delay) - now.seconds(since: last))
    }

    private static func finishTime(_ pod: KubernetesObject) -> Timestamp {
        (pod["status", "containerStatuses"]?.array ?? [])
            .compactMap { $0[path: ["state", "terminated", "finishedAt"]]?.string.flatMap { Timestamp($0) } }
            .max() ?? pod.created
    }

    func newPod(index: Int?) -> KubernetesObject {
        let labels = [
            Self.uidLabel: object.uid, Self.nameLabel: object.name, "controller-uid": object.uid,
            "job-name": object.name,
        ]
        var pod = PodTemplate.pod(object["spec", "template"] ?? [:], owner: object, labels: labels)
        guard let index else {
            pod["metadata", "generateName"] = .string(object.name + "-")
            return pod
        }
        pod["metadata", "generateName"] = .string("\(object.name)-\(index)-")
        pod.labels[Self.indexAnnotation] = String(index)
        pod.annotations[Self.indexAnnotation] = String(index)
        if pod["spec", "hostname"] == nil { pod["spec", "hostname"] = .string("\(object.name)-\(index)") }
        let variable: JSONValue = [
            "name": "JOB_COMPLETION_INDEX",
            "valueFrom": ["fieldRef": ["fieldPath": .string("metadata.annotations['\(Self.indexAnnotation)']")]],
        ]
        for list in ["containers", "initContainers"] {
            guard let containers = pod["spec", list]?.array else { continue }
            pod["spec", list] = .array(
                containers.map { container in
                    var container = container
                    container["env"] = .array((container["env"]?.array ?? []) + [variable])
                    return container
                }
            )
        }
        return pod
    }

    /// Reads `0-2,5`.
    static func indexes(_ text: String, below limit: Int) -> Set<Int> {
        var indexes: Set<Int> = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { Int32($0) }.map(Int.init)
            guard let first = ends.first, let last = ends.last, first <= last, first >= 0 else { continue }
            indexes.formUnion((first...last).clamped(to: 0...max(0, limit)))
        }
        return indexes
    }

    /// Writes `0-2,5`.
    static func text(_ indexes: Set<Int>) -> String {
        var runs: [(Int, Int)] = []
        for index in indexes.sorted() {
            if let last = runs.last, last.1 + 1 == index {
                runs[runs.count - 1].1 = index
            } else {
                runs.append((index, index))
            }
        }
        return runs.map { $0.0 == $0.1 ? "\($0.0)" : "\($0.0)-\($0.1)" }.joined(separator: ",")
    }
}
