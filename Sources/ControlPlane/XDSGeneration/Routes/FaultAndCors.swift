import EnvoyAPI
import MeshConfig
import SwiftProtobuf

extension XDS.HTTPFault {
    /// Faults of a rule (Istio `TranslateFault`); nil when none is left that Envoy could act on.
    init?(_ fault: HTTPFaultInjection) {
        self.init()
        if let rule = fault.delay, let fixed = rule.fixedDelay, fixed.isPositive {
            delay.fixedDelay = .init(fixed)
            delay.percentage =
                rule.percentage.map { .init(percent: $0.value) }
                ?? .init(wholePercent: UInt32(clamping: rule.percent ?? 0))
        }
        if let rule = fault.abort {
            if let status = rule.httpStatus, (200..<600).contains(status) {
                abort.httpStatus = UInt32(status)
            } else if let status = rule.grpcStatus.flatMap(GRPCStatus.code) {
                abort.grpcStatus = status
            }
            if hasAbort, let percentage = rule.percentage { abort.percentage = .init(percent: percentage.value) }
        }
        if !hasDelay && !hasAbort { return nil }
    }
}

/// Status codes of gRPC by the names rules use (gRPC `statuscodes.md`).
enum GRPCStatus {
    private static let names = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    /// Code of a name or a number in decimal; nil for anything else.
    static func code(_ text: String) -> UInt32? {
        if let index = names.firstIndex(of: text.uppercased()) { return UInt32(index) }
        return UInt32(text).flatMap { Int($0) < names.count ? $0 : nil }
    }
}

extension XDS.CorsPolicy {
    /// Policy of a rule (Istio `TranslateCORSPolicy`).
    init(_ policy: MeshConfig.CorsPolicy) {
        self.init()
        forwardNotMatchingPreflights = .init(policy.unmatchedPreflights != .ignore)
        let origins = policy.allowOrigins.isEmpty ? policy.allowOrigin.map(StringMatch.exact) : policy.allowOrigins
        allowOriginStringMatch = origins.compactMap { origin in
            // An empty prefix covers every origin, which Envoy has no matcher for but an expression.
            XDS.StringMatcher(origin) ?? XDS.StringMatcher(.regex(".*"))
        }
        filterEnabled.defaultValue = .init(wholePercent: 100)
        if let credentials = policy.allowCredentials { allowCredentials = .init(credentials) }
        allowHeaders = policy.allowHeaders.joined(separator: ",")
        allowMethods = policy.allowMethods.joined(separator: ",")
        exposeHeaders = policy.exposeHeaders.joined(separator: ",")
        if let age = policy.maxAge { maxAge = String(age.components.seconds) }
    }
}
