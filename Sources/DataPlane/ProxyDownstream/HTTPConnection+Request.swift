internal import HTTPWire
internal import MeshTelemetry
internal import NIOCore
internal import ProxyBalancing
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
        request.callerKeepsAlive = request.request.keepAlive
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

    private func route() {
        switch scope.router.route(request, facts: facts, worker: worker) {
        case .reply(let reply):
            if reply.flags == .noRouteFound { scope.counters.add(.noRoute) }
            if reply.flags == .noClusterFound { scope.counters.add(.noCluster) }
            send(reply)
        case .forward(let endpoint):
            applyRouteTimeouts()
            start(on: endpoint)
            if state.request == .complete, state.response != .none { requestIsComplete(at: request.startedAt) }
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
        switch exchange.start(on: endpoint) {
        case .ready: sendRequestHead()
        case .waiting: awaitsUpstream = request.request.framing.hasBody
        case .overflow:
            request.attemptLog.overflow = exchange.overflow
            resetByUpstream(.overflow)
        }
    }

    func sendRequestHead() {
        let hasBody = request.request.framing.hasBody
        exchange.connection?.send(request.request, requestEnds: !hasBody)
    }

    func receivedBody(_ slice: ByteBuffer) {
        request.requestBytes &+= UInt64(slice.readableBytes)
        touchStreamIdle()
        // After an early answer nobody wants the rest.
        guard state.response != .none, let connection = exchange.connection else { return }
        connection.send(slice)
    }

    func receivedEnd() {
        guard state.receivedEnd() else { return }
        requestIsComplete(at: worker.refreshTime())
        guard let connection = exchange.connection else { return }
        if hasRequestTrailers { connection.sendEnd(trailers: parser.trailers) } else { connection.sendEnd() }
    }

    /// The clock of the route's timeout starts with the last byte of the request.
    private func requestIsComplete(at time: Int64) {
        request.requestEndedAt = time
        deadlines[.request] = .max
        if let limit = request.timeoutMilliseconds {
            deadlines.start(.response, now: worker.now, milliseconds: limit)
        }
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
        request.attemptLog.ended(.callerLeft)
        if exchange.isActive { request.cluster?.counters.add(.upstreamRequestSentReset) }
        finishRequest()
    }
}
