internal import ProxyBalancing
internal import ProxySnapshot

/// One worker's part in the outlier detection of a cluster: it hands results on, counts what came of them, and brings
/// endpoints back in time. Confined to its worker's loop.
final class OutlierWatch {
    let detector: OutlierDetector
    private let counters: ClusterCounters
    private unowned let worker: Worker
    private var seen: UInt64 = .max
    private var timer: TimerEntry?

    init(_ detector: OutlierDetector, counters: ClusterCounters, worker: Worker) {
        self.detector = detector
        self.counters = counters
        self.worker = worker
    }

    deinit { timer?.cancel() }

    /// True once after every change of who is out; the cost of a choice while nothing changes is one load.
    @inline(__always)
    func hasNews() -> Bool {
        let version = detector.version
        guard version != seen else { return false }
        seen = version
        return true
    }

    /// Asks for the verdicts again: the list of endpoints is another.
    func forget() { seen = .max }

    func join(_ address: EndpointAddress) -> OutlierMonitor { detector.join(address) }

    func leave(_ address: EndpointAddress) {
        if detector.leave(address) { counters.subtract(.outlierEjectionsActive) }
    }

    /// Takes a result of an endpoint.
    @inline(__always)
    func note(_ result: OutlierResult, _ monitor: OutlierMonitor, at address: EndpointAddress) {
        let reached = monitor.note(result, limits: detector.limits)
        if !reached.isEmpty { act(on: reached, at: address) }
    }

    private func act(on reached: ConsecutiveErrors, at address: EndpointAddress) {
        // In Envoy's order: what ejects first is what counts.
        for errors in [ConsecutiveErrors.gatewayFailure, .serverError, .localOriginFailure]
        where reached.contains(errors) {
            let (verdict, nextSweep) = detector.reached(
                errors,
                at: address,
                now: worker.now,
                random: &worker.random
            )
            count(verdict, errors)
            if verdict == .ejected { arm(nextSweep) }
        }
    }

    private func count(_ verdict: EjectionLedger.Verdict, _ errors: ConsecutiveErrors) {
        guard verdict != .ignored else { return }
        counters.add(errors.detectedStatistic)
        if errors == .serverError { counters.add(.outlierEjectionsConsecutive5xx) }
        switch verdict {
        case .ignored: return
        case .overflow: counters.add(.outlierEjectionsOverflow)
        case .spared: if errors == .serverError { counters.add(.outlierEjectionsTotal) }
        case .ejected:
            if errors == .serverError { counters.add(.outlierEjectionsTotal) }
            counters.add(.outlierEjectionsActive)
            counters.add(.outlierEjectionsEnforcedTotal)
            counters.add(errors.enforcedStatistic)
        }
    }

    /// The worker that ejected keeps the time until all are back; a sweep that another made in between is no harm.
    private func arm(_ sweep: Int64?) {
        guard let sweep else { return }
        if timer == nil { timer = TimerEntry(wheel: worker.timers) { [unowned self] in sweepIsDue() } }
        timer?.set(min(sweep, timer?.deadline ?? .max))
    }

    private func sweepIsDue() {
        let (returned, next) = detector.sweep(now: worker.now)
        for _ in 0..<returned { counters.subtract(.outlierEjectionsActive) }
        arm(next)
    }
}

extension ConsecutiveErrors {
    fileprivate var detectedStatistic: ClusterStatistic {
        switch self {
        case .gatewayFailure: .outlierEjectionsDetectedGatewayFailure
        case .localOriginFailure: .outlierEjectionsDetectedLocalOriginFailure
        default: .outlierEjectionsDetected5xx
        }
    }

    fileprivate var enforcedStatistic: ClusterStatistic {
        switch self {
        case .gatewayFailure: .outlierEjectionsEnforcedGatewayFailure
        case .localOriginFailure: .outlierEjectionsEnforcedLocalOriginFailure
        default: .outlierEjectionsEnforced5xx
        }
    }
}
