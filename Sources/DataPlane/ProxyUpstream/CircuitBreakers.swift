internal import ProxySnapshot
internal import Synchronization

/// The circuit breaker counts of every cluster, shared by all workers as Envoy's resource managers are.
///
/// A limit of `UInt32.max`, Istio's default, costs no atomic operation.
package final class CircuitBreakers: Sendable {
    private let byName = Mutex<[String: SharedCircuitBreaker]>([:])
    private let windows = SharedByCluster<RetryWindow>()

    package init() {}

    /// The breaker of a cluster; the same object for the same name. Called when configuration changes.
    func breaker(for name: String) -> SharedCircuitBreaker {
        byName.withLock { breakers in
            if let known = breakers[name] { return known }
            let breaker = SharedCircuitBreaker()
            breakers[name] = breaker
            return breaker
        }
    }

    /// What a cluster's retry budget goes by if that is the requests of some time: the same for all workers that have
    /// this version of the cluster. Called when configuration changes; `now` in milliseconds.
    func retryWindow(for cluster: Cluster, now: Int64) -> RetryWindow? {
        guard let interval = cluster.defaultThresholds.retryBudget?.intervalMilliseconds else { return nil }
        return windows.shared(for: cluster) { RetryWindow(interval: interval, now: now) }
    }
}

/// What a circuit breaker counts.
package enum BreakerResource: UInt8, Sendable {
    case connections
    case pendingRequests
    case requests
    case retries

    /// The limit as `DestinationRule.trafficPolicy.connectionPool` spells it.
    package var field: String {
        switch self {
        case .connections: "maxConnections"
        case .pendingRequests: "http1MaxPendingRequests"
        case .requests: "http2MaxRequests"
        case .retries: "maxRetries"
        }
    }
}

/// The counts of one cluster at default priority.
final class SharedCircuitBreaker: Sendable {
    private let connections = Atomic<Int>(0)
    private let pendingRequests = Atomic<Int>(0)
    private let requests = Atomic<Int>(0)
    private let retries = Atomic<Int>(0)

    /// Takes one unit: nil if the limit is reached, else whether the unit must be given back.
    @inline(__always)
    func take(_ resource: BreakerResource, limit: UInt32) -> Bool? {
        guard limit != .max else { return false }
        if change(resource, by: 1) <= Int(limit) { return true }
        _ = change(resource, by: -1)
        return nil
    }

    /// Takes a retry out of a budget that follows the requests in flight and pending: nil if it is used up.
    ///
    /// They must be counted for it: take them with a limit below `UInt32.max` or by `count`.
    func takeRetry(_ budget: RetryBudget) -> Bool? {
        takeRetry(budget, requests: requests.load(ordering: .relaxed) &+ pendingRequests.load(ordering: .relaxed))
    }

    /// Takes a retry out of a budget that follows a number of requests: nil if it is used up.
    func takeRetry(_ budget: RetryBudget, requests: Int) -> Bool? {
        if change(.retries, by: 1) <= budget.limit(requests: requests) { return true }
        _ = change(.retries, by: -1)
        return nil
    }

    /// Counts a unit that is not limited, because something else depends on the count; it must be given back.
    @inline(__always)
    func count(_ resource: BreakerResource) { _ = change(resource, by: 1) }

    /// Gives one unit back.
    func give(_ resource: BreakerResource) { _ = change(resource, by: -1) }

    private func change(_ resource: BreakerResource, by amount: Int) -> Int {
        switch resource {
        case .connections: connections.wrappingAdd(amount, ordering: .relaxed).newValue
        case .pendingRequests: pendingRequests.wrappingAdd(amount, ordering: .relaxed).newValue
        case .requests: requests.wrappingAdd(amount, ordering: .relaxed).newValue
        case .retries: retries.wrappingAdd(amount, ordering: .relaxed).newValue
        }
    }
}
