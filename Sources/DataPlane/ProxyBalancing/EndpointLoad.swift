package import ProxySnapshot

/// What one event loop knows of an endpoint while it serves by it.
///
/// The object survives endpoint updates as long as the address stays, so that a request in flight can give back what
/// it took. Confined to its event loop.
package final class EndpointLoad {
    /// The endpoint as the newest assignment has it.
    package internal(set) var endpoint: Endpoint
    /// Requests sent and not ended on this loop.
    package private(set) var activeRequests: UInt32 = 0
    /// True while outlier detection keeps the endpoint out; set with `LoadBalancer.setEjected`.
    package internal(set) var isEjected = false
    /// What of the choices it gets: the assignment's weight, or what its reports make of it.
    package internal(set) var weight: UInt32
    /// When it was first seen healthy, in milliseconds of the worker's clock; noted only for slow start.
    var healthySince: Int64?

    init(endpoint: Endpoint) {
        self.endpoint = endpoint
        weight = endpoint.weight
    }

    /// A request was given to the endpoint.
    package func requestBegan() { activeRequests &+= 1 }

    /// A request of `requestBegan` ended, however it did.
    package func requestEnded() { if activeRequests > 0 { activeRequests &-= 1 } }

    /// Whether the control plane and outlier detection both take it for usable at full rank.
    var isHealthy: Bool { !isEjected && endpoint.health == .healthy }
    var isDegraded: Bool { !isEjected && endpoint.health == .degraded }
    /// Whether it counts neither as there nor as failing: an endpoint that drains.
    var isExcluded: Bool { endpoint.health == .draining }
}
