import ProxySnapshot
internal import Synchronization

/// What an endpoint reported of its load, heard by all event loops of the proxy without a lock (Envoy
/// `OrcaHostLbPolicyData`). Times are milliseconds of the workers' clock.
package final class ReportedLoad: Sendable {
    private let weight = Atomic<UInt32>(1)
    /// When the first report of an unbroken row came.
    private let since = Atomic<Int64>(never)
    private let latest = Atomic<Int64>(.min)

    private static let never = Int64.max

    package init() {}

    /// Takes a report that makes a weight.
    package func note(weight new: UInt32, now: Int64) {
        weight.store(new, ordering: .relaxed)
        latest.store(now, ordering: .relaxed)
        _ = since.compareExchange(expected: Self.never, desired: now, ordering: .relaxed)
    }

    /// The weight of the last report; nil while the row of reports is younger than the blackout, and once it ended longer
    /// ago than a report counts, with which the next one begins another row.
    func weight(by rule: ClientSideWeights, now: Int64) -> UInt32? {
        guard now &- rule.blackoutMilliseconds >= since.load(ordering: .relaxed) else { return nil }
        guard latest.load(ordering: .relaxed) >= now &- rule.expirationMilliseconds else {
            since.store(Self.never, ordering: .relaxed)
            return nil
        }
        return weight.load(ordering: .relaxed)
    }
}

/// The weights that a priority's endpoints have by their reports.
enum ReportedWeights {
    /// In order of `reports`: the reported weight or, where none counts, the median of those that do, 1 without any.
    static func weights(of reports: [ReportedLoad?], rule: ClientSideWeights, now: Int64) -> [UInt32] {
        let reported = reports.map { $0?.weight(by: rule, now: now) }
        let standIn = median(reported.compactMap { $0 })
        // Envoy's endpoints weigh at least 1.
        return reported.map { max(1, $0 ?? standIn) }
    }

    private static func median(_ weights: [UInt32]) -> UInt32 {
        guard !weights.isEmpty else { return 1 }
        let sorted = weights.sorted()
        let middle = sorted.count / 2
        guard sorted.count % 2 == 0 else { return sorted[middle] }
        return UInt32((UInt64(sorted[middle - 1]) + UInt64(sorted[middle])) / 2)
    }
}
