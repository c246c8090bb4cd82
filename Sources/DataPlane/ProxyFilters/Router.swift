package import HTTPWire
internal import ProxyBalancing
internal import ProxyRouting
package import ProxySnapshot
package import ProxyUpstream

/// The last HTTP filter: finds the route, the cluster and the endpoint, and edits heads on their way through.
package struct Router {
    /// Where a request goes.
    package enum Outcome {
        case forward(UpstreamEndpoint)
        case reply(LocalResponse)
    }

    let manager: HTTPConnectionManager
    let addsEnvoyHeaders: Bool

    /// Compiles the filter list of a connection manager.
    package init(_ manager: HTTPConnectionManager) {
        self.manager = manager
        var suppresses = false
        for case .router(let options) in manager.httpFilters { suppresses = options.suppressesEnvoyHeaders }
        addsEnvoyHeaders = !suppresses
    }

    /// Decides where the request goes and prepares its head for going there.
    package func route(_ context: RequestContext, facts: DownstreamFacts, worker: Worker) -> Outcome {
        guard let snapshot = context.snapshot, let table = snapshot.routeConfiguration(for: manager) else {
            return .reply(.noRoute)
        }
        switch PathNormalization.apply(to: &context.request, manager: manager) {
        case .unchanged, .changed: break
        case .rejected: return .reply(LocalResponse(status: 400, details: "path_normalization_failed"))
        case .redirect:
            let path = context.request.headers.withBytes(context.request.path ?? .none) { Array($0) }
            return .reply(.redirect(to: path, status: 307))
        }
        let random = worker.random.next()
        context.routeRandom = random
        let outcome = RouteMatcher.decide(context.request, table: table, snapshot: snapshot, random: random)
        switch outcome {
        case .matched(let decision):
            context.decision = decision
            return route(context, by: decision, facts: facts, worker: worker)
        case .tlsRequired:
            return .reply(.redirect(to: RedirectLocation.https(context.request), status: 301))
        case .noVirtualHost, .noRoute:
            return .reply(.noRoute)
        }
    }

    private func route(
        _ context: RequestContext,
        by decision: RouteDecision,
        facts: DownstreamFacts,
        worker: Worker
    ) -> Outcome {
        let outcome: Outcome
        switch decision.route.action {
        case .forward(let action):
            outcome = forward(context, decision, action, facts: facts, worker: worker)
        case .redirect(let redirect):
            let match = decision.route.match
            let location = RedirectLocation.of(redirect, head: context.request, match: match)
            outcome = .reply(.redirect(to: location, status: redirect.status))
        case .directResponse(let response):
            let body = ContiguousArray(response.body)
            outcome = .reply(LocalResponse(status: response.status, body: body, details: "direct_response"))
        }
        guard case .reply(var reply) = outcome else { return outcome }
        reply.isOfRoute = true
        return .reply(reply)
    }

    private func forward(
        _ context: RequestContext,
        _ decision: RouteDecision,
        _ action: RouteAction,
        facts: DownstreamFacts,
        worker: Worker
    ) -> Outcome {
        context.clusterIndex = decision.cluster
        guard let index = decision.cluster, let cluster = worker.clusters.cluster(at: index) else {
            return .reply(.noCluster(status: action.clusterNotFoundStatus))
        }
        context.cluster = cluster
        context.timeoutMilliseconds = RequestTimeout.resolve(action, request: &context.request)
        if addsEnvoyHeaders, let limit = context.timeoutMilliseconds {
            context.request.headers.set(.xEnvoyExpectedRqTimeoutMs, UInt64(limit))
        }
        if decision.virtualHost.includesRequestAttemptCount {
            context.request.headers.set(.xEnvoyAttemptCount, "1")
        }
        decision.finalizeRequest(
            &context.request,
            keepsOriginals: addsEnvoyHeaders,
            context: values(context, facts: facts, worker: worker)
        )
        guard let endpoint = choose(cluster, context, facts: facts, worker: worker) else {
            cluster.counters.add(.upstreamConnectionNoneHealthy)
            return .reply(.noHealthyUpstream)
        }
        if case .automatic = action.hostRewrite {
            decision.automaticHostRewrite(
                on: &context.request,
                hostname: endpoint.hostname,
                keepsOriginals: addsEnvoyHeaders
            )
        }
        return .forward(endpoint)
    }

    private func choose(
        _ cluster: UpstreamCluster,
        _ context: RequestContext,
        facts: DownstreamFacts,
        worker: Worker
    ) -> UpstreamEndpoint? {
        switch cluster.cluster.kind {
        case .originalDestination(let header):
            if let header, let named = context.request.headers.value(of: header) {
                let text = context.request.headers.string(named)
                return SocketAddressValue(text: text).flatMap { cluster.endpoint(at: $0) }
            }
            return facts.originalDestination.flatMap { cluster.endpoint(at: $0) }
        case .eds, .static, .strictDNS, .logicalDNS:
            return cluster.choose(random: &worker.random)
        }
    }

    // MARK: Retries

    /// Another endpoint for a request of which no byte reached the last one; nil to give up.
    package func retry(_ context: RequestContext, after reason: UpstreamReset, worker: Worker) -> UpstreamEndpoint? {
        guard reason.happenedBeforeRequest, let policy = context.action?.retryPolicy, let cluster = context.cluster,
            !policy.conditions.isDisjoint(with: [.connectFailure, .reset, .resetBeforeRequest]),
            let last = context.endpoint
        else { return nil }
        guard Int(context.attempts) <= policy.retries else {
            cluster.counters.add(.upstreamRequestRetryLimitExceeded)
            context.exhaustedRetries = policy.retries > 0
            return nil
        }
        if case .originalDestination = cluster.cluster.kind { return last }
        context.failedEndpoints.append(last)
        var next = cluster.choose(random: &worker.random)
        var attempt = 1
        while policy.avoidsPreviousHosts, attempt < policy.hostSelectionAttempts,
            context.failedEndpoints.contains(where: { $0 === next })
        {
            next = cluster.choose(random: &worker.random)
            attempt &+= 1
        }
        guard let next else { return nil }
        cluster.counters.add(.upstreamRequestRetry)
        if context.decision?.virtualHost.includesRequestAttemptCount == true {
            context.request.headers.set(.xEnvoyAttemptCount, UInt64(context.attempts) &+ 1)
        }
        return next
    }

    // MARK: Responses

    /// Edits an upstream's response head; `now` is the worker's time in nanoseconds.
    package func respond(
        _ context: RequestContext,
        head: inout ResponseHead,
        facts: DownstreamFacts,
        worker: Worker,
        now: Int64
    ) {
        context.endpoint?.addOutcome(status: head.status)
        context.details = .viaUpstream
        context.respondedAt = now
        if context.attempts > 1 { context.cluster?.counters.add(.upstreamRequestRetrySuccess) }
        if addsEnvoyHeaders, context.requestEndedAt != 0 {
            let milliseconds = max(0, (now &- context.requestEndedAt) / 1_000_000)
            head.headers.set(.xEnvoyUpstreamServiceTime, UInt64(milliseconds))
        }
        guard let decision = context.decision else { return }
        if decision.virtualHost.includesAttemptCountInResponse {
            head.headers.set(.xEnvoyAttemptCount, UInt64(context.attempts))
        }
        guard !decision.leavesResponseAlone else { return }
        decision.finalizeResponse(
            &head,
            request: context.request.headers,
            context: values(context, facts: facts, worker: worker)
        )
    }

    /// What the operators in configured header values stand for.
    func values(_ context: RequestContext, facts: DownstreamFacts, worker: Worker) -> HeaderValueContext {
        var values = HeaderValueContext()
        values.downstreamRemote = facts.remote
        values.downstreamDirectRemote = facts.remote
        values.downstreamLocal = facts.local
        values.upstreamRemote = context.endpoint?.address.value
        values.upstreamCluster = context.cluster?.name ?? ""
        values.protocolName = "\(context.request.version.name)"
        values.requestedServerName = String(decoding: facts.serverName, as: UTF8.self)
        values.routeName = context.decision?.route.name ?? ""
        values.virtualHostName = context.decision?.virtualHost.name ?? ""
        values.responseCode = context.status == 0 ? nil : context.status
        values.startTime = .nanoseconds(worker.clock.wallNanoseconds)
        return values
    }
}
