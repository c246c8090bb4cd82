/// One upstream connection's share of an exchange: what is still to be sent and received, and what comes after.
struct UpstreamConnectionState: Equatable {
    enum Phase: Equatable {
        case idle
        case busy
        case closed
    }

    /// What to do with the connection after a response.
    enum Aftermath: Equatable {
        case reuse
        case close
    }

    private(set) var phase: Phase = .idle
    private(set) var requestEnded = true
    private(set) var requestsServed = 0
    private var mustClose = false

    /// A request's head is about to be sent.
    mutating func begin() {
        phase = .busy
        requestEnded = false
        requestsServed &+= 1
    }

    /// The last byte of the request was written.
    mutating func endRequest() { requestEnded = true }

    /// A final head says whether the peer keeps the connection.
    mutating func receivedHead(keepAlive: Bool) {
        if !keepAlive { mustClose = true }
    }

    /// The pool is being replaced, or the connection is old: no further request.
    mutating func retire() { mustClose = true }

    /// The response is complete. `maxRequests` 0 is no limit.
    mutating func endResponse(maxRequests: Int) -> Aftermath {
        phase = .idle
        // A request still being sent when its answer is complete leaves the connection in the middle of a message.
        guard requestEnded, !mustClose, maxRequests == 0 || requestsServed < maxRequests else { return .close }
        return .reuse
    }

    mutating func close() { phase = .closed }
}
