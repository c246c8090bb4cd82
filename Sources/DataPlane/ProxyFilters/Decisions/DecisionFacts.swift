/// The numbers of a recorded request; copied as they lie, hence of trivial types only.
package struct DecisionFacts: BitwiseCopyable, Sendable {
    /// Worker nanoseconds, like all times here; 0 is "never".
    package var startedAt: Int64 = 0
    package var endedAt: Int64 = 0
    package var requestEndedAt: Int64 = 0
    package var respondedAt: Int64 = 0
    package var requestBytes: UInt64 = 0
    package var responseBytes: UInt64 = 0
    /// Decided runtime fractions and splits.
    package var random: UInt64 = 0
    package var hash: UInt64 = 0
    /// `RouteConfiguration.revision`, `Cluster.settingsRevision`: the versions the request met.
    package var tableRevision: UInt64 = 0
    package var clusterRevision: UInt64 = 0
    /// Milliseconds; below 0 is none.
    package var timeout: Int64 = -1
    package var flags: UInt32 = 0
    package var attempts: UInt32 = 0
    package var delayMilliseconds: UInt32 = 0
    package var status: UInt16 = 0
    package var skippedHosts: UInt16 = 0
    package var ejectedHosts: UInt16 = 0
    package var mirrorCount: UInt16 = 0
    /// `RouteDecision.weightedEntry`; below 0 is none.
    package var weightedEntry: Int32 = -1
    /// `RetryStop`.
    package var retryStop: UInt8 = 0
    /// `BreakerResource` plus one; 0 is none.
    package var overflow: UInt8 = 0
    package var isHTTP10 = false
    package var hasHash = false
    package var isRouted = false
    /// The head was longer than what is kept.
    package var isHeadCut = false
    /// The last attempt was on a connection that had served another request.
    package var isReused = false
    package var timedOut = false

    init() {}
}

/// The numbers of one recorded attempt.
struct AttemptFacts: BitwiseCopyable {
    var startedAt: Int64 = 0
    var endedAt: Int64 = 0
    var status: UInt16 = 0
    /// `AttemptEnding`.
    var ending: UInt8 = 0
}
