internal import HTTPWire
internal import MeshTelemetry
package import NIOCore
internal import ProxyBalancing
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyTLS
internal import ProxyUpstream
internal import SocketTransport

/// One downstream connection passed byte for byte to an endpoint, each direction closed on its own.
package final class TCPProxyConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = Never
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    let worker: Worker
    private let proxy: TCPProxy
    private let listener: ListenerScope
    /// The chain that took the connection.
    let chain: FilterChain
    private let logs: AccessLogs
    /// Who has to be asked before the connection may go on.
    private var check: CheckScope?
    private var record: ConnectionRecord
    private let idleLimit: Int64?
    /// When the connection has lasted as long as it may, in milliseconds of the worker.
    private var lastMoment = Int64.max
    private var context: ChannelHandlerContext?
    private var upstream: TCPUpstreamHandler?
    private var timer: TimerEntry?
    private var early: ByteBuffer?
    private var drainDeadline = Int64.max
    private var isConnected = false
    private var isInputClosed = false
    private var holdsRead = false
    private var isGone = false
    var isUpstreamFull = false

    /// `record` begins the connection's line in `logs`.
    init(
        worker: Worker,
        proxy: TCPProxy,
        listener: ListenerScope,
        chain: FilterChain,
        logs: AccessLogs,
        check: CheckScope? = nil,
        record: ConnectionRecord
    ) {
        self.worker = worker
        self.proxy = proxy
        self.listener = listener
        self.chain = chain
        self.logs = logs
        self.check = check
        self.record = record
        idleLimit = proxy.idleTimeout.map(\.wholeMilliseconds)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        listener.opened(self)
        timer = TimerEntry(wheel: worker.timers) { [unowned self] in timeIsOver() }
        if let limit = proxy.maxDownstreamConnectionDuration?.wholeMilliseconds {
            lastMoment = worker.now &+ limit
            timer?.set(lastMoment)
        }
        // The pipeline is still being set up: connect when it is done.
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { this.value.connect() }
    }

    /// Bytes passed: the connection is not idle, which counts once there is an upstream.
    func touch() {
        guard let idleLimit, isConnected else { return }
        timer?.set(min(worker.now &+ idleLimit, drainDeadline, lastMoment))
    }

    private func timeIsOver() {
        if worker.now >= lastMoment { record.flags.insert(.durationTimeout) }
        close()
    }

    /// Closes the connection at `deadline`, in milliseconds of the worker, at the latest.
    func end(by deadline: Int64) {
        guard drainDeadline == .max else { return }
        drainDeadline = deadline
        timer?.set(min(deadline, timer?.deadline ?? .max))
    }

    // MARK: Connecting

    private var clusterIndex: ClusterIndex? {
        switch proxy.cluster {
        case .cluster(let index): return index
        case .weighted(let shares):
            let total = shares.reduce(UInt64(0)) { $0 &+ UInt64($1.weight) }
            var left = worker.random.next() % max(total, 1)
            for share in shares {
                if left < UInt64(share.weight) { return share.cluster }
                left &-= UInt64(share.weight)
            }
            return shares.last?.cluster
        }
    }

    /// An endpoint, or the flag that says why there is none.
    private func choose() -> UpstreamEndpoint? {
        guard let index = clusterIndex, let cluster = worker.clusters.cluster(at: index) else {
            record.flags.insert(.noClusterFound)
            return nil
        }
        record.cluster = cluster
        let endpoint =
            if case .originalDestination = cluster.cluster.kind {
                record.facts.originalDestination.flatMap { cluster.endpoint(at: $0) }
            } else {
                cluster.choose(random: &worker.random, hash: sourceHash)
            }
        guard let endpoint else {
            cluster.counters.add(.upstreamConnectionNoneHealthy)
            record.flags.insert(.noHealthyUpstream)
            return nil
        }
        return endpoint
    }

    /// A TCP connection has only its caller to be hashed by.
    private var sourceHash: UInt64? {
        proxy.hashesSourceAddress ? XXHash64.hash(record.facts.remoteAddressText) : nil
    }

    /// Asks the authorization service; the connection waits, its bytes with it.
    private func ask(_ check: CheckScope) {
        self.check = nil
        guard case .grpc(let service) = check.filter.service, let checker = listener.checker,
            let cluster = worker.clusters.cluster(at: service.cluster),
            let endpoint = cluster.choose(random: &worker.random)
        else { return answered(.failed, check) }
        let this = NIOLoopBound((self, check), eventLoop: worker.eventLoop)
        let loop = worker.eventLoop
        let subject = CheckSubject(record.facts, for: check.filter)
        checker.check(subject, of: service, at: endpoint) { answer in
            loop.execute { this.value.0.answered(answer, this.value.1) }
        }
    }

    private func answered(_ answer: CheckAnswer, _ check: CheckScope) {
        guard !isGone else { return }
        guard check.admits(answer) else {
            record.flags.insert(ResponseFlags(.unauthorizedExternalService))
            record.termination = ContiguousArray("ext_authz_denied".utf8)
            return close()
        }
        connect()
    }

    private func connect() {
        guard !isGone, context != nil else { return }
        if let check { return ask(check) }
        // No cluster or no endpoint, as with BlackHoleCluster: there is nothing to say in TCP but goodbye.
        guard let endpoint = choose() else { return close() }
        guard let held = endpoint.cluster.takeConnection() else {
            record.flags.insert(.upstreamOverflow)
            return close()
        }
        record.attempts &+= 1
        record.endpoint = endpoint
        endpoint.connectionTotal &+= 1
        let counters = endpoint.cluster.counters
        counters.add(.upstreamConnectionTotal)
        let handler = TCPUpstreamHandler(self, endpoint: endpoint, holdsConnection: held)
        if case .tls(let settings) = endpoint.transportSocket {
            switch UpstreamSecurity.make(settings, for: endpoint, speaksHTTP: false) {
            case .success(let security): handler.security = security
            case .failure(let error):
                handler.release()
                return failed(.tlsFailure(error.reason), endpoint)
            }
        }
        guard let loop = worker.sockets else {
            handler.release()
            return failed(.localConnectionFailure(errno: 0), endpoint)
        }
        let settings = endpoint.cluster.settings
        UpstreamConnector.connector(settings).connect(to: endpoint.address, on: loop) { channel in
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: UpstreamConnector.waterMark(settings))
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
            if let library = try handler.security?.makeHandler() {
                try channel.pipeline.syncOperations.addHandler(library)
            }
            try channel.pipeline.syncOperations.addHandler(handler)
        } connected: { [self] result in
            switch result {
            case .success(let channel):
                handler.isUp = true
                let local = channel.localAddress?.ipText ?? ""
                record.upstreamLocalAddress = ContiguousArray(local.utf8)
                if handler.security == nil { connected(handler) }
            case .failure(let error):
                handler.release()
                failed(UpstreamConnector.reset(for: error), endpoint)
            }
        }
    }

    private func failed(_ reason: UpstreamReset, _ endpoint: UpstreamEndpoint) {
        endpoint.connectionConnectFail &+= 1
        let counters = endpoint.cluster.counters
        counters.add(.upstreamConnectionConnectFail)
        if reason == .connectionTimeout { counters.add(.upstreamConnectionConnectTimeout) }
        endpoint.addTCPConnectFailure(reason)
        record.flags.formUnion(reason.reason.flags)
        record.transportFailure = reason.transportFailureReason
        guard Int(record.attempts) >= proxy.maxConnectAttempts else { return connect() }
        // Envoy says so of the first attempt too if no other is allowed.
        record.flags.insert(.upstreamRetryLimitExceeded)
        close()
    }

    func handshakeFailed(_ reason: UpstreamReset, _ endpoint: UpstreamEndpoint) {
        guard !isGone else { return }
        failed(reason, endpoint)
    }

    func connected(_ handler: TCPUpstreamHandler) {
        record.endpoint?.addTCPConnected()
        guard !isGone else { return handler.close() }
        upstream = handler
        isConnected = true
        touch()
        if let bytes = early {
            early = nil
            forward(bytes, to: handler)
            handler.flush()
        }
        if isInputClosed { handler.endInput() }
        resumeReads()
    }

    // MARK: Downstream

    package func read(context: ChannelHandlerContext) {
        if !isConnected || isUpstreamFull { holdsRead = true } else { context.read() }
    }

    func resumeReads() {
        guard holdsRead, isConnected, !isUpstreamFull else { return }
        holdsRead = false
        context?.read()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(unwrapInboundIn(data)) }

    /// Takes bytes that were read, by the channel or before this handler was there.
    package func take(_ bytes: ByteBuffer) {
        touch()
        guard let upstream else {
            var bytes = bytes
            if early == nil { early = bytes } else { early?.writeBuffer(&bytes) }
            return
        }
        forward(bytes, to: upstream)
    }

    private func forward(_ bytes: ByteBuffer, to upstream: TCPUpstreamHandler) {
        record.bytesReceived &+= UInt64(bytes.readableBytes)
        upstream.send(bytes)
    }

    package func channelReadComplete(context: ChannelHandlerContext) { upstream?.flush() }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return }
        isInputClosed = true
        upstream?.endInput()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        upstream?.setPaused(!context.channel.isWritable)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(after: error)
    }

    package func channelInactive(context: ChannelHandlerContext) { disconnected() }

    package func handlerRemoved(context: ChannelHandlerContext) {
        disconnected()
        self.context = nil
    }

    private func disconnected() {
        guard !isGone else { return }
        isGone = true
        timer?.cancel()
        timer = nil
        upstream?.close()
        listener.closed(self)
        logs.log(record, worker: worker)
    }

    func close() {
        context?.close(promise: nil)
    }

    // MARK: From upstream

    func send(_ bytes: ByteBuffer) {
        touch()
        record.bytesSent &+= UInt64(bytes.readableBytes)
        context?.write(NIOAny(bytes), promise: nil)
    }

    func flush() { context?.flush() }

    /// The upstream sends no more: pass that on, and end when both directions have.
    func upstreamEnded() {
        guard let context, !isGone else { return }
        let done = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: done)
        done.futureResult.assumeIsolated().whenComplete { [self] _ in
            self.context?.close(mode: .output, promise: nil)
        }
    }

    /// The upstream broke the connection off instead of ending it.
    func upstreamFailed() { record.flags.insert(.upstreamRemoteReset) }

    func upstreamDisconnected() {
        guard let context, !isGone else { return }
        let done = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: done)
        done.futureResult.assumeIsolated().whenComplete { [self] _ in close() }
    }
}
