internal import HTTPWire
internal import MeshTelemetry
internal import NIOCore
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyUpstream

extension HTTPConnection {
    /// Bytes of a head are there but not all of it.
    func headIsIncomplete() {
        guard let limit = scope.requestHeadersTimeout, deadlines[.requestHeaders] == .max else { return }
        deadlines.start(.requestHeaders, now: worker.clock.milliseconds, milliseconds: limit)
        armTimer()
    }

    func receivedHead() {
        beginRequest()
        request.snapshot = worker.snapshot
        hasRequestTrailers = false
        hasResponseTrailers = false
        state.receivedHead(hasBody: request.request.framing.hasBody)
        startRequestDeadlines()
        // Hop by hop: how the caller wants its connection says nothing about the upstream's.
        // After CONNECT the caller may have begun to tunnel: no byte of that may pass for a request.
        request.callerKeepsAlive = request.request.keepAlive && request.request.method != .connect
        request.request.keepAlive = true
        if request.request.expectsContinue, !scope.manager.proxies100Continue {
            writer.append { $0.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") }
            request.request.headers.remove(.expect)
        }
        ConnectionManagerHeaders.prepare(
            &request.request,
            manager: scope.manager,
            facts: facts,
            random: (worker.random.next(), worker.random.next())
        )
        route()
    }

    /// Notes when a request began and counts it.
    func beginRequest() {
        request.startedAt = worker.refreshTime()
        request.headLength = request.request.headers.storage.count
        if scope.logs.wantsWallTime { request.startedAtWall = worker.clock.wallNanoseconds }
        scope.counters.add(.requestTotal)
        scope.counters.add(.requestHTTP1Total)
        scope.counters.add(.requestActive)
    }

    private func startRequestDeadlines() {
        let now = worker.now
        deadlines[.connectionIdle] = .max
        deadlines[.requestHeaders] = .max
        deadlines.start(.streamIdle, now: now, milliseconds: scope.streamIdleTimeout)
        if let limit = scope.requestTimeout { deadlines.start(.request, now: now, milliseconds: limit) }
        if let limit = scope.maxStreamDuration { deadlines.start(.stream, now: now, milliseconds: limit) }
        armTimer()
    }

    /// The filters in the order of Istio's chain: external authorization, tokens, authorization, fault, CORS, router.
    private func route() {
        if let reply = scope.router.normalize(request) { return send(reply) }
        let reply = scope.router.match(request, worker: worker)
        if scope.gates.isEmpty { return enter(or: reply) }
        beginAdmission(routeReply: reply)
    }

    /// Nothing speaks against the request; `reply` answers one without a route.
    func enter(or reply: LocalResponse?) {
        if let reply {
            if reply.flags == .noRouteFound { scope.counters.add(.noRoute) }
            return send(reply)
        }
        if scope.injectsFaults, let fault = request.fault ?? scope.fault { inject(fault) } else { admit() }
    }

    private func inject(_ fault: HTTPFault) {
        guard let plan = FaultPlan(fault, for: request, worker: worker) else { return admit() }
        guard let delay = plan.delayMilliseconds else { return abortOrAdmit(plan.abort) }
        request.flags.insert(.delayInjected)
        request.attemptLog.delayMilliseconds = UInt32(clamping: delay)
        scope.counters.add(.faultDelaysInjected)
        scope.counters.add(.faultActive)
        let counters = scope.counters
        pause(milliseconds: delay) { connection in
            counters.subtract(.faultActive)
            connection?.abortOrAdmit(plan.abort)
        }
    }

    private func abortOrAdmit(_ abort: LocalResponse?) {
        guard let abort else { return admit() }
        scope.counters.add(.faultAbortsInjected)
        send(abort)
    }

    /// What follows the faults: CORS, then the router.
    private func admit() {
        // As in Envoy a rule's own answer, a redirect say, is no business of its CORS policy.
        if scope.appliesCORS, let policy = request.cors, request.action != nil {
            let (verdict, origin) = CORSFilter.admit(request, policy: policy)
            switch origin {
            case .absent: break
            case .valid: scope.counters.add(.originValid)
            case .invalid: scope.counters.add(.originInvalid)
            }
            if case .preflight(let reply) = verdict { return send(reply) }
        }
        forward()
    }

    private func forward() {
        switch scope.router.route(request, facts: facts, worker: worker) {
        case .reply(let reply):
            if reply.flags == .noClusterFound { scope.counters.add(.noCluster) }
            send(reply)
        case .forward(let endpoint):
            applyRouteTimeouts()
            prepareBody()
            start(on: endpoint)
            guard state.request == .complete, state.response != .none else { return }
            // A fault's delay is no part of the time that the rule gives.
            requestIsComplete(at: request.flags.contains(.delayInjected) ? worker.refreshTime() : request.startedAt)
        }
    }

    /// Keeps the body for further tries and sends copies, where the route asks for it.
    private func prepareBody() {
        guard let action = request.action else { return }
        if !action.mirrors.isEmpty { startMirrors(action.mirrors) }
        if request.request.framing.hasBody, let policy = action.retryPolicy, policy.retries > 0 { replay.begin() }
        if admission.check.hasGathered { spreadGathered() }
    }

    /// What was gathered for an authorization service has come before there were copies or a place to keep it.
    private func spreadGathered() {
        admission.check.body.forEach { slice in
            for mirror in mirrors { mirror.send(slice) }
            keep(slice)
        }
        if state.request == .complete { endMirrors() }
    }

    private func keep(_ slice: ByteBuffer) {
        guard replay.isKeeping, !replay.append(slice, limit: scope.bufferLimit) else { return }
        request.isBodyAbandoned = true
        request.cluster?.counters.add(.retryOrShadowAbandoned)
    }

    private func sendGathered() {
        guard let connection = exchange.connection else { return }
        admission.check.body.forEach { connection.send($0) }
        admission.check.body.removeAll()
        if state.request == .complete { endBody(of: connection) }
    }

    private func startMirrors(_ policies: [MirrorPolicy]) {
        for policy in policies where policy.fraction.includes(random: worker.random.next()) {
            let copy = MirrorRequest(
                policy,
                of: request.request,
                scope: scope,
                timeout: request.timeoutMilliseconds,
                worker: worker
            )
            guard let copy else { continue }
            request.attemptLog.mirrored(to: policy.cluster)
            if request.request.framing.hasBody { mirrors.append(copy) }
        }
    }

    private func applyRouteTimeouts() {
        guard let action = request.action else { return }
        switch action.idleTimeout {
        case .inherited: break
        case .disabled: deadlines[.streamIdle] = .max
        case .after(let limit):
            deadlines.start(.streamIdle, now: worker.now, milliseconds: limit.wholeMilliseconds)
        }
        if let limit = action.maxStreamDuration {
            deadlines.start(.stream, now: worker.now, milliseconds: limit.wholeMilliseconds)
        }
    }

    func start(on endpoint: UpstreamEndpoint) {
        request.attemptLog.begin(after: request.endpoint, at: worker.now &* 1_000_000)
        request.endpoint = endpoint
        request.attempts &+= 1
        request.routeCounters?.add(.requestTotal)
        switch exchange.start(on: endpoint) {
        case .ready: sendRequestHead()
        case .waiting: awaitsUpstream = state.request == .receiving
        case .overflow:
            request.attemptLog.overflow = exchange.overflow
            resetByUpstream(.overflow)
        }
    }

    /// Sends the request on its connection, as far as it has come.
    func sendRequestHead() {
        let hasBody = request.request.framing.hasBody
        exchange.connection?.send(&request.request, requestEnds: !hasBody)
        if hasBody, request.attempts > 1 {
            resendBody()
        } else if hasBody, admission.check.hasGathered {
            sendGathered()
        }
        if state.request == .complete { startTryLimit() }
    }

    private func resendBody() {
        guard let connection = exchange.connection else { return }
        replay.body.forEach { connection.send($0) }
        if state.request == .complete { endBody(of: connection) }
    }

    private func endBody(of connection: UpstreamConnection) {
        if hasRequestTrailers { connection.sendEnd(trailers: parser.trailers) } else { connection.sendEnd() }
    }

    func receivedBody(_ slice: ByteBuffer) {
        request.requestBytes &+= UInt64(slice.readableBytes)
        touchStreamIdle()
        if !mirrors.isEmpty { for mirror in mirrors { mirror.send(slice) } }
        if admission.check.isGathering { return gather(slice) }
        // After an early answer nobody wants the rest.
        guard state.response != .none, let connection = exchange.connection else { return }
        keep(slice)
        connection.send(slice)
    }

    func receivedEnd() {
        endMirrors()
        guard state.receivedEnd() else { return }
        requestIsComplete(at: worker.refreshTime())
        if admission.check.isGathering { return gatheredAll() }
        guard let connection = exchange.connection else { return }
        endBody(of: connection)
        startTryLimit()
    }

    private func endMirrors() {
        guard !mirrors.isEmpty else { return }
        for mirror in mirrors {
            mirror.end()
            mirror.flush()
        }
        mirrors = []
    }

    /// The clock of the route's timeout starts with the last byte of the request.
    private func requestIsComplete(at time: Int64) {
        request.requestEndedAt = time
        deadlines[.request] = .max
        if let limit = request.timeoutMilliseconds {
            deadlines.start(.response, now: time / 1_000_000, milliseconds: limit)
        }
        armTimer()
    }

    /// The clock of a try starts when the whole request is on a connection.
    private func startTryLimit() {
        guard let limit = request.perTryTimeoutMilliseconds else { return }
        deadlines.start(.perTry, now: worker.refreshTime() / 1_000_000, milliseconds: limit)
        armTimer()
    }

    /// Any byte of a stream, either way, keeps it from idling.
    func touchStreamIdle() {
        guard let limit = streamIdleLimit else { return }
        deadlines.start(.streamIdle, now: worker.now, milliseconds: limit)
    }

    private var streamIdleLimit: Int64? {
        switch request.action?.idleTimeout {
        case .after(let limit): limit.wholeMilliseconds
        case .disabled: nil
        case .inherited, nil: scope.streamIdleTimeout
        }
    }

    func receivedGarbage(_ error: HTTPWireError) {
        scope.counters.add(.connectionProtocolError)
        guard error.status != 0, state.response != .sending else {
            // Mid-response nothing more can be said.
            exchange.cancel()
            return closeAfterFlush(lingers: false)
        }
        exchange.cancel()
        if !state.isServing {
            beginRequest()
        }
        state.failedToParse()
        var reply = LocalResponse(
            status: error.status,
            text: error.replyBody,
            details: error.details,
            flags: error.isDownstreamProtocolError ? .downstreamProtocolError : .none
        )
        reply.closesConnection = true
        send(reply)
    }

    /// The connection was closed, usually by the caller, while a request was being served.
    func callerLeft() {
        request.flags.insert(.downstreamConnectionTermination)
        let details =
            isClosedHere
            ? ResponseCodeDetails.downstreamLocalDisconnect : ResponseCodeDetails.downstreamRemoteDisconnect
        request.details = ContiguousArray("\(details)".utf8)
        scope.counters.add(.requestResetTotal)
        request.attemptLog.ended(.callerLeft, at: worker.now &* 1_000_000)
        if exchange.isActive { request.cluster?.counters.add(.upstreamRequestSentReset) }
        finishRequest()
    }
}
