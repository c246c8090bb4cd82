package import HTTPWire
package import ProxySnapshot

/// The CORS filter (Fetch Standard "CORS protocol", as Envoy's `envoy.filters.http.cors` applies it).
package enum CORSFilter {
    /// What becomes of a request.
    package enum Verdict {
        /// It goes on; `allowedOrigin` of the context says whether its answer gets the headers.
        case forward
        /// A preflight, answered here with these header fields and no body.
        case preflight(LocalResponse)
    }

    /// What was counted about the origin.
    package enum Origin {
        case absent
        case valid
        case invalid
    }

    /// Looks at a request; pure but for `context.allowedOrigin`.
    package static func admit(_ context: RequestContext, policy: CORSPolicy) -> (verdict: Verdict, origin: Origin) {
        guard policy.isEnabled, let origin = context.request.headers.value(of: .origin), origin.length > 0 else {
            return (.forward, .absent)
        }
        let isPreflight =
            context.request.method == .options
            && (context.request.headers.value(of: .accessControlRequestMethod)?.length ?? 0) > 0
        guard context.request.headers.withBytes(origin, policy.allows) else {
            guard isPreflight, !policy.forwardsNotMatchingPreflights else { return (.forward, .invalid) }
            // Answered without the headers that would allow the page anything.
            return (.preflight(LocalResponse(status: 200, details: "cors_response")), .invalid)
        }
        context.allowedOrigin = origin
        guard isPreflight else { return (.forward, .valid) }
        var reply = LocalResponse(status: 200, details: "cors_response")
        reply.preflight = policy
        return (.preflight(reply), .valid)
    }

    /// Lets the caller's page read the answer.
    package static func allow(
        _ head: inout ResponseHead,
        policy: CORSPolicy,
        origin: ByteRange,
        of request: borrowing HeaderBlock
    ) {
        request.withBytes(origin) { head.headers.set(.accessControlAllowOrigin, $0) }
        if policy.allowCredentials { head.headers.set(.accessControlAllowCredentials, "true") }
        if !policy.exposeHeaders.isEmpty { head.headers.set(.accessControlExposeHeaders, policy.exposeHeaders) }
    }
}

extension CORSPolicy {
    /// Whether pages of this origin are allowed; a configured `*` stands for all.
    fileprivate func allows(_ origin: UnsafeRawBufferPointer) -> Bool {
        for matcher in allowOrigins {
            if case .exact([0x2A]) = matcher.pattern { return true }
            if matcher.matches(origin) { return true }
        }
        return false
    }

    /// The header fields of the answer to a preflight beyond those of every answer. A lone `*` allows what was asked for.
    func fillPreflight(_ head: inout ResponseHead, for request: borrowing HeaderBlock) {
        Self.allow(.accessControlAllowMethods, allowMethods, .accessControlRequestMethod, of: request, in: &head)
        Self.allow(.accessControlAllowHeaders, allowHeaders, .accessControlRequestHeaders, of: request, in: &head)
        if !maxAge.isEmpty { head.headers.set(.accessControlMaxAge, maxAge) }
    }

    private static func allow(
        _ answer: KnownHeader,
        _ allowed: String,
        _ asked: KnownHeader,
        of request: borrowing HeaderBlock,
        in head: inout ResponseHead
    ) {
        guard !allowed.isEmpty else { return }
        if allowed == "*", let value = request.value(of: asked) {
            request.withBytes(value) { head.headers.set(answer, $0) }
        } else {
            head.headers.set(answer, allowed)
        }
    }
}
