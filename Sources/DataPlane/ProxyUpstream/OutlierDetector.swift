internal import ProxyBalancing
internal import ProxySnapshot
internal import Synchronization

/// What all workers know together of one cluster's failing endpoints.
///
/// Results are counted in the endpoints' monitors, without a lock. The lock is taken when an endpoint has come to its
/// limit, at the end of an interval in which some are out, and when endpoints come and go. Its holder writes the verdict
/// into the monitors and then moves `version` on; each worker compares that number before it chooses an endpoint, and
/// takes the verdicts over when it has moved. Times are milliseconds of the workers' clock.
final class OutlierDetector: Sendable {
    let limits: OutlierDetection

    private struct State {
        var ledger: EjectionLedger
        var monitors: [EndpointAddress: OutlierMonitor] = [:]
    }

    private let state: Mutex<State>
    private let changes = Atomic<UInt64>(0)

    init(_ limits: OutlierDetection, now: Int64) {
        self.limits = limits
        state = Mutex(State(ledger: EjectionLedger(limits, now: now)))
    }

    /// Moves on with every change of who is out.
    @inline(__always)
    var version: UInt64 { changes.load(ordering: .acquiring) }

    /// A worker has the endpoint from now on.
    func join(_ address: EndpointAddress) -> OutlierMonitor {
        state.withLock { state in
            state.ledger.join(address)
            if let known = state.monitors[address] { return known }
            let made = OutlierMonitor()
            state.monitors[address] = made
            return made
        }
    }

    /// A worker has the endpoint no longer; true if nobody has it any more and it was out.
    func leave(_ address: EndpointAddress) -> Bool {
        state.withLock { state in
            let wasOut = state.ledger.leave(address)
            if !state.ledger.knows(address) { state.monitors[address] = nil }
            return wasOut
        }
    }

    /// Errors of one kind in a row have come to their limit: takes the endpoint out if the rules want it.
    ///
    /// - Returns: what came of it, and when `sweep` is due.
    func reached(
        _ errors: ConsecutiveErrors,
        at address: EndpointAddress,
        now: Int64,
        random: inout RandomSource
    ) -> (verdict: EjectionLedger.Verdict, nextSweep: Int64?) {
        state.withLock { state in
            let verdict = state.ledger.reached(errors, at: address, now: now, random: &random)
            let monitor = state.monitors[address]
            if verdict == .ejected {
                monitor?.setEjected(true)
                changes.wrappingAdd(1, ordering: .releasing)
            }
            if verdict != .ignored { monitor?.reset(errors) }
            return (verdict, state.ledger.nextSweep)
        }
    }

    /// Brings back those whose time is over.
    ///
    /// - Returns: how many came back, and when the next sweep is due, if one is.
    func sweep(now: Int64) -> (returned: Int, next: Int64?) {
        state.withLock { state in
            let returned = state.ledger.sweep(now: now)
            for address in returned {
                state.monitors[address]?.reset([.serverError, .gatewayFailure, .localOriginFailure])
                state.monitors[address]?.setEjected(false)
            }
            if !returned.isEmpty { changes.wrappingAdd(1, ordering: .releasing) }
            return (returned.count, state.ledger.nextSweep)
        }
    }

    /// The endpoints that are out now, for building tables in advance.
    var ejected: Set<EndpointAddress> {
        state.withLock { state in Set(state.monitors.filter { $0.value.isEjected }.keys) }
    }
}
