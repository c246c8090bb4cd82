package import HTTPWire
internal import MeshTelemetry
internal import ProxyRouting
internal import ProxySnapshot
package import ProxyUpstream

extension LocalResponse {
    static var noRoute: LocalResponse {
        LocalResponse(status: 404, details: ResponseCodeDetails.routeNotFound, flags: .noRouteFound)
    }

    static func noCluster(status: UInt16) -> LocalResponse {
        LocalResponse(status: status, details: ResponseCodeDetails.clusterNotFound, flags: .noClusterFound)
    }

    static var noHealthyUpstream: LocalResponse {
        LocalResponse(
            status: 503,
            text: LocalReply.noHealthyUpstream,
            details: ResponseCodeDetails.noHealthyUpstream,
            flags: .noHealthyUpstream
        )
    }

    static func redirect(to location: [UInt8], status: UInt16) -> LocalResponse {
        LocalResponse(
            status: status,
            details: ResponseCodeDetails.directResponse,
            location: ContiguousArray(location)
        )
    }

    /// The answer when the upstream side broke off before a response head.
    static func reset(_ reset: UpstreamReset, afterRetries: Bool) -> LocalResponse {
        let failure = reset.transportFailureReason ?? ""
        // The transport's own reason goes to the details and the log only (seen of Envoy 1.40).
        let text = LocalReply.upstreamReset(reset.reason, retried: afterRetries)
        var reply = LocalResponse(
            status: reset.reason.status,
            body: ContiguousArray(text.utf8),
            details: "",
            flags: reset.reason.flags
        )
        let details = reset.reason.details(afterResponseStarted: false, transportFailure: failure)
        reply.details = ContiguousArray(details.utf8)
        reply.isOverloaded = reset == .overflow
        return reply
    }

    /// The answer when the route's timeout ended the request.
    package static var responseTimeout: LocalResponse { timeout(ResponseCodeDetails.responseTimeout) }

    /// The answer when the last try took too long.
    package static var perTryTimeout: LocalResponse { timeout(ResponseCodeDetails.upstreamPerTryTimeout) }

    private static func timeout(_ details: StaticString) -> LocalResponse {
        var reply = LocalResponse(
            status: 504,
            text: LocalReply.upstreamRequestTimeout,
            details: details,
            flags: .upstreamRequestTimeout
        )
        reply.isOfRoute = true
        return reply
    }

    /// Turns the reply into a response head; for a gRPC caller into one without body, as gRPC wants it.
    ///
    /// What `Router.prepare` put into the head stays, a content type included.
    package func fill(_ head: inout ResponseHead, isGRPC: Bool) {
        head.framing = .length(0)
        for header in headers { header.apply(to: &head.headers) }
        if isOverloaded { head.headers.set(.xEnvoyOverloaded, "true") }
        guard !isGRPC else {
            head.status = 200
            head.headers.set(.contentType, "application/grpc")
            head.headers.set(.grpcStatus, grpcStatus.map(UInt64.init) ?? Self.grpcStatus(of: status))
            if !body.isEmpty { head.headers.set(.grpcMessage, Self.percentEncoded(body)) }
            return
        }
        head.status = status
        guard !body.isEmpty else { return }
        head.framing = .length(UInt64(body.count))
        if head.headers.value(of: .contentType) == nil { head.headers.set(.contentType, "text/plain") }
    }

    /// gRPC's mapping of HTTP statuses (http-grpc-status-mapping.md), as Envoy applies it to local replies.
    private static func grpcStatus(of status: UInt16) -> UInt64 {
        switch status {
        case 400: 13
        case 401: 16
        case 403: 7
        case 404: 12
        case 429, 502, 503, 504: 14
        default: 2
        }
    }

    private static func percentEncoded(_ text: ContiguousArray<UInt8>) -> ContiguousArray<UInt8> {
        let digits = ContiguousArray("0123456789ABCDEF".utf8)
        var encoded: ContiguousArray<UInt8> = []
        for byte in text {
            if byte >= 0x20, byte < 0x7F, byte != 0x25 {
                encoded.append(byte)
            } else {
                encoded.append(0x25)
                encoded.append(digits[Int(byte >> 4)])
                encoded.append(digits[Int(byte & 15)])
            }
        }
        return encoded
    }
}

extension Router {
    /// The answer when no endpoint is left for another try.
    package var noEndpointForRetry: LocalResponse {
        var reply = LocalResponse.noHealthyUpstream
        reply.isOfRoute = true
        return reply
    }

    /// The answer when the upstream side broke off before a response head.
    package func reply(to reason: UpstreamReset, request: RequestContext) -> LocalResponse {
        var reply = LocalResponse.reset(reason, afterRetries: request.attempts > 1)
        if request.exhaustedRetries { reply.flags.insert(.upstreamRetryLimitExceeded) }
        reply.isOfRoute = true
        return reply
    }

    /// Puts into the head of a local reply what comes before its body: the location of a redirect, what a preflight asked
    /// for, then the route's changes to response headers.
    package func prepare(
        _ head: inout ResponseHead,
        for reply: LocalResponse,
        request: RequestContext,
        facts: DownstreamFacts,
        worker: Worker
    ) {
        if let location = reply.location { head.headers.set(.location, location) }
        reply.preflight?.fillPreflight(&head, for: request.request.headers)
        guard reply.isOfRoute, let decision = request.decision else { return }
        if decision.virtualHost.includesAttemptCountInResponse, request.cluster != nil {
            head.headers.set(.xEnvoyAttemptCount, UInt64(max(request.attempts, 1)))
        }
        guard !decision.leavesResponseAlone else { return }
        decision.finalizeResponse(
            &head,
            request: request.request.headers,
            context: values(request, version: request.request.version, facts: facts, worker: worker)
        )
    }
}

extension ContiguousArray where Element == UInt8 {
    static let viaUpstream = ContiguousArray("via_upstream".utf8)
}
