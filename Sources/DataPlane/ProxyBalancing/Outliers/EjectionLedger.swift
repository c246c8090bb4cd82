package import ProxySnapshot

/// Which endpoints of a cluster outlier detection has taken out, since when and how often: a pure machine.
///
/// Events in, decisions out; it knows neither counters nor loops. Times are milliseconds of a clock that all callers
/// share. The rules are those of Envoy 1.40 (`Upstream::Outlier::DetectorImpl`) without success rates.
package struct EjectionLedger: Sendable {
    /// What came of errors in a row.
    package enum Verdict: Sendable, Equatable {
        /// The endpoint is gone or out already: nothing is counted.
        case ignored
        case ejected
        /// It would be out, but `enforcing_consecutive_...` spared it.
        case spared
        /// Too many are out.
        case overflow
    }

    private struct Record: Sendable {
        /// Loops that have the endpoint.
        var users = 1
        var ejectedAt: Int64?
        var returnedAt: Int64?
        /// What the base time is multiplied by; falls again while the endpoint stays in.
        var multiplier: Int64 = 0
        var jitter: Int64 = 0
    }

    private let limits: OutlierDetection
    private let interval: Int64
    private let baseTime: Int64
    private let maximumTime: Int64
    private let jitter: UInt64
    private let began: Int64
    private var records: [EndpointAddress: Record] = [:]
    private var due: Int64?
    /// How many are out.
    package private(set) var ejectedCount = 0

    /// `now` is when the first interval begins.
    package init(_ limits: OutlierDetection, now: Int64) {
        self.limits = limits
        interval = max(1, Self.milliseconds(limits.interval))
        baseTime = Self.milliseconds(limits.baseEjectionTime)
        maximumTime = Self.milliseconds(limits.maxEjectionTime)
        jitter = UInt64(Self.milliseconds(limits.maxEjectionTimeJitter))
        began = now
    }

    /// Whole milliseconds, at most a century.
    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return min(seconds, 3_155_760_000) * 1000 + attoseconds / 1_000_000_000_000_000
    }

    // MARK: Members

    /// A loop has the endpoint from now on; the share of ejected ones counts all that some loop has.
    package mutating func join(_ address: EndpointAddress) {
        records[address, default: Record(users: 0)].users += 1
    }

    /// A loop has it no longer; true if it went with the last one and was out.
    package mutating func leave(_ address: EndpointAddress) -> Bool {
        guard var record = records[address] else { return false }
        record.users -= 1
        guard record.users <= 0 else {
            records[address] = record
            return false
        }
        records[address] = nil
        guard record.ejectedAt != nil else { return false }
        ejectedCount -= 1
        return true
    }

    /// Whether some loop has the endpoint.
    package func knows(_ address: EndpointAddress) -> Bool { records[address] != nil }

    /// Whether it is out now.
    package func isEjected(_ address: EndpointAddress) -> Bool { records[address]?.ejectedAt != nil }

    // MARK: Out

    /// Errors of one kind in a row have come to their limit. `random` is for the share of ejections that are carried
    /// out and for the jitter.
    package mutating func reached(
        _ errors: ConsecutiveErrors,
        at address: EndpointAddress,
        now: Int64,
        random: inout RandomSource
    ) -> Verdict {
        guard var record = records[address], record.ejectedAt == nil else { return .ignored }
        let share = 100 * Double(ejectedCount + 1) / Double(records.count)
        guard share <= Double(limits.maxEjectionPercent) || (limits.alwaysEjectsOneHost && ejectedCount == 0) else {
            return .overflow
        }
        guard random.next() % 100 < UInt64(enforcing(errors)) else { return .spared }
        record.ejectedAt = now
        record.jitter = jitter == 0 ? 0 : Int64(random.next() % (jitter + 1))
        if record.multiplier * baseTime < maximumTime + baseTime { record.multiplier += 1 }
        records[address] = record
        ejectedCount += 1
        if due == nil { due = boundary(after: now) }
        return .ejected
    }

    private func enforcing(_ errors: ConsecutiveErrors) -> UInt32 {
        switch errors {
        case .gatewayFailure: limits.enforcingConsecutiveGatewayFailure
        case .localOriginFailure: limits.enforcingConsecutiveLocalOriginFailure
        default: limits.enforcingConsecutive5xx
        }
    }

    // MARK: In

    /// When `sweep` is to be called next; `nil` while no endpoint is out or was so lately.
    package var nextSweep: Int64? { due }

    /// The end of an interval: names the endpoints whose time out is over. Before `nextSweep` it does nothing.
    package mutating func sweep(now: Int64) -> [EndpointAddress] {
        guard let last = due, now >= last else { return [] }
        var returned: [EndpointAddress] = []
        var isBusy = false
        for (address, record) in records {
            var record = record
            if let since = record.ejectedAt {
                let time = min(baseTime * record.multiplier, maximumTime) + record.jitter
                if now - since >= time {
                    record.ejectedAt = nil
                    record.returnedAt = now
                    returned.append(address)
                }
            }
            if record.ejectedAt == nil, let since = record.returnedAt, now - since >= interval, record.multiplier > 0 {
                record.multiplier -= 1
            }
            if record.ejectedAt != nil || record.multiplier > 0 { isBusy = true }
            records[address] = record
        }
        ejectedCount -= returned.count
        due = isBusy ? boundary(after: now) : nil
        return returned
    }

    /// Intervals follow one another from the beginning on, whether or not there was anything to do.
    private func boundary(after now: Int64) -> Int64 { began + ((now - began) / interval + 1) * interval }
}
