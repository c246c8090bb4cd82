/// The answer of `/explain`: what one proxy remembers of the requests that were asked for.
package struct RequestDecisions: Codable, Sendable, Hashable {
    /// The node id of the proxy: `sidecar~IP~POD.NAMESPACE~DOMAIN`.
    package var proxy: String
    package var memory: Memory
    /// In the order in which they began.
    package var decisions: [RequestDecision]

    package init(proxy: String, memory: Memory, decisions: [RequestDecision]) {
        self.proxy = proxy
        self.memory = memory
        self.decisions = decisions
    }

    /// The answer of a proxy that is Envoy.
    package static let envoyRemembersNone = """
        this proxy is Envoy, which remembers no requests (only martlet's own engine answers /explain); look for the id \
        in its access log
        """

    /// How far back a proxy remembers.
    package struct Memory: Codable, Sendable, Hashable {
        /// Event loops, each with a memory of its own.
        package var workers = 0
        /// Bytes of all of them; they never grow.
        package var bytes = 0
        /// Requests remembered.
        package var requests = 0
        /// Requests there have been since the proxy started.
        package var total: UInt64 = 0
        /// Seconds since the oldest request that is remembered; nil without any.
        package var oldestSeconds: Double?

        package init() {}

        /// Adds another worker's.
        package mutating func merge(_ other: Memory) {
            workers += other.workers
            bytes += other.bytes
            requests += other.requests
            total &+= other.total
            if let theirs = other.oldestSeconds { oldestSeconds = max(theirs, oldestSeconds ?? 0) }
        }
    }
}
