package import ProxyTLS

/// The counters and gauges a cluster keeps on each worker, under Envoy's names.
package enum ClusterStatistic: UInt8, CaseIterable, Sendable {
    case upstreamConnectionTotal
    case upstreamConnectionActive
    case upstreamConnectionConnectFail
    case upstreamConnectionConnectTimeout
    case upstreamConnectionDestroy
    case upstreamConnectionIdleTimeout
    case upstreamConnectionMaxDuration
    case upstreamConnectionOverflow
    case upstreamConnectionProtocolError
    case upstreamConnectionNoneHealthy
    case upstreamConnectionReceivedBytes
    case upstreamConnectionSentBytes
    case upstreamRequestTotal
    case upstreamRequestActive
    case upstreamRequestCompleted
    case upstreamRequestPendingTotal
    case upstreamRequestPendingOverflow
    case upstreamRequestActiveOverflow
    case upstreamRequestPendingFailureEject
    case upstreamRequestTimeout
    case upstreamRequestReceivedReset
    case upstreamRequestSentReset
    case upstreamRequestRetry
    case upstreamRequestRetrySuccess
    case upstreamRequestRetryLimitExceeded
    case upstreamRequestRetryOverflow
    case upstreamRequestRetryBackOff
    case upstreamRequestPerTryTimeout
    case retryOrShadowAbandoned
    /// Ours: copies of requests dropped because too many were under way.
    case mirrorOverflow
    case upstreamRequest1xx
    case upstreamRequest2xx
    case upstreamRequest3xx
    case upstreamRequest4xx
    case upstreamRequest5xx
    case outlierEjectionsActive
    case outlierEjectionsTotal
    case outlierEjectionsOverflow
    case outlierEjectionsConsecutive5xx
    case outlierEjectionsEnforcedTotal
    case outlierEjectionsEnforced5xx
    case outlierEjectionsEnforcedGatewayFailure
    case outlierEjectionsEnforcedLocalOriginFailure
    case outlierEjectionsDetected5xx
    case outlierEjectionsDetectedGatewayFailure
    case outlierEjectionsDetectedLocalOriginFailure

    /// The name after `cluster.NAME.`.
    package var name: String {
        switch self {
        case .upstreamConnectionTotal: "upstream_cx_total"
        case .upstreamConnectionActive: "upstream_cx_active"
        case .upstreamConnectionConnectFail: "upstream_cx_connect_fail"
        case .upstreamConnectionConnectTimeout: "upstream_cx_connect_timeout"
        case .upstreamConnectionDestroy: "upstream_cx_destroy"
        case .upstreamConnectionIdleTimeout: "upstream_cx_idle_timeout"
        case .upstreamConnectionMaxDuration: "upstream_cx_max_duration_reached"
        case .upstreamConnectionOverflow: "upstream_cx_overflow"
        case .upstreamConnectionProtocolError: "upstream_cx_protocol_error"
        case .upstreamConnectionNoneHealthy: "upstream_cx_none_healthy"
        case .upstreamConnectionReceivedBytes: "upstream_cx_rx_bytes_total"
        case .upstreamConnectionSentBytes: "upstream_cx_tx_bytes_total"
        case .upstreamRequestTotal: "upstream_rq_total"
        case .upstreamRequestActive: "upstream_rq_active"
        case .upstreamRequestCompleted: "upstream_rq_completed"
        case .upstreamRequestPendingTotal: "upstream_rq_pending_total"
        case .upstreamRequestPendingOverflow: "upstream_rq_pending_overflow"
        case .upstreamRequestActiveOverflow: "upstream_rq_active_overflow"
        case .upstreamRequestPendingFailureEject: "upstream_rq_pending_failure_eject"
        case .upstreamRequestTimeout: "upstream_rq_timeout"
        case .upstreamRequestReceivedReset: "upstream_rq_rx_reset"
        case .upstreamRequestSentReset: "upstream_rq_tx_reset"
        case .upstreamRequestRetry: "upstream_rq_retry"
        case .upstreamRequestRetrySuccess: "upstream_rq_retry_success"
        case .upstreamRequestRetryLimitExceeded: "upstream_rq_retry_limit_exceeded"
        case .upstreamRequestRetryOverflow: "upstream_rq_retry_overflow"
        case .upstreamRequestRetryBackOff: "upstream_rq_retry_backoff_exponential"
        case .upstreamRequestPerTryTimeout: "upstream_rq_per_try_timeout"
        case .retryOrShadowAbandoned: "retry_or_shadow_abandoned"
        case .mirrorOverflow: "shadow_rq_overflow"
        case .upstreamRequest1xx: "upstream_rq_1xx"
        case .upstreamRequest2xx: "upstream_rq_2xx"
        case .upstreamRequest3xx: "upstream_rq_3xx"
        case .upstreamRequest4xx: "upstream_rq_4xx"
        case .upstreamRequest5xx: "upstream_rq_5xx"
        case .outlierEjectionsActive: "outlier_detection.ejections_active"
        case .outlierEjectionsTotal: "outlier_detection.ejections_total"
        case .outlierEjectionsOverflow: "outlier_detection.ejections_overflow"
        case .outlierEjectionsConsecutive5xx: "outlier_detection.ejections_consecutive_5xx"
        case .outlierEjectionsEnforcedTotal: "outlier_detection.ejections_enforced_total"
        case .outlierEjectionsEnforced5xx: "outlier_detection.ejections_enforced_consecutive_5xx"
        case .outlierEjectionsEnforcedGatewayFailure:
            "outlier_detection.ejections_enforced_consecutive_gateway_failure"
        case .outlierEjectionsEnforcedLocalOriginFailure:
            "outlier_detection.ejections_enforced_consecutive_local_origin_failure"
        case .outlierEjectionsDetected5xx: "outlier_detection.ejections_detected_consecutive_5xx"
        case .outlierEjectionsDetectedGatewayFailure:
            "outlier_detection.ejections_detected_consecutive_gateway_failure"
        case .outlierEjectionsDetectedLocalOriginFailure:
            "outlier_detection.ejections_detected_consecutive_local_origin_failure"
        }
    }

    /// Whether only clusters with outlier detection have it.
    package var belongsToOutlierDetection: Bool { rawValue >= Self.outlierEjectionsActive.rawValue }

    /// Whether the value also falls.
    package var isGauge: Bool {
        switch self {
        case .upstreamConnectionActive, .upstreamRequestActive, .outlierEjectionsActive: true
        default: false
        }
    }
}

/// A table of counters indexed by an enum: plain memory of one worker, summed over workers on scrape.
package struct CounterTable<Key: RawRepresentable & CaseIterable>: Sendable where Key.RawValue == UInt8 {
    private var values: ContiguousArray<UInt64>

    package init() {
        values = ContiguousArray(repeating: 0, count: Key.allCases.count)
    }

    /// Adds `amount`; wraps at 2^64.
    @inline(__always)
    package mutating func add(_ key: Key, _ amount: UInt64 = 1) {
        let index = Int(key.rawValue)
        guard index < values.count else { return }
        values[index] &+= amount
    }

    /// Takes one from a gauge; wraps below 0.
    @inline(__always)
    package mutating func subtract(_ key: Key) {
        let index = Int(key.rawValue)
        guard index < values.count else { return }
        values[index] &-= 1
    }

    package subscript(key: Key) -> UInt64 {
        let index = Int(key.rawValue)
        return index < values.count ? values[index] : 0
    }

    /// This table and another worker's.
    package func merged(_ other: CounterTable) -> CounterTable {
        var sum = self
        sum.merge(other)
        return sum
    }

    /// Adds another worker's table.
    package mutating func merge(_ other: CounterTable) {
        for index in values.indices where index < other.values.count { values[index] &+= other.values[index] }
    }
}

/// A worker's counters of one cluster. A class, so that connections of a replaced cluster still count.
package final class ClusterCounters {
    package private(set) var table = CounterTable<ClusterStatistic>()
    /// Of handshakes with its endpoints.
    package private(set) var tls = CounterTable<TLSStatistic>()

    package init() {}

    /// Adds `amount`; wraps at 2^64.
    @inline(__always)
    package func add(_ statistic: ClusterStatistic, _ amount: UInt64 = 1) { table.add(statistic, amount) }

    /// Counts a handshake that failed.
    package func addFailure(ofHandshake error: any Error) {
        if let statistic = TLSStatistic(failure: error) { tls.add(statistic) }
    }

    /// Counts a handshake that succeeded; who it is was found out.
    package func addHandshake() { tls.add(.handshake) }

    /// Takes one from a gauge.
    @inline(__always)
    package func subtract(_ statistic: ClusterStatistic) { table.subtract(statistic) }

    /// Counts a response by its class.
    @inline(__always)
    package func addResponse(status: UInt16) {
        table.add(.upstreamRequestCompleted)
        switch status {
        case ..<200: table.add(.upstreamRequest1xx)
        case ..<300: table.add(.upstreamRequest2xx)
        case ..<400: table.add(.upstreamRequest3xx)
        case ..<500: table.add(.upstreamRequest4xx)
        default: table.add(.upstreamRequest5xx)
        }
    }
}
