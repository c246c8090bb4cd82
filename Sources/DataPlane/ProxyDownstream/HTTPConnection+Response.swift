internal import HTTPWire
internal import MeshTelemetry
internal import NIOCore
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyUpstream

extension HTTPConnection {
    /// What the upstream side has to say.
    func receive(_ event: UpstreamEvent) {
        switch event {
        case .ready: upstreamIsReady()
        case .informational: receivedInformational()
        case .head: receivedResponseHead()
        case .body(let slice): receivedResponseBody(slice)
        case .trailers: receivedResponseTrailers()
        case .end: receivedResponseEnd()
        case .reset(let reason):
            request.attemptLog.overflow = exchange.overflow
            resetByUpstream(reason)
        case .writabilityChanged: upstreamWritabilityChanged()
        case .turnEnded: upstreamTurnEnded()
        }
    }

    private func upstreamIsReady() {
        awaitsUpstream = false
        sendRequestHead()
        continueInput()
        endTurn()
    }

    /// A response may have ended in this turn, and a pipelined request may be waiting behind it.
    private func upstreamTurnEnded() {
        headTime = nil
        continueInput()
        endTurn()
    }

    private func receivedInformational() {
        // Without `proxy_100_continue` the connection manager has answered itself and Envoy passes no 1xx on.
        guard scope.manager.proxies100Continue, request.request.version == .http1_1,
            let connection = exchange.connection
        else { return }
        connection.responseHead.headers.removeHopByHop()
        connection.responseHead.framing = .none
        writer.append { $0.writeResponseHead(connection.responseHead) }
    }

    private func receivedResponseHead() {
        guard let connection = exchange.connection else { return }
        let now = worker.refreshTime()
        headTime = now
        deadlines.endTry()
        scope.router.count(request, head: &connection.responseHead)
        if case .after(let wait) = scope.router.retry(request, after: &connection.responseHead, worker: worker) {
            request.attemptLog.ended(.response, status: connection.responseHead.status, at: now)
            // What is left of this answer nobody wants: its connection goes with it.
            exchange.cancel()
            request.cluster?.counters.add(.upstreamRequestSentReset)
            return tryAgain(after: wait)
        }
        if request.exhaustedRetries { request.flags.insert(.upstreamRetryLimitExceeded) }
        replay.end()
        scope.router.respond(request, head: &connection.responseHead, facts: facts, worker: worker, now: now)
        write(&connection.responseHead)
    }

    /// Writes a final head, from upstream or made here, after what the connection manager does to every head.
    private func write(_ head: inout ResponseHead) {
        ConnectionManagerHeaders.finish(
            &head,
            manager: scope.manager,
            serverName: scope.serverName,
            date: worker.date,
            requestID: scope.manager.alwaysSetsRequestIDInResponse
                ? request.request.headers.withValue(of: .xRequestID) { ContiguousArray($0) } : nil
        )
        if !request.responseAdditions.isEmpty {
            for header in request.responseAdditions { header.apply(to: &head.headers) }
        }
        if let origin = request.allowedOrigin, let policy = request.cors {
            CORSFilter.allow(&head, policy: policy, origin: origin, of: request.request.headers)
        }
        let isOld = request.request.version == .http1_0
        switch head.framing {
        case .untilClose: head.framing = isOld ? .untilClose : .chunked
        // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
        case .chunked: if isOld { head.framing = .untilClose }
        case .none, .length: break
        }
        head.keepAlive = keepsAlive && head.framing != .untilClose
        state.startResponse(closes: !head.keepAlive)
        responseFraming = head.framing
        request.status = head.status
        scope.counters.addResponse(status: head.status)
        if scope.logs.wantsResponseHeaders { request.loggedResponse = head }
        let version = request.request.version
        writer.append(head, version: version)
        touchStreamIdle()
    }

    private var keepsAlive: Bool {
        guard request.callerKeepsAlive, !worker.isDraining, !listener.isDraining, !isEnding else { return false }
        let limit = scope.manager.maxRequestsPerConnection
        return limit == 0 || state.requestsServed < limit
    }

    private func receivedResponseBody(_ slice: ByteBuffer) {
        touchStreamIdle()
        writeBody(slice)
    }

    private func writeBody(_ slice: ByteBuffer) {
        guard let context else { return }
        let length = slice.readableBytes
        request.responseBytes &+= UInt64(length)
        if case .chunked = responseFraming {
            writer.append { $0.writeChunkStart(length: length) }
            writer.append(slice, to: context)
            writer.append { $0.writeChunkEnd() }
        } else {
            writer.append(slice, to: context)
        }
    }

    private func receivedResponseTrailers() {
        hasResponseTrailers = true
        guard let connection = exchange.connection else { return }
        scope.router.takeLoadReport(request, connection.responseTrailers)
    }

    private func receivedResponseEnd() {
        if case .chunked = responseFraming {
            if hasResponseTrailers, let trailers = exchange.connection?.responseTrailers {
                writer.append { $0.writeLastChunk(trailers: trailers) }
            } else {
                writer.append { $0.writeLastChunk() }
            }
        }
        endResponse()
    }

    /// The response is complete: log, then close or wait for the next request.
    private func endResponse() {
        upstreamIsDone()
        finishRequest()
        let aftermath = state.endResponse()
        deadlines.endRequest()
        switch aftermath {
        case .nextRequest:
            deadlines.start(.connectionIdle, now: worker.now, milliseconds: scope.idleTimeout)
            request.reset()
        case .close: closeAfterFlush(lingers: false)
        case .lingerAndClose:
            // The upstream half of the exchange is cut short with it.
            exchange.cancel()
            closeAfterFlush(lingers: true)
        }
        armTimer()
    }

    /// Counts, logs and remembers the request; called exactly once for each.
    func finishRequest() {
        endPause()
        if !scope.gates.isEmpty { admission.end() }
        scope.router.releaseRetry(request)
        replay.end()
        if !mirrors.isEmpty {
            for mirror in mirrors { mirror.cancel() }
            mirrors = []
        }
        scope.counters.subtract(.requestActive)
        // A small answer is read at once with its head.
        let endedAt = headTime ?? worker.refreshTime()
        scope.logs.log(request, facts: facts, exchange: exchange, endedAt: endedAt)
        decisions.record(
            request,
            facts: facts,
            listener: listener.listener,
            chain: chain,
            exchange: exchange,
            endedAt: endedAt
        )
    }

    // MARK: Local replies

    /// Answers instead of an upstream.
    func send(_ reply: LocalResponse) {
        // A caller may end its side right behind the request, which ends the connection: the answer goes before.
        isUrgent = true
        request.flags.formUnion(reply.flags)
        request.details = reply.details
        localHead.reset()
        scope.router.prepare(&localHead, for: reply, request: request, facts: facts, worker: worker)
        reply.fill(&localHead, isGRPC: request.isGRPC)
        if reply.isOfRoute { request.routeCounters?.addResponse(status: reply.status) }
        // What is left of the request will not be read.
        if reply.closesConnection || state.request == .receiving { request.callerKeepsAlive = false }
        let isHead = request.request.method == .head
        write(&localHead)
        let body = request.isGRPC ? [] : reply.body
        if !body.isEmpty, !isHead {
            request.responseBytes &+= UInt64(body.count)
            writer.append { _ = $0.writeBytes(body) }
        }
        endResponse()
    }

    /// The exchange broke off on the upstream side.
    func resetByUpstream(_ reason: UpstreamReset) {
        upstreamIsDone()
        request.cluster?.counters.add(.upstreamRequestReceivedReset)
        request.endpoint?.addReset(reason)
        request.transportFailure = reason.transportFailureReason
        request.attemptLog.ended(AttemptEnding(reason.reason), at: worker.now &* 1_000_000)
        guard state.response == .pending else {
            // Part of the answer is out: cutting the connection is the only way to say that it is not whole.
            request.flags.formUnion(reason.reason.flags)
            request.details = ContiguousArray(reason.reason.details(afterResponseStarted: true).utf8)
            finishRequest()
            return cut()
        }
        deadlines.endTry()
        if case .after(let wait) = scope.router.retry(request, after: .reset(reason), worker: worker) {
            tryAgain(after: wait)
            continueInput()
            return endTurn()
        }
        send(scope.router.reply(to: reason, request: request))
        continueInput()
        endTurn()
    }

    /// Sends the request to another endpoint once `milliseconds` have passed.
    private func tryAgain(after milliseconds: Int64) {
        upstreamIsDone()
        pause(milliseconds: milliseconds) { connection in connection?.nextTry() }
    }

    private func nextTry() {
        guard let endpoint = scope.router.endpointForRetry(request, facts: facts, worker: worker) else {
            request.cluster?.counters.add(.upstreamConnectionNoneHealthy)
            request.attemptLog.stop = .noEndpoint
            return send(scope.router.noEndpointForRetry)
        }
        start(on: endpoint)
    }

    /// A try took too long: the next, or the end.
    private func tryTimedOut() {
        guard state.response == .pending else { return }
        request.cluster?.counters.add(.upstreamRequestPerTryTimeout)
        request.attemptLog.ended(.perTryTimeout, at: worker.now &* 1_000_000)
        request.endpoint?.addTimeout(hadConnection: exchange.connection != nil)
        exchange.cancel()
        request.cluster?.counters.add(.upstreamRequestSentReset)
        if case .after(let wait) = scope.router.retry(request, after: .perTryTimeout, worker: worker) {
            tryAgain(after: wait)
            return continueInput()
        }
        request.routeCounters?.add(.requestTimeout)
        var reply = LocalResponse.perTryTimeout
        if request.exhaustedRetries { reply.flags.insert(.upstreamRetryLimitExceeded) }
        send(reply)
        continueInput()
    }

    /// Closes a connection whose response cannot be completed.
    func cut() {
        deadlines.endRequest()
        state.abandon()
        exchange.cancel()
        closeAfterFlush(lingers: false)
    }

    // MARK: Timeouts

    func expired(_ expiry: RequestDeadlines.Expiry) {
        deadlines[expiry] = .max
        switch expiry {
        case .connectionIdle:
            scope.counters.add(.connectionIdleTimeout)
            close()
        case .connection:
            scope.counters.add(.connectionMaxDurationReached)
            isEnding = true
            if !state.isServing { close() }
        case .delayedClose, .drain: close()
        case .requestHeaders:
            beginRequest()
            state.failedToParse()
            request.callerKeepsAlive = false
            let details = ResponseCodeDetails.requestHeaderTimeout
            timeOut(LocalResponse(status: 408, text: "request header timeout", details: details))
        case .request:
            scope.counters.add(.requestTimeout)
            let details = ResponseCodeDetails.requestOverallTimeout
            timeOut(LocalResponse(status: 408, text: LocalReply.requestTimeout, details: details))
        case .streamIdle:
            scope.counters.add(.requestIdleTimeout)
            let status: UInt16 = state.request == .complete ? 504 : 408
            timeOut(
                LocalResponse(
                    status: status,
                    text: LocalReply.streamTimeout,
                    details: ResponseCodeDetails.streamIdleTimeout,
                    flags: .streamIdleTimeout
                )
            )
        case .stream:
            let status: UInt16 = state.request == .complete ? 504 : 408
            timeOut(
                LocalResponse(
                    status: status,
                    text: "downstream duration timeout",
                    details: ResponseCodeDetails.maxDurationTimeout,
                    flags: .durationTimeout
                )
            )
        case .pause:
            endPause(goesOn: true)
            continueInput()
        case .perTry: tryTimedOut()
        case .response:
            request.cluster?.counters.add(.upstreamRequestTimeout)
            request.endpoint?.addTimeout(
                beforeResponse: state.response == .pending,
                hadConnection: exchange.connection != nil
            )
            request.routeCounters?.add(.requestTimeout)
            request.attemptLog.ended(.requestTimeout, at: worker.now &* 1_000_000)
            timeOut(.responseTimeout)
        }
    }

    private func timeOut(_ reply: LocalResponse) {
        exchange.cancel()
        guard state.response == .pending else {
            request.flags.formUnion(reply.flags)
            request.details = reply.details
            finishRequest()
            return cut()
        }
        send(reply)
        continueInput()
    }

    /// No request after the one being served, if any.
    func drain() {
        if !state.isServing { close() }
    }

    /// No request after the one being served or, between requests, after the next, which a peer may be sending already;
    /// the end comes at `deadline`, in milliseconds of the worker, at the latest.
    func end(by deadline: Int64) {
        guard deadlines[.drain] == .max else { return }
        isEnding = true
        deadlines[.drain] = deadline
        armTimer()
    }

    func close() {
        isClosedHere = true
        flushTurn()
        context?.close(promise: nil)
    }
}
