package import HTTPWire
internal import ProxyRouting
package import ProxySnapshot
package import ProxyUpstream

/// Why a try failed without a response head.
package enum TryFailure: Equatable, Sendable {
    /// The exchange broke off.
    case reset(UpstreamReset)
    /// `per_try_timeout` passed.
    case perTryTimeout
}

extension RetryPolicy {
    /// Whether a response of this head is to be tried again (Envoy "x-envoy-retry-on", "x-envoy-retry-grpc-on").
    ///
    /// Never what a proxy behind refused for overload: a retry would be more of it.
    package func covers(_ head: borrowing ResponseHead) -> Bool {
        let isPlain = head.status < 400
        // An ordinary answer: only gRPC's status, or a header asked for, could make it worth a retry.
        if isPlain, conditions.isDisjoint(with: Self.beyondErrors) { return false }
        if head.headers.isPresent(KnownHeader.xEnvoyRatelimited) { return conditions.contains(.envoyRateLimited) }
        if head.headers.isPresent(KnownHeader.xEnvoyOverloaded) { return false }
        if conditions.contains(.serverError), head.status >= 500, head.status < 600 { return true }
        if conditions.contains(.gatewayError), 502...504 ~= head.status { return true }
        if conditions.contains(.retriable4xx), head.status == 409 { return true }
        if conditions.contains(.retriableStatusCodes), retriableStatusCodes.contains(head.status) { return true }
        if conditions.contains(.retriableHeaders), retriableHeaders.contains(where: { holds($0, head.headers) }) {
            return true
        }
        return !conditions.isDisjoint(with: Self.grpc) && covers(grpcStatus: head.headers)
    }

    /// Whether a try that failed in this way is to be repeated.
    package func covers(_ failure: TryFailure) -> Bool {
        switch failure {
        // Where no connection may be had, the next try would find none either.
        case .reset(.overflow): false
        case .reset(let reset):
            !conditions.isDisjoint(with: [.reset, .serverError, .gatewayError])
                || (reset.happenedBeforeRequest
                    && !conditions.isDisjoint(with: [.connectFailure, .resetBeforeRequest]))
        case .perTryTimeout: !conditions.isDisjoint(with: [.reset, .serverError, .gatewayError])
        }
    }

    private static let grpc: RetryConditions = [
        .grpcCancelled, .grpcDeadlineExceeded, .grpcInternal, .grpcResourceExhausted, .grpcUnavailable,
    ]
    private static let beyondErrors = grpc.union([.retriableHeaders, .retriableStatusCodes])

    private func covers(grpcStatus headers: borrowing HeaderBlock) -> Bool {
        switch GRPCStatus.number(in: headers) {
        case 1: return conditions.contains(.grpcCancelled)
        case 4: return conditions.contains(.grpcDeadlineExceeded)
        case 8: return conditions.contains(.grpcResourceExhausted)
        case 13: return conditions.contains(.grpcInternal)
        case 14: return conditions.contains(.grpcUnavailable)
        default: return false
        }
    }

    private func holds(_ matcher: HeaderMatcher, _ headers: borrowing HeaderBlock) -> Bool {
        RouteMatcher.matches(headers, matcher)
    }
}

extension RetryPolicy {
    /// The wait before a retry in milliseconds: drawn evenly from below a ceiling that doubles with every retry
    /// (Envoy's fully jittered back-off).
    ///
    /// - Parameter retry: 0 for the first.
    package func backOffMilliseconds(retry: Int, random: UInt64) -> Int64 {
        let base = max(1, backOffBase.wholeMilliseconds)
        let most = max(base, backOffMaximum.wholeMilliseconds)
        let shift = min(max(0, retry), 32)
        let ceiling = base > most >> Int64(shift) ? most : min(most, base << Int64(shift))
        return Int64(random % UInt64(ceiling))
    }
}
