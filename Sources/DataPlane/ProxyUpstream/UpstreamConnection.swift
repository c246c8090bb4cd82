package import HTTPWire
package import NIOCore
internal import NIOTLS
internal import ProxyTLS
internal import SocketTransport

/// One HTTP/1.1 connection to one endpoint: a channel handler that serves one exchange at a time.
///
/// It calls the exchange directly and is called directly; nothing on the way is a future. Confined to its loop.
package final class UpstreamConnection: ChannelDuplexHandler, TurnMember, SocketReader {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = Never
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// The head last received; its reader may edit it in place.
    package var responseHead = ResponseHead()
    /// This side's address as `%UPSTREAM_LOCAL_ADDRESS%` prints it.
    package private(set) var localAddress: ContiguousArray<UInt8> = []
    /// Bytes received since the connection began.
    package private(set) var bytesReceived: UInt64 = 0

    let endpoint: UpstreamEndpoint
    /// Whether it counts against the cluster's `max_connections`.
    var holdsBreaker = false
    private let worker: Worker
    private var state = UpstreamConnectionState()
    private var parser: ResponseParser
    private var exchange: UpstreamExchange?
    private var context: ChannelHandlerContext?
    // The socket, if nothing stands between.
    private var socket: SocketChannel?
    private var writer: TurnWriter
    private var timer: TimerEntry?
    // An incomplete head, chunk line or the like that waits for more bytes.
    private var rest: ByteBuffer?
    private var requestFraming: BodyFraming = .none
    private var isInTurn = false
    private var isPaused = false
    private var holdsRead = false
    private var openedAt: Int64 = 0
    private var isOpen = false
    /// The handshake that must come first; nil for plaintext.
    var security: UpstreamSecurity?
    private var isShakingHands = false
    private var handshakeError: UpstreamReset?

    init(endpoint: UpstreamEndpoint, worker: Worker) {
        self.endpoint = endpoint
        self.worker = worker
        parser = ResponseParser()
        writer = TurnWriter(pool: worker.buffers)
    }

    /// The trailer section of the response just read.
    package var responseTrailers: HeaderBlock { parser.trailers }

    /// Whether the socket takes bytes without queueing beyond the buffer limit.
    package var isWritable: Bool { socket?.isWritable ?? context?.channel.isWritable ?? false }

    /// Bytes sent since the connection began.
    package var bytesSent: UInt64 { writer.bytesWritten }

    // MARK: Requests

    func assign(_ exchange: UpstreamExchange) {
        self.exchange = exchange
        exchange.connection = self
        exchange.localAddress = localAddress
        exchange.isWaiting = false
        exchange.isReused = state.requestsServed > 0
        endpoint.addConnected()
        timer?.set(.max)
        state.begin()
        responseHead.reset()
    }

    /// Sends a request head, which is lent and not changed: to borrow a property of a class would copy it.
    /// `requestEnds` if no body follows.
    package func send(_ head: inout RequestHead, requestEnds: Bool) {
        requestFraming = head.framing
        parser.expect(head.method)
        writer.append(head)
        if requestEnds { state.endRequest() }
    }

    /// Sends a stretch of the request body.
    package func send(_ body: ByteBuffer) {
        guard let context else { return }
        if case .chunked = requestFraming {
            writer.append { $0.writeChunkStart(length: body.readableBytes) }
            writer.append(body, to: context)
            writer.append { $0.writeChunkEnd() }
        } else {
            writer.append(body, to: context)
        }
    }

    /// Ends the request.
    package func sendEnd() {
        if case .chunked = requestFraming { writer.append { $0.writeLastChunk() } }
        state.endRequest()
    }

    /// Ends the request with a trailer section.
    package func sendEnd(trailers: borrowing HeaderBlock) {
        if case .chunked = requestFraming {
            // An escaping closure could not capture a borrowed value; this one does not escape.
            let copy = copy trailers
            writer.append { $0.writeLastChunk(trailers: copy) }
        }
        state.endRequest()
    }

    /// Has what was sent go to the socket, at the latest at the end of the loop's turn.
    @inline(__always)
    package func flush() {
        guard writer.hasOutput else { return }
        if writer.hasHandedOver { return flushTurn() }
        guard !isInTurn else { return }
        isInTurn = true
        worker.turn.add(self)
    }

    /// Hands what was sent to the socket.
    package func flushTurn() {
        isInTurn = false
        if let socket { return writer.endTurn().flush(socket) }
        guard let context else { return }
        writer.endTurn().flush(context)
    }

    /// Stops taking bytes from the socket until `resumeReading`: the downstream peer reads too slowly.
    package func pauseReading() { isPaused = true }

    /// Takes bytes again, beginning with the read that was held back.
    package func resumeReading() {
        guard isPaused else { return }
        isPaused = false
        guard holdsRead else { return }
        holdsRead = false
        context?.read()
    }

    /// The exchange was given up in the middle: the connection cannot be used again.
    func abandon() {
        exchange = nil
        close()
    }

    /// No further request; closes at once when idle.
    func retire() {
        state.retire()
        if exchange == nil { close() }
    }

    func close() {
        context?.close(promise: nil)
    }

    /// Whether nothing is being exchanged.
    var isIdle: Bool { exchange == nil }

    // MARK: ChannelHandler

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard security == nil else { return }
        socket = context.channel as? SocketChannel
        socket?.deliver(to: self)
    }

    /// The socket is connected: told before anything is asked of the connection, and before the pipeline becomes active.
    func connected() {
        isShakingHands = security != nil
        isOpen = security == nil
        openedAt = worker.clock.milliseconds
        if let address = context?.channel.localAddress { localAddress = ContiguousArray(address.ipText.utf8) }
        timer = TimerEntry(wheel: worker.timers) { [unowned self] in timePassed() }
        if isShakingHands { timer?.set(openedAt &+ endpoint.cluster.settings.connectTimeoutMilliseconds) }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard isShakingHands, case TLSUserEvent.handshakeCompleted = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        if let refusal = security?.refusal(on: context.channel, worker: worker) {
            handshakeError = .tlsFailure(refusal.text)
            endpoint.cluster.counters.addFailure(ofHandshake: refusal)
            return close()
        }
        endpoint.cluster.counters.addHandshake()
        isShakingHands = false
        isOpen = true
        timer?.set(.max)
        endpoint.pool.secured(self)
    }

    package func read(context: ChannelHandlerContext) {
        if isPaused { holdsRead = true } else { context.read() }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }

    /// Whether more may be read now.
    package func mayReceive() -> Bool {
        if isPaused { holdsRead = true }
        return !isPaused
    }

    /// Takes bytes from the endpoint.
    package func received(_ new: ByteBuffer) {
        var bytes = new
        bytesReceived &+= UInt64(bytes.readableBytes)
        endpoint.cluster.counters.add(.upstreamConnectionReceivedBytes, UInt64(bytes.readableBytes))
        if var whole = rest {
            rest = nil
            whole.writeBuffer(&bytes)
            bytes = whole
        }
        let served = exchange
        parse(&bytes)
        if bytes.readableBytes > 0, state.phase != .closed { rest = bytes }
        served?.deliver(.turnEnded)
    }

    private func parse(_ bytes: inout ByteBuffer) {
        guard exchange != nil else {
            // Bytes nobody asked for: the next answer could be mistaken for them.
            endpoint.cluster.counters.add(.upstreamConnectionProtocolError)
            bytes.clear()
            return close()
        }
        while let exchange {
            switch parser.next(&bytes, into: &responseHead) {
            case .needMoreData:
                return
            case .head:
                if responseHead.isInformational {
                    exchange.deliver(.informational)
                } else {
                    state.receivedHead(keepAlive: responseHead.keepAlive)
                    exchange.deliver(.head)
                }
            case .body(let slice):
                exchange.deliver(.body(slice))
            case .trailers:
                exchange.deliver(.trailers)
            case .end:
                if responseHead.isInformational {
                    responseHead.reset()
                } else {
                    complete(exchange, leftover: bytes.readableBytes > 0)
                    return
                }
            case .error:
                endpoint.cluster.counters.add(.upstreamConnectionProtocolError)
                bytes.clear()
                return fail(.protocolError)
            }
        }
    }

    private func complete(_ exchange: UpstreamExchange, leftover: Bool) {
        exchange.deliver(.end)
        // The exchange may have been cancelled by its owner while it handled the end.
        guard self.exchange != nil else { return }
        self.exchange = nil
        exchange.connection = nil
        exchange.finished()
        isPaused = false
        let aftermath = state.endResponse(maxRequests: endpoint.cluster.settings.maxRequestsPerConnection)
        guard !isTooOld else {
            endpoint.cluster.counters.add(.upstreamConnectionMaxDuration)
            return close()
        }
        guard aftermath == .reuse, !leftover else { return close() }
        if holdsRead {
            holdsRead = false
            context?.read()
        }
        endpoint.pool.release(self)
    }

    /// Whether `max_connection_duration` is over.
    var isTooOld: Bool {
        guard let limit = endpoint.cluster.settings.maxConnectionDurationMilliseconds else { return false }
        return worker.clock.milliseconds &- openedAt >= limit
    }

    /// Starts the clock on an unused connection: of its idling, and of its whole life.
    func park() {
        let settings = endpoint.cluster.settings
        let idle = settings.idleTimeoutMilliseconds.map { worker.now &+ $0 } ?? .max
        let whole = settings.maxConnectionDurationMilliseconds.map { openedAt &+ $0 } ?? .max
        guard idle != .max || whole != .max else { return }
        timer?.set(min(idle, whole))
    }

    private func timePassed() {
        if isShakingHands {
            handshakeError = .connectionTimeout
            return close()
        }
        guard exchange == nil else { return }
        endpoint.cluster.counters.add(isTooOld ? .upstreamConnectionMaxDuration : .upstreamConnectionIdleTimeout)
        close()
    }

    private func fail(_ reason: UpstreamReset) {
        let exchange = exchange
        self.exchange = nil
        close()
        exchange?.fail(reason)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        exchange?.deliver(.writabilityChanged)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        disconnected()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isShakingHands, handshakeError == nil {
            handshakeError = .tlsFailure(worker.text(ofHandshake: error, on: context.channel))
            endpoint.cluster.counters.addFailure(ofHandshake: error)
        }
        // Any socket error ends the connection; `channelInactive` says so to the exchange.
        context.close(after: error)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        disconnected()
        self.context = nil
        socket?.deliver(to: nil)
        socket = nil
    }

    private func disconnected() {
        guard state.phase != .closed else { return }
        // What breaks off in the middle is no HTTP, as Envoy sees it; a close instead of an answer is just that.
        let reason: UpstreamReset = parser.isInsideMessage ? .protocolError : .connectionTermination
        finishBody()
        state.close()
        timer?.cancel()
        timer = nil
        rest = nil
        writer.discard()
        endpoint.cluster.counters.add(.upstreamConnectionSentBytes, writer.bytesWritten)
        if isOpen { endpoint.pool.closed(self) }
        if isShakingHands {
            isShakingHands = false
            endpoint.pool.refused(self, handshakeError ?? .connectionTermination)
        }
        let exchange = exchange
        self.exchange = nil
        if exchange != nil, reason == .protocolError {
            endpoint.cluster.counters.add(.upstreamConnectionProtocolError)
        }
        exchange?.fail(reason)
    }

    /// The peer closed: for a body without length that is its proper end.
    private func finishBody() {
        guard let exchange, case .end = parser.finish() else { return }
        self.exchange = nil
        exchange.deliver(.end)
        exchange.connection = nil
        exchange.finished()
        exchange.deliver(.turnEnded)
    }
}
