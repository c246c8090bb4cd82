internal import HTTPWire
internal import MeshTelemetry
internal import ProxyRouting
package import ProxySnapshot
package import ProxyUpstream

/// What the fault filter does to one request: the draws are made once, before anything else happens to it.
///
/// The abort follows the delay. Neither counts as a try, so no retry and no timeout applies (Envoy "Fault injection").
package struct FaultPlan {
    /// The wait before the request goes on; nil is none.
    package var delayMilliseconds: Int64?
    /// The answer in place of the upstream's.
    package var abort: LocalResponse?

    /// Draws for `fault`; nil if the request is spared.
    package init?(_ fault: HTTPFault, for context: RequestContext, worker: Worker) {
        if let only = fault.upstreamCluster, only != context.decision?.cluster { return nil }
        if !fault.headers.isEmpty, !RouteMatcher.matches(context.request.headers, all: fault.headers) { return nil }
        if let delay = fault.delay, delay.percentage.includes(random: worker.random.next()) {
            delayMilliseconds = delay.duration.wholeMilliseconds
        }
        if let abort = fault.abort, abort.percentage.includes(random: worker.random.next()) {
            self.abort = Self.answer(abort)
        }
        if delayMilliseconds == nil, self.abort == nil { return nil }
    }

    private static func answer(_ abort: FaultAbort) -> LocalResponse {
        var reply = LocalResponse(
            status: abort.status,
            text: LocalReply.faultFilterAbort,
            details: ResponseCodeDetails.faultFilterAbort,
            flags: .faultInjected
        )
        reply.grpcStatus = abort.grpcStatus
        reply.isOfRoute = true
        return reply
    }
}
