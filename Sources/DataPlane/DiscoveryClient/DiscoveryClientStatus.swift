package import ProxySnapshot

/// Where the connection to the control plane stands; for the admin interface and readiness.
package struct DiscoveryClientStatus: Sendable {
    /// The state of the connection.
    package enum State: Sendable, Equatable {
        /// Not started, or stopped.
        case idle
        /// Trying to open a stream.
        case connecting
        /// A stream is open and was answered.
        case connected
        /// Waiting before the next attempt, after this error.
        case backingOff(Duration, error: String)
    }

    /// The state of the connection.
    package var state: State = .idle
    /// Whether listeners and clusters have arrived at least once: from then on there is something to serve.
    package var isInitialized = false
    /// How many streams were answered so far.
    package var connects = 0
    /// How many responses arrived.
    package var responses = 0
    /// How many responses were refused in part.
    package var rejectedResponses = 0
    /// The resources refused and not replaced by acceptable ones since; their last good versions serve.
    package var rejections: [Rejection] = []
    /// Fields that accepted resources carry and the proxy leaves out.
    package var warnings: [ResourceWarning] = []
    /// Generation of the snapshot published last, nil before the first.
    package var generation: UInt64?

    /// Not started.
    package init() {}
}
