package import ProxySnapshot
internal import Synchronization

/// What outlier detection hears of an endpoint (Envoy's `Outlier::Result`).
package enum OutlierResult: Sendable, Equatable {
    /// A final response, or for gRPC the status that its `grpc-status` stands for.
    case response(status: UInt16)
    /// The request got a connection.
    case connected
    /// The connection is all there is to it: TCP.
    case connectedFinally
    /// No connection, or it broke off.
    case connectFailed
    /// No connection, or no answer, in time.
    case timeout
}

/// Errors in a row that outlier detection counts; several may reach their limit at once.
package struct ConsecutiveErrors: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let gatewayFailure = ConsecutiveErrors(rawValue: 1)
    package static let serverError = ConsecutiveErrors(rawValue: 2)
    package static let localOriginFailure = ConsecutiveErrors(rawValue: 4)
}

/// The errors in a row of one endpoint, counted by all event loops of the proxy without a lock.
///
/// Whoever takes a count to its limit learns it, nobody else: additions are atomic and return the new value. A success
/// after a success reads one word, which all cores share, and writes nothing.
package final class OutlierMonitor: Sendable {
    // 5xx in a row in the upper half, gateway failures in a row in the lower, so that both change at once.
    private let external = Atomic<UInt64>(0)
    private let localOrigin = Atomic<UInt32>(0)
    private let ejected = Atomic<Bool>(false)

    private static let one5xx: UInt64 = 1 << 32
    private static let oneGatewayFailure: UInt64 = 1

    package init() {}

    /// Whether the endpoint is out of rotation for the whole proxy.
    package var isEjected: Bool { ejected.load(ordering: .relaxed) }

    /// Takes the endpoint out or back in; only for whoever owns the `EjectionLedger`.
    package func setEjected(_ isEjected: Bool) { ejected.store(isEjected, ordering: .relaxed) }

    /// Counts a result; the answer names the counts that reached their limit with it.
    @inline(__always)
    package func note(_ result: OutlierResult, limits: OutlierDetection) -> ConsecutiveErrors {
        if case .response(let status) = result, status < 500 || status >= 600 {
            succeeded()
            return []
        }
        return noteOther(result, limits)
    }

    private func noteOther(_ result: OutlierResult, _ limits: OutlierDetection) -> ConsecutiveErrors {
        switch result {
        case .response(let status): return failed(status: status, limits)
        case .connected:
            if limits.splitsLocalOriginErrors { localOriginSucceeded() }
            return []
        case .connectedFinally:
            if limits.splitsLocalOriginErrors { localOriginSucceeded() } else { succeeded() }
            return []
        case .connectFailed:
            return limits.splitsLocalOriginErrors ? localOriginFailed(limits) : failed(status: 503, limits)
        case .timeout: return limits.splitsLocalOriginErrors ? localOriginFailed(limits) : failed(status: 504, limits)
        }
    }

    /// Begins counts anew: those that were acted on, or all when the endpoint comes back.
    package func reset(_ errors: ConsecutiveErrors) {
        if errors.contains([.serverError, .gatewayFailure]) {
            external.store(0, ordering: .relaxed)
        } else if errors.contains(.serverError) {
            external.bitwiseAnd(Self.one5xx - 1, ordering: .relaxed)
        } else if errors.contains(.gatewayFailure) {
            external.bitwiseAnd(~(Self.one5xx - 1), ordering: .relaxed)
        }
        if errors.contains(.localOriginFailure) { localOrigin.store(0, ordering: .relaxed) }
    }

    @inline(__always)
    private func succeeded() {
        if external.load(ordering: .relaxed) != 0 { external.store(0, ordering: .relaxed) }
    }

    private func failed(status: UInt16, _ limits: OutlierDetection) -> ConsecutiveErrors {
        guard (500...599).contains(status) else {
            succeeded()
            return []
        }
        var reached: ConsecutiveErrors = []
        let count: UInt64
        if (502...504).contains(status) {
            count = external.wrappingAdd(Self.one5xx + Self.oneGatewayFailure, ordering: .relaxed).newValue
            if UInt32(truncatingIfNeeded: count) == limits.consecutiveGatewayFailure { reached.insert(.gatewayFailure) }
        } else {
            external.bitwiseAnd(~(Self.one5xx - 1), ordering: .relaxed)
            count = external.wrappingAdd(Self.one5xx, ordering: .relaxed).newValue
        }
        if UInt32(truncatingIfNeeded: count >> 32) == limits.consecutive5xx { reached.insert(.serverError) }
        return reached
    }

    private func localOriginSucceeded() {
        if localOrigin.load(ordering: .relaxed) != 0 { localOrigin.store(0, ordering: .relaxed) }
    }

    private func localOriginFailed(_ limits: OutlierDetection) -> ConsecutiveErrors {
        let count = localOrigin.wrappingAdd(1, ordering: .relaxed).newValue
        return count == limits.consecutiveLocalOriginFailure ? .localOriginFailure : []
    }
}
