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
        cluster.commonLbConfig.healthyPanicThreshold.value = Double(max(0, min(100, rule.minHealthPercent)))
    }
}
