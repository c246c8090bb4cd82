import EnvoyAPI
import SwiftProtobuf

extension ResourceReader {
    /// What a cluster says of its upstream connections.
    struct UpstreamOptions {
        var maxRequestsPerConnection = 0
        var upstreamProtocol = UpstreamProtocol.http1
        var idleTimeout: Duration? = .seconds(3600)
        var maxConnectionDuration: Duration?
        /// What outlier detection counts as errors.
        var errorStatuses: [UInt16]?
    }

    mutating func protocolOptions(
        _ message: Envoy_Config_Cluster_V3_Cluster
    ) throws(InvalidResource) -> UpstreamOptions {
        var options = UpstreamOptions()
        if message.hasMaxRequestsPerConnection {
            options.maxRequestsPerConnection = Int(message.maxRequestsPerConnection.value)
        }
        for (name, any) in message.typedExtensionProtocolOptions.sorted(by: { $0.key < $1.key }) {
            guard any.isA(Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions.self) else {
                throw invalid("typed_extension_protocol_options", "\"\(name)\" (\(any.typeURL)) is not supported")
            }
            let http = try unpack(any, Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions.self)
            noteUnknownFields(http)
            let common = http.commonHTTPProtocolOptions
            if common.hasIdleTimeout {
                options.idleTimeout = try optionalDuration("idle_timeout", common.idleTimeout)
            }
            if common.hasMaxConnectionDuration {
                options.maxConnectionDuration = try optionalDuration(
                    "max_connection_duration",
                    common.maxConnectionDuration
                )
            }
            if common.hasMaxRequestsPerConnection {
                options.maxRequestsPerConnection = Int(common.maxRequestsPerConnection.value)
            }
            if http.outlierDetection.hasErrorMatcher {
                options.errorStatuses = statuses(http.outlierDetection.errorMatcher)
                if options.errorStatuses == nil {
                    warn("outlier_detection.error_matcher", "matches more than :status, which is not done; 5xx count")
                }
            }
            switch http.upstreamProtocolOptions {
            case .explicitHTTPConfig(let explicit)?:
                if case .http2ProtocolOptions? = explicit.protocolConfig { options.upstreamProtocol = .http2 }
            case .useDownstreamProtocolConfig?: options.upstreamProtocol = .useDownstream
            case nil: throw invalid("typed_extension_protocol_options", "the upstream protocol is not supported")
            }
        }
        return options
    }

    /// The statuses of a choice among exact `:status` headers; nil for any other predicate.
    private func statuses(_ predicate: Envoy_Config_Common_Matcher_V3_MatchPredicate) -> [UInt16]? {
        switch predicate.rule {
        case .orMatch(let set)?:
            var all: [UInt16] = []
            for rule in set.rules {
                guard let some = statuses(rule) else { return nil }
                all += some
            }
            return all
        case .httpResponseHeadersMatch(let match)?:
            guard match.headers.count == 1, let header = match.headers.first, header.name == ":status",
                !header.invertMatch, case .stringMatch(let string)? = header.headerMatchSpecifier,
                case .exact(let text)? = string.matchPattern, let status = UInt16(text)
            else { return nil }
            return [status]
        case nil: return nil
        }
    }

    mutating func thresholds(
        _ breakers: Envoy_Config_Cluster_V3_CircuitBreakers
    ) throws(InvalidResource) -> (default: CircuitBreakerThresholds, high: CircuitBreakerThresholds) {
        var result = (default: CircuitBreakerThresholds(), high: CircuitBreakerThresholds())
        for threshold in breakers.thresholds {
            let value = CircuitBreakerThresholds(
                maxConnections: threshold.hasMaxConnections ? threshold.maxConnections.value : 1024,
                maxPendingRequests: threshold.hasMaxPendingRequests ? threshold.maxPendingRequests.value : 1024,
                maxRequests: threshold.hasMaxRequests ? threshold.maxRequests.value : 1024,
                maxRetries: threshold.hasMaxRetries ? threshold.maxRetries.value : 3,
                retryBudget: threshold.hasRetryBudget ? try retryBudget(threshold.retryBudget) : nil
            )
            switch threshold.priority {
            case .default: result.default = value
            case .high: result.high = value
            case .UNRECOGNIZED: throw invalid("circuit_breakers.thresholds.priority", "is not known")
            }
        }
        return result
    }

    private func retryBudget(
        _ message: Envoy_Config_Cluster_V3_CircuitBreakers.Thresholds.RetryBudget
    ) throws(InvalidResource) -> RetryBudget {
        let percent = message.hasBudgetPercent ? message.budgetPercent.value : 20
        guard (0...100).contains(percent) else {
            throw invalid("circuit_breakers.retry_budget.budget_percent", "must be 0...100")
        }
        // Envoy counts whole milliseconds, and an interval of none is none.
        let interval =
            message.hasBudgetInterval
            ? try milliseconds("circuit_breakers.retry_budget.budget_interval", message.budgetInterval) : 0
        return RetryBudget(
            percent: percent,
            minimumConcurrency: message.hasMinRetryConcurrency ? message.minRetryConcurrency.value : 3,
            intervalMilliseconds: interval > 0 ? interval : nil
        )
    }

    mutating func outlierDetection(
        _ message: Envoy_Config_Cluster_V3_OutlierDetection,
        errorStatuses: [UInt16]?
    ) throws(InvalidResource) -> OutlierDetection {
        noteUnknownFields(message)
        var result = OutlierDetection(errorStatuses: errorStatuses)
        if message.hasConsecutive5Xx { result.consecutive5xx = message.consecutive5Xx.value }
        if message.hasEnforcingConsecutive5Xx { result.enforcingConsecutive5xx = message.enforcingConsecutive5Xx.value }
        if message.hasConsecutiveGatewayFailure {
            result.consecutiveGatewayFailure = message.consecutiveGatewayFailure.value
        }
        if message.hasEnforcingConsecutiveGatewayFailure {
            result.enforcingConsecutiveGatewayFailure = message.enforcingConsecutiveGatewayFailure.value
        }
        result.splitsLocalOriginErrors = message.splitExternalLocalOriginErrors
        if message.hasConsecutiveLocalOriginFailure {
            result.consecutiveLocalOriginFailure = message.consecutiveLocalOriginFailure.value
        }
        if message.hasEnforcingConsecutiveLocalOriginFailure {
            result.enforcingConsecutiveLocalOriginFailure = message.enforcingConsecutiveLocalOriginFailure.value
        }
        if message.hasInterval { result.interval = try positiveDuration("interval", message.interval) }
        if message.hasBaseEjectionTime {
            result.baseEjectionTime = try positiveDuration("base_ejection_time", message.baseEjectionTime)
        }
        result.maxEjectionTime = max(.seconds(300), result.baseEjectionTime)
        if message.hasMaxEjectionTime {
            result.maxEjectionTime = try positiveDuration("max_ejection_time", message.maxEjectionTime)
        }
        guard result.maxEjectionTime >= result.baseEjectionTime else {
            throw invalid("max_ejection_time", "is shorter than base_ejection_time")
        }
        if message.hasMaxEjectionTimeJitter {
            result.maxEjectionTimeJitter = try duration("max_ejection_time_jitter", message.maxEjectionTimeJitter)
        }
        if message.hasMaxEjectionPercent { result.maxEjectionPercent = message.maxEjectionPercent.value }
        result.alwaysEjectsOneHost = message.alwaysEjectOneHost.value
        if !message.hasEnforcingSuccessRate || message.enforcingSuccessRate.value > 0 {
            warn("outlier_detection.enforcing_success_rate", "ejection by success rate is not done; 0 turns it off")
        }
        let shares = [
            result.maxEjectionPercent, result.enforcingConsecutive5xx, result.enforcingConsecutiveGatewayFailure,
            result.enforcingConsecutiveLocalOriginFailure,
        ]
        guard shares.allSatisfy({ $0 <= 100 }) else {
            throw invalid("outlier_detection", "percentages must be 0...100")
        }
        return result
    }

    func keepalive(_ message: Envoy_Config_Core_V3_TcpKeepalive) -> TCPKeepalive {
        TCPKeepalive(
            probes: message.hasKeepaliveProbes ? message.keepaliveProbes.value : nil,
            time: message.hasKeepaliveTime ? message.keepaliveTime.value : nil,
            interval: message.hasKeepaliveInterval ? message.keepaliveInterval.value : nil
        )
    }

    /// Whole milliseconds of a duration, a century at most.
    func milliseconds(_ field: String, _ value: Google_Protobuf_Duration) throws(InvalidResource) -> Int64 {
        let (seconds, attoseconds) = try duration(field, value).components
        return min(seconds, 100 * 365 * 86400) * 1000 + attoseconds / 1_000_000_000_000_000
    }

    func positiveDuration(_ field: String, _ value: Google_Protobuf_Duration) throws(InvalidResource) -> Duration {
        let duration = try duration(field, value)
        guard duration > .zero else { throw invalid(field, "must be more than zero") }
        return duration
    }
}
