internal import MeshTelemetry
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import ProxyTLS
internal import ProxyUpstream

/// The upstream side of a TCP proxy connection.
final class TCPUpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private weak var downstream: TCPProxyConnection?
    private let worker: Worker
    private let endpoint: UpstreamEndpoint
    private var holdsConnection: Bool
    private var context: ChannelHandlerContext?
    private var isPaused = false
    private var holdsRead = false
    private var isCounted = false
    /// The socket was connected, and has not gone.
    var isUp = false
    /// The handshake that must come first; nil for plaintext.
    var security: UpstreamSecurity?
    private var isShakingHands = false
    private var handshakeError: UpstreamReset?
    private var timer: TimerEntry?

    /// `holdsConnection` says that the cluster's circuit breaker counts it.
    init(_ downstream: TCPProxyConnection, endpoint: UpstreamEndpoint, holdsConnection: Bool) {
        self.downstream = downstream
        worker = downstream.worker
        self.endpoint = endpoint
        self.holdsConnection = holdsConnection
    }

    private var counters: ClusterCounters { endpoint.cluster.counters }

    /// Gives back what the circuit breaker counts, once.
    func release() {
        guard holdsConnection else { return }
        holdsConnection = false
        endpoint.cluster.giveConnection()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        settle()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        isCounted = true
        counters.add(.upstreamConnectionActive)
        endpoint.connectionActive &+= 1
        guard security != nil else { return }
        isShakingHands = true
        let timer = TimerEntry(wheel: worker.timers) { [unowned self] in handshakeTimedOut() }
        timer.set(worker.clock.milliseconds &+ endpoint.cluster.settings.connectTimeoutMilliseconds)
        self.timer = timer
    }

    private func handshakeTimedOut() {
        guard isShakingHands else { return }
        handshakeError = .connectionTimeout
        close()
    }

    private func handshakeCompleted(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        if let refusal = security?.refusal(on: context.channel, worker: worker) {
            handshakeError = .tlsFailure(refusal.text)
            counters.addFailure(ofHandshake: refusal)
            return close()
        }
        counters.addHandshake()
        isShakingHands = false
        guard let downstream else { return close() }
        downstream.connected(self)
    }

    func send(_ bytes: ByteBuffer) {
        counters.add(.upstreamConnectionSentBytes, UInt64(bytes.readableBytes))
        context?.write(NIOAny(bytes), promise: nil)
    }

    func flush() { context?.flush() }

    func close() { context?.close(promise: nil) }

    /// The caller sends no more.
    func endInput() {
        guard let context else { return }
        let done = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: done)
        done.futureResult.assumeIsolated().whenComplete { [self] _ in
            self.context?.close(mode: .output, promise: nil)
        }
    }

    func setPaused(_ paused: Bool) {
        isPaused = paused
        guard !paused, holdsRead else { return }
        holdsRead = false
        context?.read()
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { holdsRead = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        counters.add(.upstreamConnectionReceivedBytes, UInt64(bytes.readableBytes))
        downstream?.send(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) { downstream?.flush() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        downstream?.isUpstreamFull = !context.channel.isWritable
        downstream?.resumeReads()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isShakingHands, case TLSUserEvent.handshakeCompleted = event { return handshakeCompleted(context) }
        if case ChannelEvent.inputClosed = event, !isShakingHands { downstream?.upstreamEnded() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isShakingHands {
            if handshakeError == nil {
                handshakeError = .tlsFailure(worker.text(ofHandshake: error, on: context.channel))
                counters.addFailure(ofHandshake: error)
            }
        } else if let failure = error as? NIOSSLError, case .uncleanShutdown = failure {
            // Many peers just close.
            return
        } else if isCounted {
            downstream?.upstreamFailed()
        }
        context.close(after: error)
    }

    func channelInactive(context: ChannelHandlerContext) { settle() }

    /// The connection is gone, perhaps before its pipeline became active.
    private func settle() {
        guard isUp else { return }
        isUp = false
        if isCounted {
            isCounted = false
            counters.subtract(.upstreamConnectionActive)
            endpoint.connectionActive &-= 1
        }
        release()
        timer?.cancel()
        timer = nil
        counters.add(.upstreamConnectionDestroy)
        guard isShakingHands else {
            downstream?.upstreamDisconnected()
            return
        }
        isShakingHands = false
        downstream?.handshakeFailed(handshakeError ?? .connectionTermination, endpoint)
    }
}
