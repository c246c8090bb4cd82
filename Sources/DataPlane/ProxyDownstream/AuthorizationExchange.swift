internal import HTTPWire
internal import NIOCore
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyUpstream

/// One question to an HTTP authorization service, through the pools of its cluster like any request.
///
/// It answers exactly once, by a call in a turn of its own, or not at all once it was cancelled. Whatever goes wrong is
/// `.failed`: no endpoint, an open circuit breaker, a reset at any moment, an answer too long or too late.
final class AuthorizationExchange {
    /// The longest answer that is read, in bytes.
    private static let longestBody = 1 << 16

    private let exchange = UpstreamExchange()
    private let check: HTTPCheck
    private let worker: Worker
    private var head: RequestHead
    private let body: [UInt8]
    private var answerBody: ContiguousArray<UInt8> = []
    private var timer: TimerEntry?
    private var answer: ((CheckAnswer) -> Void)?

    /// Asks; `answer` hears of the outcome.
    init(
        _ check: HTTPCheck,
        cluster: ClusterIndex,
        head: RequestHead,
        body: [UInt8],
        timeoutMilliseconds: Int64,
        worker: Worker,
        answer: @escaping (CheckAnswer) -> Void
    ) {
        self.check = check
        self.worker = worker
        self.head = head
        self.body = body
        self.answer = answer
        guard let cluster = worker.clusters.cluster(at: cluster),
            let endpoint = cluster.choose(random: &worker.random)
        else {
            finish(.failed)
            return
        }
        // The exchange keeps its owner alive until it is over.
        exchange.setReceiver { event in self.receive(event) }
        let timer = TimerEntry(wheel: worker.timers) { [unowned self] in
            exchange.cancel()
            finish(.failed)
        }
        timer.set(worker.now &+ max(1, timeoutMilliseconds))
        self.timer = timer
        switch exchange.start(on: endpoint) {
        case .ready: send()
        case .waiting: break
        case .overflow: finish(.failed)
        }
    }

    /// Nobody wants the answer any more.
    func cancel() {
        answer = nil
        exchange.cancel()
        settle()
    }

    private func send() {
        guard let connection = exchange.connection else { return }
        connection.send(&head, requestEnds: body.isEmpty)
        if !body.isEmpty {
            connection.send(ByteBuffer(bytes: body))
            connection.sendEnd()
        }
        connection.flush()
    }

    private func receive(_ event: UpstreamEvent) {
        switch event {
        case .ready: send()
        case .head:
            if let connection = exchange.connection {
                exchange.endpoint?.addOutcome(status: connection.responseHead.status)
                // Taken now: the connection is gone when the answer ends.
                responseHead = connection.responseHead
            }
        case .body(let slice):
            guard answerBody.count &+ slice.readableBytes <= Self.longestBody else {
                exchange.cancel()
                return finish(.failed)
            }
            answerBody.append(contentsOf: slice.readableBytesView)
        case .end: finish(check.answer(responseHead, body: answerBody))
        case .reset(let reason):
            exchange.endpoint?.addReset(reason)
            finish(.failed)
        case .informational, .trailers, .turnEnded, .writabilityChanged: break
        }
    }

    private var responseHead = ResponseHead()

    private func finish(_ outcome: CheckAnswer) {
        settle()
        guard let answer else { return }
        self.answer = nil
        // In a turn of its own: what follows may use the connections that are calling now.
        worker.eventLoop.assumeIsolated().execute { answer(outcome) }
    }

    private func settle() {
        timer?.cancel()
        timer = nil
        exchange.setReceiver(nil)
    }
}
