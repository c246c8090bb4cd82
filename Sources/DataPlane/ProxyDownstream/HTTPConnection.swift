internal import HTTPWire
package import NIOCore
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyUpstream
internal import SocketTransport

/// One downstream HTTP/1 connection: the channel handler that is its connection manager, its filters and its router.
///
/// It reads requests, chooses an endpoint, and passes bodies both ways by direct calls to `UpstreamConnection` on the
/// same loop. Confined to its worker's loop.
package final class HTTPConnection: ChannelDuplexHandler, TurnMember, SocketReader {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = Never
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    let worker: Worker
    let scope: HTTPManagerScope
    let listener: ListenerScope
    /// The chain that took the connection.
    let chain: FilterChain
    let facts: DownstreamFacts
    let decisions: DecisionRing
    let request = RequestContext()
    let exchange = UpstreamExchange()
    var state = HTTPConnectionState()
    var parser: RequestParser
    var writer: TurnWriter
    var context: ChannelHandlerContext?
    // The socket, if nothing stands between.
    private var socket: SocketChannel?
    var deadlines = RequestDeadlines()
    /// The head of answers made here.
    var localHead = ResponseHead()
    /// How the response body under way is framed downstream.
    var responseFraming: BodyFraming = .none
    /// A request with a body waits for its upstream connection.
    var awaitsUpstream = false
    var hasRequestTrailers = false
    var hasResponseTrailers = false
    /// When a response head was read, in the worker's nanoseconds, while its turn lasts.
    var headTime: Int64?
    /// The answer under way, or else the next, is the last: `max_connection_duration` has passed, or the listener went.
    var isEnding = false
    /// The end came from this side.
    var isClosedHere = false
    /// The body under way, for further tries.
    var replay = RequestReplay()
    /// How far the request has come on its way past the filters that may refuse it.
    var admission = RequestAdmission()
    /// What is written must not wait for the end of the loop's turn.
    var isUrgent = false
    /// Copies under way whose body is not complete.
    var mirrors: [MirrorRequest] = []

    // What to do when the wait of a fault or of a retry is over; called with nil if the request ends before.
    private var resume: ((HTTPConnection?) -> Void)?
    private var alarm: PreciseAlarm?
    private var timer: TimerEntry?
    // Bytes read and not parsed yet: a part of a head, or requests pipelined behind the one being served.
    private var input: ByteBuffer?
    private var holdsRead = false
    private var isUpstreamFull = false
    // The peer does not read what it was sent.
    private var isDownstreamFull = false
    private var isGone = false
    private var isInTurn = false

    init(
        worker: Worker,
        scope: HTTPManagerScope,
        listener: ListenerScope,
        chain: FilterChain,
        facts: DownstreamFacts,
        decisions: DecisionRing
    ) {
        self.worker = worker
        self.scope = scope
        self.listener = listener
        self.chain = chain
        self.facts = facts
        self.decisions = decisions
        var limits = HTTPLimits()
        limits.maxHeadBytes = scope.manager.maxRequestHeadersKB &* 1024
        limits.maxHeaders = scope.manager.maxHeadersCount
        limits.acceptHTTP10 = scope.manager.acceptsHTTP10
        parser = RequestParser(limits: limits)
        writer = TurnWriter(pool: worker.buffers)
    }

    // MARK: ChannelHandler

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if case .rawBuffer = chain.transportSocket {
            socket = context.channel as? SocketChannel
            socket?.deliver(to: self)
        }
        timer = TimerEntry(wheel: worker.timers) { [unowned self] in deadlinePassed() }
        exchange.setReceiver { [unowned self] event in receive(event) }
        scope.counters.add(.connectionTotal)
        scope.counters.add(.connectionActive)
        listener.opened(self)
        let now = worker.clock.milliseconds
        deadlines.start(.connection, now: now, milliseconds: scope.maxConnectionDuration)
        deadlines.start(.connectionIdle, now: now, milliseconds: scope.idleTimeout)
        armTimer()
    }

    package func read(context: ChannelHandlerContext) {
        if mustHoldReads { holdsRead = true } else { context.read() }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(unwrapInboundIn(data))
    }

    /// Takes bytes from a socket that this handler has for itself.
    package func received(_ bytes: ByteBuffer) { take(bytes) }

    /// Whether more may be read now.
    package func mayReceive() -> Bool {
        guard mustHoldReads else { return true }
        holdsRead = true
        return false
    }

    /// Takes bytes that were read, by the channel or before this handler was there.
    package func take(_ bytes: ByteBuffer) {
        scope.counters.add(.connectionReceivedBytes, UInt64(bytes.readableBytes))
        guard !state.isClosing else { return }
        var bytes = bytes
        if var whole = input {
            input = nil
            whole.writeBuffer(&bytes)
            bytes = whole
        }
        process(bytes)
        endTurn()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isDownstreamFull = !context.channel.isWritable
        if let connection = exchange.connection {
            if isDownstreamFull { connection.pauseReading() } else { connection.resumeReading() }
        }
        guard !isDownstreamFull else { return }
        continueInput()
        endTurn()
    }

    package func channelInactive(context: ChannelHandlerContext) { disconnected() }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(after: error)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        disconnected()
        self.context = nil
        socket?.deliver(to: nil)
        socket = nil
    }

    private func disconnected() {
        guard !isGone else { return }
        isGone = true
        if state.isServing { callerLeft() }
        state.abandon()
        // No clock of a request that is over may ring once more.
        deadlines = RequestDeadlines()
        exchange.cancel()
        exchange.setReceiver(nil)
        timer?.cancel()
        timer = nil
        alarm?.cancel()
        alarm = nil
        input = nil
        writer.discard()
        scope.counters.add(.connectionSentBytes, writer.bytesWritten)
        scope.counters.subtract(.connectionActive)
        scope.counters.add(.connectionDestroy)
        listener.closed(self)
    }

    // MARK: Input

    /// Parses until bytes or the right to go on run out.
    private func process(_ start: ByteBuffer) {
        var bytes = start
        while mayParse {
            switch parser.next(&bytes, into: &request.request) {
            case .needMoreData:
                if bytes.readableBytes > 0, state.request == .none { headIsIncomplete() }
                if bytes.readableBytes > 0 { input = bytes }
                return
            case .head: receivedHead()
            case .body(let slice): receivedBody(slice)
            case .trailers: hasRequestTrailers = true
            case .end: receivedEnd()
            case .error(let error):
                receivedGarbage(error)
                return
            }
        }
        if bytes.readableBytes > 0, !state.isClosing { input = bytes }
    }

    /// Goes on with what was held back.
    func continueInput() {
        if let bytes = input, mayParse {
            input = nil
            process(bytes)
        }
        resumeReads()
    }

    /// Has what this turn produced go to the sockets, upstream and downstream, at the latest at the end of the loop's.
    @inline(__always)
    func endTurn() {
        exchange.connection?.flush()
        guard writer.hasOutput else { return }
        if isUrgent || writer.hasHandedOver { return flushTurn() }
        guard !isInTurn else { return }
        isInTurn = true
        worker.turn.add(self)
    }

    /// Hands what was written to the socket.
    package func flushTurn() {
        isInTurn = false
        isUrgent = false
        if let socket { return writer.endTurn().flush(socket) }
        guard let context else { return }
        writer.endTurn().flush(context)
    }

    private var mayParse: Bool { state.acceptsInput && !awaitsUpstream && !mustNotBegin }

    /// A peer that asks on and never reads would have all answers kept for it (CVE-2020-8661).
    private var mustNotBegin: Bool { isDownstreamFull && state.request == .none }

    private var mustHoldReads: Bool {
        awaitsUpstream || isUpstreamFull || mustNotBegin || (input != nil && !state.acceptsInput)
    }

    private func resumeReads() {
        guard holdsRead, !mustHoldReads else { return }
        holdsRead = false
        context?.read()
    }

    /// The upstream connection takes bytes again, or no longer.
    func upstreamWritabilityChanged() {
        isUpstreamFull = exchange.connection.map { !$0.isWritable } ?? false
        if !isUpstreamFull { resumeReads() }
    }

    /// No upstream connection is being written to any more.
    func upstreamIsDone() {
        isUpstreamFull = false
        awaitsUpstream = false
    }

    // MARK: Timers

    func armTimer() {
        timer?.set(deadlines.earliest)
        let precise = deadlines.earliestPrecise
        if precise != .max { armAlarm(precise) }
    }

    private func armAlarm(_ deadline: Int64) {
        guard deadline <= worker.now &+ PreciseAlarm.reach, context != nil else { return }
        let alarm = alarm ?? PreciseAlarm(worker: worker) { [unowned self] in deadlinePassed() }
        self.alarm = alarm
        alarm.set(deadline, now: worker.now)
    }

    /// Lets the request wait; `body` goes on with it, or gets nil should it end before.
    func pause(milliseconds: Int64, then body: @escaping (HTTPConnection?) -> Void) {
        // A body that arrives meanwhile waits too.
        awaitsUpstream = state.request == .receiving
        resume = body
        guard milliseconds > 0 else { return endPause(goesOn: true) }
        deadlines.start(.pause, now: worker.refreshTime() / 1_000_000, milliseconds: milliseconds)
        armTimer()
    }

    /// The wait is over, by its time or by the end of the request.
    func endPause(goesOn: Bool = false) {
        deadlines[.pause] = .max
        guard let body = resume else { return }
        resume = nil
        if goesOn { awaitsUpstream = false }
        body(goesOn ? self : nil)
    }

    private func deadlinePassed() {
        _ = worker.refreshTime()
        if let expiry = deadlines.expired(at: worker.now) { expired(expiry) }
        armTimer()
        endTurn()
    }

    // MARK: Closing

    /// Ends the connection once everything written is on its way; `lingers` if the peer may still be sending.
    func closeAfterFlush(lingers: Bool) {
        guard let context else { return }
        flushTurn()
        let done = context.eventLoop.makePromise(of: Void.self)
        // An empty write completes after all writes before it.
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: done)
        deadlines.start(.delayedClose, now: worker.now, milliseconds: scope.delayedCloseTimeout ?? 0)
        done.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            guard let self, let context = self.context else { return }
            if lingers, self.scope.delayedCloseTimeout != nil {
                context.close(mode: .output, promise: nil)
            } else {
                context.close(promise: nil)
            }
        }
    }
}
