/// Counts a probe's results against its thresholds.
struct ProbeCounter: Sendable, Hashable {
    var successThreshold: Int
    var failureThreshold: Int
    private var successes = 0
    private var failures = 0

    init(_ plan: ProbePlan) {
        successThreshold = plan.successThreshold
        failureThreshold = plan.failureThreshold
    }

    /// The verdict when a threshold is just reached; nil while nothing changes.
    mutating func count(_ result: ProbeResult) -> ProbeVerdict? {
        switch result {
        case .success:
            failures = 0
            successes += 1
            return successes == successThreshold ? .passed : nil
        case .failure(let message):
            successes = 0
            failures += 1
            return failures == failureThreshold ? .failed(message: message) : nil
        }
    }
}

/// One try.
enum ProbeResult: Sendable, Hashable {
    case success
    case failure(String)
}
