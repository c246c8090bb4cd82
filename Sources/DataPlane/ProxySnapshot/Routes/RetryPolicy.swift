/// A validated `envoy.config.route.v3.RetryPolicy`.
package final class RetryPolicy: Sendable {
    /// When to retry.
    package let conditions: RetryConditions
    /// How many times beyond the first.
    package let retries: Int
    /// The limit of one attempt; `nil` is off.
    package let perTryTimeout: Duration?
    /// The idle limit of one attempt; `nil` is off.
    package let perTryIdleTimeout: Duration?
    /// Statuses meant by `retriable-status-codes`.
    package let retriableStatusCodes: [UInt16]
    /// Responses meant by `retriable-headers`.
    package let retriableHeaders: [HeaderMatcher]
    /// True if hosts already tried are passed over (`previous_hosts`).
    package let avoidsPreviousHosts: Bool
    /// How often another host is drawn before a tried one is taken.
    package let hostSelectionAttempts: Int
    /// Moves to other priorities after so many tries (`previous_priorities`).
    package let previousPrioritiesFrequency: Int?
    /// The first back-off, jittered.
    package let backOffBase: Duration
    /// The longest back-off.
    package let backOffMaximum: Duration

    package init(
        conditions: RetryConditions,
        retries: Int = 1,
        perTryTimeout: Duration? = nil,
        perTryIdleTimeout: Duration? = nil,
        retriableStatusCodes: [UInt16] = [],
        retriableHeaders: [HeaderMatcher] = [],
        avoidsPreviousHosts: Bool = false,
        hostSelectionAttempts: Int = 1,
        previousPrioritiesFrequency: Int? = nil,
        backOffBase: Duration = .milliseconds(25),
        backOffMaximum: Duration = .milliseconds(250)
    ) {
        self.conditions = conditions
        self.retries = retries
        self.perTryTimeout = perTryTimeout
        self.perTryIdleTimeout = perTryIdleTimeout
        self.retriableStatusCodes = retriableStatusCodes
        self.retriableHeaders = retriableHeaders
        self.avoidsPreviousHosts = avoidsPreviousHosts
        self.hostSelectionAttempts = hostSelectionAttempts
        self.previousPrioritiesFrequency = previousPrioritiesFrequency
        self.backOffBase = backOffBase
        self.backOffMaximum = backOffMaximum
    }
}

/// The union of a retry policy's `retry_on` conditions.
package struct RetryConditions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let serverError = RetryConditions(rawValue: 1 << 0)
    package static let gatewayError = RetryConditions(rawValue: 1 << 1)
    package static let reset = RetryConditions(rawValue: 1 << 2)
    package static let resetBeforeRequest = RetryConditions(rawValue: 1 << 3)
    package static let connectFailure = RetryConditions(rawValue: 1 << 4)
    package static let refusedStream = RetryConditions(rawValue: 1 << 5)
    package static let retriable4xx = RetryConditions(rawValue: 1 << 6)
    package static let retriableStatusCodes = RetryConditions(rawValue: 1 << 7)
    package static let retriableHeaders = RetryConditions(rawValue: 1 << 8)
    package static let envoyRateLimited = RetryConditions(rawValue: 1 << 9)
    package static let http3PostConnectFailure = RetryConditions(rawValue: 1 << 10)
    package static let grpcCancelled = RetryConditions(rawValue: 1 << 11)
    package static let grpcDeadlineExceeded = RetryConditions(rawValue: 1 << 12)
    package static let grpcInternal = RetryConditions(rawValue: 1 << 13)
    package static let grpcResourceExhausted = RetryConditions(rawValue: 1 << 14)
    package static let grpcUnavailable = RetryConditions(rawValue: 1 << 15)
}

extension RetryConditions {
    private static let table: [(String, RetryConditions)] = [
        ("5xx", .serverError), ("gateway-error", .gatewayError), ("reset", .reset),
        ("reset-before-request", .resetBeforeRequest), ("connect-failure", .connectFailure),
        ("refused-stream", .refusedStream), ("retriable-4xx", .retriable4xx),
        ("retriable-status-codes", .retriableStatusCodes), ("retriable-headers", .retriableHeaders),
        ("envoy-ratelimited", .envoyRateLimited), ("http3-post-connect-failure", .http3PostConnectFailure),
        ("cancelled", .grpcCancelled), ("deadline-exceeded", .grpcDeadlineExceeded), ("internal", .grpcInternal),
        ("resource-exhausted", .grpcResourceExhausted), ("unavailable", .grpcUnavailable),
    ]

    /// The condition of that name in `retry_on` (HTTP and gRPC).
    init?(named name: Substring) {
        guard let entry = Self.table.first(where: { $0.0 == name }) else { return nil }
        self = entry.1
    }

    /// The names of the conditions, in Envoy's order.
    package var names: [String] { Self.table.filter { contains($0.1) }.map(\.0) }
}
