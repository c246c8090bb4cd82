internal import HTTPWire
internal import NIOCore
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyUpstream

/// A question to an external authorization service that a request waits for.
struct PendingCheck {
    /// Tells answers to this question from those to earlier ones.
    var number: UInt64 = 0
    /// The gate that asks; nil when nothing is asked.
    var gate: CheckScope?
    var exchange: AuthorizationExchange?
    /// Milliseconds of the worker when the question was asked.
    var askedAt: Int64 = 0
    /// The body is being gathered before the question is asked.
    var isGathering = false
    /// What was gathered of the body, until it goes upstream.
    var body = HeldBody()
    var hasGathered = false

    mutating func end() {
        guard gate != nil || hasGathered else { return }
        number &+= 1
        gate = nil
        exchange?.cancel()
        exchange = nil
        isGathering = false
        body.removeAll()
        hasGathered = false
    }
}

extension HTTPConnection {
    /// Asks an external authorization service, once as much of the body is there as it is to see; false if it need not be
    /// asked.
    func beginCheck(_ gate: CheckScope) -> Bool {
        guard gate.isWanted(request.metadata) else { return false }
        admission.check.number &+= 1
        admission.check.gate = gate
        if gate.filter.body != nil, state.request == .receiving {
            admission.check.isGathering = true
            admission.check.hasGathered = true
        } else {
            ask()
        }
        return true
    }

    /// Keeps a stretch of the body; asks when that is enough.
    func gather(_ slice: ByteBuffer) {
        guard let limit = admission.check.gate?.filter.body else { return }
        admission.check.body.append(slice)
        guard admission.check.body.bytes >= limit.bytes else { return }
        if admission.check.body.bytes > limit.bytes, !limit.allowsPartial { return send(.payloadTooLarge) }
        // Exactly as much as allowed may be all there is.
        if limit.allowsPartial { ask() }
    }

    /// The body is complete.
    func gatheredAll() {
        if admission.check.isGathering { ask() }
    }

    private func ask() {
        guard let gate = admission.check.gate else { return }
        admission.check.isGathering = false
        admission.check.askedAt = worker.now
        // What more comes of the body waits.
        awaitsUpstream = state.request == .receiving
        let told = gate.filter.body.map { toldBody($0) }
        switch gate.filter.service {
        case .http(let service):
            let check = HTTPCheck(gate.filter, service)
            let bytes = told?.bytes ?? []
            let timeout = service.timeout.wholeMilliseconds
            let head = check.head(
                about: request.request,
                bodyLength: bytes.count,
                isPartial: told?.isPartial ?? false,
                timeoutMilliseconds: timeout
            )
            let number = admission.check.number
            admission.check.exchange = AuthorizationExchange(
                check,
                cluster: service.cluster,
                head: head,
                body: bytes,
                timeoutMilliseconds: timeout,
                worker: worker
            ) { [weak self] answer in self?.checked(answer, number) }
        case .grpc(let service):
            var subject = CheckSubject(facts, for: gate.filter)
            subject.add(request.request, for: gate.filter, body: told)
            ask(service, about: subject)
        }
    }

    private func ask(_ service: ExternalAuthorization.GRPCService, about subject: CheckSubject) {
        let number = admission.check.number
        guard let checker = listener.checker, let cluster = worker.clusters.cluster(at: service.cluster),
            let endpoint = cluster.choose(random: &worker.random)
        else {
            return worker.eventLoop.assumeIsolated().execute { [weak self] in self?.checked(.failed, number) }
        }
        let this = NIOLoopBound(WeakConnection(self), eventLoop: worker.eventLoop)
        let loop = worker.eventLoop
        checker.check(subject, of: service, at: endpoint) { answer in
            loop.execute { this.value.connection?.checked(answer, number) }
        }
    }

    private func toldBody(_ limit: ExternalAuthorization.BodyLimit) -> (bytes: [UInt8], isPartial: Bool) {
        var bytes: [UInt8] = []
        admission.check.body.forEach { bytes += $0.readableBytesView.prefix(max(0, limit.bytes - bytes.count)) }
        return (bytes, state.request == .receiving || bytes.count < admission.check.body.bytes)
    }

    /// The service has answered, perhaps to a question that nobody waits for any more.
    private func checked(_ answer: CheckAnswer, _ number: UInt64) {
        guard number == admission.check.number, let gate = admission.check.gate, state.response == .pending else {
            return
        }
        admission.check.gate = nil
        admission.check.exchange = nil
        _ = worker.refreshTime()
        awaitsUpstream = false
        let taken = max(0, worker.now &- admission.check.askedAt)
        if let reply = gate.apply(answer, to: request, milliseconds: taken) {
            send(reply)
        } else {
            if gate.filter.clearsRoute { admission.clearsRoute = true }
            continueAdmission()
        }
        continueInput()
        endTurn()
    }
}

/// A reference that does not keep a connection whose caller has left.
private struct WeakConnection {
    weak var connection: HTTPConnection?

    init(_ connection: HTTPConnection) { self.connection = connection }
}
