internal import HTTPWire
internal import NIOCore
internal import ProxyFilters
internal import ProxyRouting
internal import ProxySnapshot
internal import ProxyUpstream

/// The copy of a request that goes to a mirror, fire and forget: whatever becomes of it, the request knows nothing.
///
/// It lives until its answer was read to the end, or its time is over. A mirror that is slow or dead costs at most the
/// copies a cluster may have under way on a worker, and their buffers; further ones are dropped and counted.
final class MirrorRequest {
    /// Without a time limit of the route a copy waits so long for its answer, in milliseconds.
    private static let longestWait: Int64 = 60_000

    private let exchange = UpstreamExchange()
    private let cluster: UpstreamCluster
    private let worker: Worker
    private let limit: Int
    private var head: RequestHead
    private var pending = HeldBody()
    private var isHeadSent = false
    private var isWhole = false
    private var isOver = false
    private var timer: TimerEntry?

    /// Sends a copy of `head` to the cluster of `policy`; nil if it may have no more of them or has no endpoint.
    init?(_ policy: MirrorPolicy, of head: RequestHead, scope: HTTPManagerScope, timeout: Int64?, worker: Worker) {
        guard let cluster = worker.clusters.cluster(at: policy.cluster),
            let endpoint = cluster.choose(random: &worker.random)
        else { return nil }
        guard cluster.takeMirror() else { return nil }
        self.cluster = cluster
        self.worker = worker
        limit = scope.bufferLimit
        self.head = head
        isWhole = !head.framing.hasBody
        if policy.appendsShadowSuffix { appendShadow() }
        // As the async client of Envoy marks what it sends itself.
        self.head.headers.set(.xEnvoyInternal, "true")
        // The exchange keeps its owner alive until it is over.
        exchange.setReceiver { event in self.receive(event) }
        let timer = TimerEntry(wheel: worker.timers) { [unowned self] in finish() }
        timer.set(worker.now &+ (timeout ?? Self.longestWait))
        self.timer = timer
        switch exchange.start(on: endpoint) {
        case .ready: ready()
        case .waiting: break
        case .overflow: finish()
        }
    }

    private func appendShadow() {
        guard let authority = head.authority else { return }
        let host = head.headers.withBytes(authority) { HostHeader.shadow(of: $0) }
        host.withUnsafeBytes { head.setAuthority($0) }
    }

    /// Passes on a stretch of the request's body.
    func send(_ slice: ByteBuffer) {
        guard !isOver else { return }
        if let connection = exchange.connection, isHeadSent, pending.isEmpty, connection.isWritable {
            connection.send(slice)
            return
        }
        pending.append(slice)
        guard pending.bytes > limit else { return }
        cluster.counters.add(.retryOrShadowAbandoned)
        finish()
    }

    /// The request is complete.
    func end() {
        isWhole = true
        drain()
    }

    /// The request broke off: so does its copy.
    func cancel() {
        if !isWhole { finish() }
    }

    /// Hands what was sent in this turn to the socket.
    func flush() { exchange.connection?.flush() }

    private func ready() {
        exchange.connection?.send(&head, requestEnds: !head.framing.hasBody)
        isHeadSent = true
        drain()
        flush()
    }

    private func drain() {
        guard !isOver, isHeadSent, let connection = exchange.connection, head.framing.hasBody else { return }
        while connection.isWritable, let slice = pending.popFirst() { connection.send(slice) }
        if isWhole, pending.isEmpty {
            // Once only: a head without body was whole when it was sent.
            head.framing = .none
            connection.sendEnd()
        }
    }

    /// The event comes in the middle of a write or flush, whose connection must not be written to meanwhile.
    private func continueLater() {
        guard !pending.isEmpty, exchange.connection?.isWritable == true else { return }
        worker.eventLoop.assumeIsolated().execute {
            self.drain()
            self.flush()
        }
    }

    private func receive(_ event: UpstreamEvent) {
        switch event {
        case .ready: ready()
        case .writabilityChanged: continueLater()
        case .head:
            if let connection = exchange.connection, let endpoint = exchange.endpoint {
                endpoint.addOutcome(status: connection.responseHead.status)
                if endpoint.isWatched { _ = endpoint.takeLoadReport(connection.responseHead.headers) }
            }
        case .end: settle()
        case .reset(let reason):
            exchange.endpoint?.addReset(reason)
            settle()
        case .informational, .body, .trailers, .turnEnded: break
        }
    }

    private func finish() {
        guard !isOver else { return }
        exchange.cancel()
        settle()
    }

    /// The exchange is over; its connection, if it has one still, goes back to the pool by itself.
    private func settle() {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        timer = nil
        pending.removeAll()
        exchange.setReceiver(nil)
        cluster.giveMirror()
    }
}
