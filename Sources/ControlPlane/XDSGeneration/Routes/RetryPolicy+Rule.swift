import EnvoyAPI
import MeshConfig
import SwiftProtobuf

extension XDS.RetryPolicy {
    /// Policy of an outbound route (Istio `retry.ConvertPolicy`); nil switches retries off.
    ///
    /// Without a rule it is Istio's: two retries of what is safe to repeat. A hash decides the host, so the predicate
    /// that avoids hosts already tried is left out with one.
    static func outbound(_ rule: HTTPRetry?, isHashed: Bool) -> XDS.RetryPolicy? {
        var policy = XDS.RetryPolicy()
        policy.numRetries = .init(2)
        policy.retryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
        policy.hostSelectionRetryMaxAttempts = 5
        if !isHashed { policy.retryHostPredicate = [.previousHosts] }
        guard let rule else { return policy }
        guard rule.attempts > 0 else { return nil }
        policy.apply(rule)
        if let timeout = rule.perTryTimeout { policy.perTryTimeout = .init(timeout) }
        if let ignores = rule.retryIgnorePreviousHosts { policy.retryHostPredicate = ignores ? [.previousHosts] : [] }
        if rule.retryRemoteLocalities == true { policy.retryPriority = .previousPriorities }
        return policy
    }

    /// Policy of the route to the workload itself (Istio `retry.ConvertInboundPolicy`); nil switches retries off.
    ///
    /// Without a rule it repeats what never reached the workload. There is one host only, so the parts of a rule that
    /// choose hosts or bound a try have no meaning.
    static func inbound(_ rule: HTTPRetry?) -> XDS.RetryPolicy? {
        var policy = XDS.RetryPolicy()
        policy.numRetries = .init(2)
        policy.retryOn = "reset-before-request"
        guard let rule else { return policy }
        guard rule.attempts > 0 else { return nil }
        policy.apply(rule)
        return policy
    }

    private mutating func apply(_ rule: HTTPRetry) {
        numRetries = .init(UInt32(clamping: rule.attempts))
        if !rule.retryOn.isEmpty {
            var conditions: [Substring] = []
            for part in rule.retryOn.split(separator: ",") {
                let condition = part.trimmingPrefix { $0 == " " }.split(separator: " ").first ?? ""
                if let code = UInt32(condition), (100...599).contains(code) {
                    retriableStatusCodes.append(code)
                } else if !condition.isEmpty {
                    conditions.append(condition)
                }
            }
            if !retriableStatusCodes.isEmpty && !conditions.contains("retriable-status-codes") {
                conditions.append("retriable-status-codes")
            }
            retryOn = conditions.joined(separator: ",")
        }
        if let backoff = rule.backoff, backoff.isPositive { retryBackOff.baseInterval = .init(backoff) }
    }
}

extension XDS.RetryPolicy.RetryHostPredicate {
    /// Avoids hosts already tried.
    static let previousHosts: XDS.RetryPolicy.RetryHostPredicate = {
        var predicate = XDS.RetryPolicy.RetryHostPredicate()
        predicate.name = ExtensionName.previousHosts
        predicate.typedConfig = .init(packing: Envoy_Extensions_Retry_Host_PreviousHosts_V3_PreviousHostsPredicate())
        return predicate
    }()
}

extension XDS.RetryPolicy.RetryPriority {
    /// Moves on to the next locality after two tries.
    static let previousPriorities: XDS.RetryPolicy.RetryPriority = {
        var config = Envoy_Extensions_Retry_Priority_PreviousPriorities_V3_PreviousPrioritiesConfig()
        config.updateFrequency = 2
        var priority = XDS.RetryPolicy.RetryPriority()
        priority.name = ExtensionName.previousPriorities
        priority.typedConfig = .init(packing: config)
        return priority
    }()
}
