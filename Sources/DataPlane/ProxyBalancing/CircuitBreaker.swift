package import ProxySnapshot

/// Counts what a cluster holds at one priority against its thresholds; a pure machine, one for each event loop.
///
/// Envoy shares these counters between workers, each of ours counts for itself, so a limit holds per loop.
package struct CircuitBreaker: Sendable {
    /// What is limited.
    package enum Resource: Sendable {
        case connection
        case pendingRequest
        case request
        case retry
    }

    private var thresholds: CircuitBreakerThresholds
    private var connections: UInt32 = 0
    private var pendingRequests: UInt32 = 0
    private var requests: UInt32 = 0
    private var retries: UInt32 = 0

    package init(_ thresholds: CircuitBreakerThresholds) {
        self.thresholds = thresholds
    }

    /// Takes new thresholds; what is held stays counted.
    package mutating func update(_ thresholds: CircuitBreakerThresholds) { self.thresholds = thresholds }

    /// Takes one if the threshold allows it; `false` means overflow (503, flag UO).
    package mutating func take(_ resource: Resource) -> Bool {
        switch resource {
        case .connection: Self.take(&connections, thresholds.maxConnections)
        case .pendingRequest: Self.take(&pendingRequests, thresholds.maxPendingRequests)
        case .request: Self.take(&requests, thresholds.maxRequests)
        case .retry: Self.take(&retries, thresholds.maxRetries)
        }
    }

    /// Gives one back.
    package mutating func release(_ resource: Resource) {
        switch resource {
        case .connection: Self.release(&connections)
        case .pendingRequest: Self.release(&pendingRequests)
        case .request: Self.release(&requests)
        case .retry: Self.release(&retries)
        }
    }

    /// How many are held.
    package func count(of resource: Resource) -> UInt32 {
        switch resource {
        case .connection: connections
        case .pendingRequest: pendingRequests
        case .request: requests
        case .retry: retries
        }
    }

    private static func take(_ count: inout UInt32, _ limit: UInt32) -> Bool {
        guard count < limit else { return false }
        count += 1
        return true
    }

    private static func release(_ count: inout UInt32) { if count > 0 { count -= 1 } }
}
