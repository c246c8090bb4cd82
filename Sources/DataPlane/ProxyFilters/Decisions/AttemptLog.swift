package import MeshTelemetry
package import ProxySnapshot
package import ProxyUpstream

/// What happened to one request on its way, as far as nothing else tells: filled in where it happens, read when the
/// request is recorded.
///
/// Of fixed size, and used where it lies: a copy would cost more than the ordinary request, which is answered by the first
/// endpoint asked and writes `startedAt` alone.
package struct AttemptLog: ~Copyable {
    /// Attempts kept besides the last; of further ones only their number is known.
    package static let capacity = 7
    /// Mirrors kept.
    package static let mirrorCapacity = 4

    /// An attempt that was followed by another.
    package struct Entry {
        package let endpoint: UpstreamEndpoint
        /// Worker nanoseconds.
        package let startedAt: Int64
        package let endedAt: Int64
        package let ending: AttemptEnding
        /// Of the response that was not good enough; 0 without one.
        package let status: UInt16
    }

    /// How the attempt under way ended, or `.underWay`; that of a request which was answered by upstream stays so.
    package private(set) var ending: AttemptEnding = .underWay
    /// The status of a response that was not passed on.
    package private(set) var status: UInt16 = 0
    /// When it ended, in the worker's nanoseconds; 0 while it has not.
    package private(set) var endedAt: Int64 = 0
    /// When the attempt under way began, in the worker's nanoseconds with the precision of `Worker.now`; 0 before.
    package var startedAt: Int64 = 0
    /// Why there was no further attempt after one that failed.
    package var stop: RetryStop = .none
    /// Milliseconds that an injected delay took; 0 without one.
    package var delayMilliseconds: UInt32 = 0
    /// Which circuit breaker refused the request, if one did.
    package var overflow: BreakerResource?
    /// Draws of an endpoint that were thrown away, because it had been tried before.
    package var skippedHosts: UInt16 = 0
    /// Attempts in `entries`.
    package private(set) var count = 0
    /// Mirrors sent, those beyond `mirrorCapacity` too.
    package private(set) var mirrorCount = 0

    private var entries = InlineArray<7, Entry?>(repeating: nil)
    private var mirrors = InlineArray<4, ClusterIndex>(repeating: ClusterIndex(rawValue: 0))

    package init() {}

    /// The attempt at a position below `count`.
    package func entry(_ position: Int) -> Entry? { position < count ? entries[position] : nil }

    /// The cluster a copy went to, by position.
    package func mirror(_ position: Int) -> ClusterIndex? {
        position < min(mirrorCount, Self.mirrorCapacity) ? mirrors[position] : nil
    }

    /// The attempt under way ended at `time`, in the worker's nanoseconds; `status` is that of a response which was not
    /// passed on.
    package mutating func ended(_ ending: AttemptEnding, status: UInt16 = 0, at time: Int64) {
        self.ending = ending
        self.status = status
        endedAt = time
    }

    /// Another attempt begins at `time`, in the worker's nanoseconds; `endpoint` is the one before, nil for the first.
    package mutating func begin(after endpoint: UpstreamEndpoint?, at time: Int64) {
        if let endpoint, count < Self.capacity {
            entries[count] = Entry(
                endpoint: endpoint,
                startedAt: startedAt,
                endedAt: endedAt == 0 ? time : endedAt,
                ending: ending,
                status: status
            )
            count &+= 1
        }
        startedAt = time
        endedAt = 0
        ending = .underWay
        status = 0
    }

    /// A copy of the request was sent to `cluster`.
    package mutating func mirrored(to cluster: ClusterIndex) {
        if mirrorCount < Self.mirrorCapacity { mirrors[mirrorCount] = cluster }
        mirrorCount &+= 1
    }

    /// Forgets the last request.
    package mutating func reset() {
        for position in 0..<count { entries[position] = nil }
        count = 0
        mirrorCount = 0
        ending = .underWay
        status = 0
        startedAt = 0
        endedAt = 0
        stop = .none
        delayMilliseconds = 0
        overflow = nil
        skippedHosts = 0
    }
}
