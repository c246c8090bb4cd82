package import NIOCore

/// What an upstream connection tells the exchange it serves, in order and on the worker's loop.
package enum UpstreamEvent {
    /// A connection was assigned after waiting for one: send the request.
    case ready
    /// An informational head (1xx other than 101) is in `connection.responseHead`.
    case informational
    /// The final head is in `connection.responseHead`.
    case head
    case body(ByteBuffer)
    /// The trailer section is in `connection.responseTrailers`.
    case trailers
    /// The response is complete; the connection is taken away right after this event.
    case end
    /// The exchange broke off; there is no connection any more.
    case reset(UpstreamReset)
    /// `connection.isWritable` changed.
    case writabilityChanged
    /// Everything read in this turn was delivered: flush.
    case turnEnded
}

/// One request on its way to one endpoint: waiting in a pool, then holding a connection.
///
/// Made once per downstream connection and used for its requests one after the other, so that a request allocates
/// nothing. Confined to its worker's loop.
package final class UpstreamExchange {
    /// The connection that serves the request, once there is one.
    package internal(set) var connection: UpstreamConnection?
    /// The endpoint asked, from `start` on; kept after the end for the log.
    package internal(set) var endpoint: UpstreamEndpoint?
    /// This side's address on the last connection, `ip:port`; empty before there was one. Kept after the end for the log.
    package internal(set) var localAddress: ContiguousArray<UInt8> = []
    /// Whether the connection had served another request before.
    package internal(set) var isReused = false
    /// Which circuit breaker was open, after `start` answered `.overflow` or the request was reset for it.
    package internal(set) var overflow: BreakerResource?

    var holdsPending = false
    private var holdsRequest = false
    // Set when the owner is made and cleared when it goes: the two refer to each other.
    private var receiver: ((UpstreamEvent) -> Void)?

    package init() {}

    /// Names who gets the events; nil ends that.
    package func setReceiver(_ receiver: ((UpstreamEvent) -> Void)?) {
        self.receiver = receiver
    }

    /// Whether a request is waiting for a connection or using one.
    package var isActive: Bool { connection != nil || isWaiting }
    package internal(set) var isWaiting = false

    /// The answer to a request for a connection.
    package enum Acquisition {
        /// `connection` is there: send the request.
        case ready
        /// `ready` or `reset` follows.
        case waiting
        /// A circuit breaker is open.
        case overflow
    }

    /// Asks `endpoint` for a connection.
    package func start(on endpoint: UpstreamEndpoint) -> Acquisition {
        self.endpoint = endpoint
        overflow = nil
        if !localAddress.isEmpty { localAddress = [] }
        endpoint.beginRequest()
        let answer = endpoint.pool.acquire(self)
        if case .overflow = answer { finished() }
        return answer
    }

    /// Counts the request among those that have a connection; false if there may be no more of them.
    ///
    /// One that waits in a pool is limited as pending and not as a request, as in Envoy.
    @inline(__always)
    func takeRequest() -> Bool {
        guard let endpoint, let held = endpoint.cluster.take(.requests) else {
            endpoint?.cluster.counters.add(.upstreamRequestActiveOverflow)
            overflow = .requests
            return false
        }
        holdsRequest = held
        return true
    }

    /// Settles the counts of a request that is over.
    @inline(__always)
    func finished() {
        guard let endpoint else { return }
        endpoint.endRequest()
        if holdsRequest { endpoint.cluster.give(.requests) }
        holdsRequest = false
    }

    /// Gives the request up: the caller went away or was answered. No event follows.
    package func cancel() {
        if isWaiting {
            isWaiting = false
            endpoint?.pool.cancel(self)
            finished()
        }
        guard let connection else { return }
        self.connection = nil
        connection.abandon()
        finished()
    }

    @inline(__always)
    func deliver(_ event: UpstreamEvent) { receiver?(event) }

    /// Delivers a reset after letting go of the connection.
    func fail(_ reason: UpstreamReset) {
        isWaiting = false
        connection = nil
        finished()
        deliver(.reset(reason))
    }
}
