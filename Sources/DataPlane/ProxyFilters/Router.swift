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
    private let client: ForwardedClient

    /// Compiles the filter list of a connection manager.
    package init(_ manager: HTTPConnectionManager) {
        self.manager = manager
        client = ForwardedClient(manager)
        var suppresses = false
        for case .router(let options) in manager.httpFilters { suppresses = options.suppressesEnvoyHeaders }
        addsEnvoyHeaders = !suppresses
    }

    /// Gives the request the one path that filters and routes see; an answer if it has none that is sound.
    package func normalize(_ context: RequestContext) -> LocalResponse? {
        switch PathNormalization.apply(to: &context.request, manager: manager) {
        case .unchanged, .changed: return nil
        case .rejected: return LocalResponse(status: 400, details: "path_normalization_failed")
        case .redirect:
            let path = context.request.headers.withBytes(context.request.path ?? .none) { Array($0) }
            return .redirect(to: path, status: 307)
        }
    }

    /// Finds the route of the request, which the filters before the router ask as well; an answer if there is none.
    /// The path must be normal.
    package func match(_ context: RequestContext, worker: Worker) -> LocalResponse? {
        guard let snapshot = context.snapshot, let table = snapshot.routeConfiguration(for: manager) else {
            return .noRoute
        }
        let random = worker.random.next()
        context.routeRandom = random
        // A claim may lead to no route where there was one before.
        context.decision = nil
        context.clusterIndex = nil
        context.cluster = nil
        let outcome = Self.decide(&context.request, table, snapshot, context.metadata, random)
        switch outcome {
        case .matched(let decision):
            context.decision = decision
            context.clusterIndex = decision.cluster
            // Filters before the router may answer; their log lines name the cluster all the same.
            context.cluster = decision.cluster.flatMap { worker.clusters.cluster(at: $0) }
            return nil
        case .tlsRequired:
            return .redirect(to: RedirectLocation.https(context.request), status: 301)
        case .noVirtualHost, .noRoute:
            return .noRoute
        }
    }

    // To borrow a property of a class would copy it, hence `inout`; nothing is changed.
    @inline(__always)
    private static func decide(
        _ head: inout RequestHead,
        _ table: RouteConfiguration,
        _ snapshot: ProxySnapshot,
        _ metadata: RequestMetadata,
        _ random: UInt64
    ) -> RouteOutcome {
        RouteMatcher.decide(head, table: table, snapshot: snapshot, metadata: metadata, random: random)
    }

    /// Does what the route found by `match` says: where the request goes, with its head made ready, or an answer.
    package func route(_ context: RequestContext, facts: DownstreamFacts, worker: Worker) -> Outcome {
        guard let decision = context.decision else { return .reply(.noRoute) }
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
        guard let cluster = context.cluster else {
            return .reply(.noCluster(status: action.clusterNotFoundStatus))
        }
        if !decision.route.statPrefix.isEmpty {
            context.routeCounters = worker.routeStatistics.counters(
                virtualHost: decision.virtualHost.name,
                prefix: decision.route.statPrefix
            )
        }
        let timeout = RequestTimeout.resolve(action, request: &context.request)
        context.timeoutMilliseconds = timeout.whole
        context.perTryTimeoutMilliseconds = timeout.perTry
        if addsEnvoyHeaders, let limit = timeout.perTry ?? timeout.whole {
            context.request.headers.set(.xEnvoyExpectedRqTimeoutMs, UInt64(limit))
        }
        if decision.virtualHost.includesRequestAttemptCount {
            context.request.headers.set(.xEnvoyAttemptCount, "1")
        }
        // Read before the request is lent for changing: values are asked for meanwhile.
        let version = context.request.version
        decision.finalizeRequest(
            &context.request,
            keepsOriginals: addsEnvoyHeaders,
            context: values(context, version: version, facts: facts, worker: worker)
        )
        if cluster.balancesByHash, !action.hashPolicy.isEmpty {
            context.hash = hash(context, action.hashPolicy, facts: facts)
        }
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

    /// The endpoint of a try; of another one by `policy`, which may pass over endpoints and priorities that failed.
    func choose(
        _ cluster: UpstreamCluster,
        _ context: RequestContext,
        facts: DownstreamFacts,
        retriedBy policy: RetryPolicy? = nil,
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
            let hash = context.hash?.value
            guard let policy else { return cluster.choose(random: &worker.random, hash: hash) }
            let excluded = context.failedPriorities(policy)
            let attempts = policy.avoidsPreviousHosts ? policy.hostSelectionAttempts : 0
            return cluster.choose(
                random: &worker.random,
                hash: hash,
                avoiding: context.failedEndpoints,
                attempts: attempts,
                excluding: excluded,
                refused: &context.attemptLog.skippedHosts
            )
        }
    }

    /// Hashes the head as it goes upstream, which is what Envoy does.
    private func hash(_ context: RequestContext, _ policies: [HashPolicy], facts: DownstreamFacts) -> BalancingHash {
        BalancingHash(policies, request: context.request) { [context] in
            BalancingHash.Caller(
                // Only canonical text may be hashed: an address has many spellings.
                address: client.address(in: context.request.headers).map { ContiguousArray("\($0)".utf8) }
                    ?? facts.remoteAddressText,
                connection: (remote: facts.remoteText, local: facts.localText)
            )
        }
    }

    /// Counts a response for the endpoint that gave it, tried again or not; the head is lent and not changed.
    package func count(_ context: RequestContext, head: inout ResponseHead) {
        guard let endpoint = context.endpoint else { return }
        guard endpoint.isWatched else { return endpoint.addOutcome(status: head.status) }
        takeLoadReport(context, head.headers)
        endpoint.addOutcome(status: head.status, grpcStatus: context.isGRPC ? GRPCStatus.httpStatus(of: head) : nil)
    }

    /// Hears what an endpoint says of its load in the headers or the trailers of a response, once for each request, as
    /// Envoy does.
    package func takeLoadReport(_ context: RequestContext, _ headers: borrowing HeaderBlock) {
        guard let endpoint = context.endpoint, endpoint.isWatched, !context.hasLoadReport else { return }
        context.hasLoadReport = endpoint.takeLoadReport(headers)
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
        context.details = .viaUpstream
        context.status = head.status
        context.respondedAt = now
        context.routeCounters?.addResponse(status: head.status)
        if addsEnvoyHeaders, context.requestEndedAt != 0 {
            let milliseconds = max(0, (now &- context.requestEndedAt) / 1_000_000)
            head.headers.set(.xEnvoyUpstreamServiceTime, UInt64(milliseconds))
        }
        if let hash = context.hash {
            for cookie in hash.cookies { head.headers.add(.setCookie, cookie) }
        }
        guard let decision = context.decision else { return }
        if decision.virtualHost.includesAttemptCountInResponse {
            head.headers.set(.xEnvoyAttemptCount, UInt64(context.attempts))
        }
        guard !decision.leavesResponseAlone else { return }
        decision.finalizeResponse(
            &head,
            request: context.request.headers,
            context: values(context, version: context.request.version, facts: facts, worker: worker)
        )
    }

    /// What the operators in configured header values stand for; reads nothing of `context.request`.
    func values(
        _ context: RequestContext,
        version: HTTPVersion,
        facts: DownstreamFacts,
        worker: Worker
    ) -> HeaderValueContext {
        var values = HeaderValueContext()
        values.downstreamRemote = facts.remote
        values.downstreamDirectRemote = facts.remote
        values.downstreamLocal = facts.local
        values.upstreamRemote = context.endpoint?.address.value
        values.upstreamCluster = context.cluster?.name ?? ""
        values.protocolName = "\(version.name)"
        values.requestedServerName = String(decoding: facts.serverName, as: UTF8.self)
        values.routeName = context.decision?.route.name ?? ""
        values.virtualHostName = context.decision?.virtualHost.name ?? ""
        values.responseCode = context.status == 0 ? nil : context.status
        values.startTime = .nanoseconds(worker.clock.wallNanoseconds)
        return values
    }
}
