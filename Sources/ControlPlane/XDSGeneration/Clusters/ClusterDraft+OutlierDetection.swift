import EnvoyAPI
import MeshConfig
import SwiftProtobuf

extension ClusterDraft {
    /// Ejection of endpoints that fail (Istio `applyOutlierDetection`).
    ///
    /// `consecutiveErrors`, which Istio accepts and ignores, counts where `consecutive5xxErrors` is not written, as its
    /// documentation promised.
    mutating func apply(_ rule: OutlierDetection?) {
        guard let rule else { return }
        var result = XDS.OutlierDetection()
        result.enforcingSuccessRate = .init(0)
        let legacy = rule.consecutiveErrors > 0 ? UInt32(clamping: rule.consecutiveErrors) : nil
        if let errors = rule.consecutive5xxErrors ?? legacy {
            result.consecutive5Xx = .init(errors)
            result.enforcingConsecutive5Xx = .init(errors > 0 ? 100 : 0)
        }
        if let errors = rule.consecutiveGatewayErrors {
            result.consecutiveGatewayFailure = .init(errors)
            result.enforcingConsecutiveGatewayFailure = .init(errors > 0 ? 100 : 0)
        }
        if let interval = rule.interval, interval.isPositive { result.interval = .init(interval) }
        if let time = rule.baseEjectionTime, time.isPositive { result.baseEjectionTime = .init(time) }
        if rule.maxEjectionPercent > 0 {
            result.maxEjectionPercent = .init(UInt32(clamping: min(100, rule.maxEjectionPercent)))
        }
        if rule.splitExternalLocalOriginErrors {
            result.splitExternalLocalOriginErrors = true
            if let failures = rule.consecutiveLocalOriginFailures, failures > 0 {
                result.consecutiveLocalOriginFailure = .init(failures)
                result.enforcingConsecutiveLocalOriginFailure = .init(100)
            }
            result.enforcingLocalOriginSuccessRate = .init(0)
        }
        cluster.outlierDetection = result
        if let matcher = XDS.MatchPredicate(statuses: rule.outlierDetectionHttpErrorCodes) {
            httpOptions = httpOptions ?? .init()
            httpOptions?.outlierDetection.errorMatcher = matcher
        }
        cluster.commonLbConfig.healthyPanicThreshold.value = Double(max(0, min(100, rule.minHealthPercent)))
    }
}

extension XDS.MatchPredicate {
    /// Responses with one of these statuses; nil for none (Istio `applyOutlierDetectionErrorCodes`).
    fileprivate init?(statuses: [UInt32]) {
        var seen: Set<UInt32> = []
        let rules = statuses.filter { (100...599).contains($0) && seen.insert($0).inserted }.map { status in
            var header = XDS.HeaderMatcher()
            header.name = ":status"
            header.stringMatch.exact = String(status)
            var rule = XDS.MatchPredicate()
            rule.httpResponseHeadersMatch.headers = [header]
            return rule
        }
        guard let first = rules.first else { return nil }
        self = first
        // Envoy refuses a choice of one.
        if rules.count > 1 { orMatch.rules = rules }
    }
}
