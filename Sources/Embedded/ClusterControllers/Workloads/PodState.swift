import KubernetesAPI

/// What controllers want to know of a pod.
extension KubernetesObject {
    var phase: String { string("status", "phase") ?? "Pending" }

    /// It ended, one way or the other.
    var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }

    var isTerminating: Bool { deletionTimestamp != nil }

    /// It counts as one of its owner's replicas.
    var isActive: Bool { !isFinished && !isTerminating }

    var isReady: Bool { podCondition("Ready")?["status"]?.string == "True" }

    /// Ready for `minReadySeconds` without a break.
    func isAvailable(minReadySeconds: Int, now: Timestamp) -> Bool {
        guard isReady else { return false }
        return minReadySeconds == 0 || secondsToAvailable(minReadySeconds: minReadySeconds, now: now) == 0
    }

    /// How long a ready pod still has to stay so; nil when it is not ready.
    func secondsToAvailable(minReadySeconds: Int, now: Timestamp) -> Int64? {
        guard isReady else { return nil }
        let since = podCondition("Ready")?["lastTransitionTime"]?.string.flatMap { Timestamp($0) } ?? now
        return max(0, Int64(minReadySeconds) - now.seconds(since: since))
    }

    /// When it became ready.
    var readySince: Timestamp? {
        podCondition("Ready")?["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
    }

    /// Restarts of all its containers, those to initialize it included.
    var restarts: Int {
        ["containerStatuses", "initContainerStatuses"].flatMap { self["status", $0]?.array ?? [] }
            .reduce(0) { $0 + max(0, Self.int($1["restartCount"]) ?? 0) }
    }

    private func podCondition(_ type: String) -> JSONValue? {
        self["status", "conditions"]?.array?.first { $0["type"]?.string == type }
    }
}

/// Which pods a workload gives up first when it has too many (`ActivePodsWithRanks`).
struct PodDeletionOrder: Sendable {
    /// The order: the first is deleted first.
    static func sorted(_ pods: [KubernetesObject]) -> [KubernetesObject] {
        pods.map { (rank($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Compared element by element, the smaller is given up: not assigned to a node, pending, not ready, cheap, ready
    /// for a shorter time, restarted more often, younger.
    private static func rank(_ pod: KubernetesObject) -> Rank {
        let phases = ["Pending": 0, "Unknown": 1, "Running": 2]
        return Rank(values: [
            pod.string("spec", "nodeName")?.isEmpty == false ? 1 : 0,
            Int64(phases[pod.phase] ?? 2),
            pod.isReady ? 1 : 0,
            pod.annotations["controller.kubernetes.io/pod-deletion-cost"].flatMap { Int64($0) } ?? 0,
            pod.isReady ? -(pod.readySince?.seconds ?? 0) : 0,
            -Int64(pod.restarts),
            -pod.created.seconds,
        ])
    }

    private struct Rank: Comparable {
        var values: [Int64]

        static func < (left: Rank, right: Rank) -> Bool { left.values.lexicographicallyPrecedes(right.values) }
    }
}
