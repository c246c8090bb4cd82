internal import NIOCore
internal import ProxySnapshot
internal import ProxyTLS
internal import SocketTransport

/// The connections of one worker to one endpoint.
final class ConnectionPool {
    private unowned let endpoint: UpstreamEndpoint
    private var state = ConnectionPoolState<UpstreamConnection, UpstreamExchange>()
    private var isRetired = false

    init(endpoint: UpstreamEndpoint) { self.endpoint = endpoint }

    private var cluster: UpstreamCluster { endpoint.cluster }

    /// Finds or opens a connection for `exchange`.
    @inline(__always)
    func acquire(_ exchange: UpstreamExchange) -> UpstreamExchange.Acquisition {
        while let connection = state.takeIdle() {
            guard !connection.isTooOld else {
                connection.close()
                continue
            }
            guard exchange.takeRequest() else {
                place(state.released(connection), connection)
                return .overflow
            }
            connection.assign(exchange)
            return .ready
        }
        return queue(exchange)
    }

    private func queue(_ exchange: UpstreamExchange) -> UpstreamExchange.Acquisition {
        guard let holdsPending = cluster.take(.pendingRequests) else {
            cluster.counters.add(.upstreamRequestPendingOverflow)
            exchange.overflow = .pendingRequests
            return .overflow
        }
        exchange.holdsPending = holdsPending
        exchange.isWaiting = true
        cluster.counters.add(.upstreamRequestPendingTotal)
        let holdsConnection = cluster.take(.connections)
        if holdsConnection == nil { cluster.counters.add(.upstreamConnectionOverflow) }
        if state.enqueue(exchange, mayConnect: holdsConnection != nil) {
            open(holdsConnection: holdsConnection ?? false)
        } else if holdsConnection == true {
            cluster.give(.connections)
        }
        return .waiting
    }

    private func leftQueue(_ exchange: UpstreamExchange) {
        if exchange.holdsPending { cluster.give(.pendingRequests) }
        exchange.holdsPending = false
    }

    func cancel(_ exchange: UpstreamExchange) {
        state.cancel(exchange)
        leftQueue(exchange)
    }

    /// A connection finished an exchange and is fit for another.
    func release(_ connection: UpstreamConnection) {
        if isRetired { return connection.close() }
        place(state.released(connection), connection)
    }

    /// A connection that was open is gone.
    func closed(_ connection: UpstreamConnection) {
        gone(connection)
        endpoint.connectionActive &-= 1
        cluster.counters.subtract(.upstreamConnectionActive)
        if state.closed(connection) { open(holdsConnection: cluster.take(.connections) ?? false) }
    }

    /// Takes no further requests; idle connections close now, busy ones when they are done.
    func retire() {
        isRetired = true
        for connection in state.idle { connection.retire() }
    }

    var isEmpty: Bool { state.isEmpty }

    private func place(
        _ placement: ConnectionPoolState<UpstreamConnection, UpstreamExchange>.Placement,
        _ connection: UpstreamConnection
    ) {
        var placement = placement
        while case .serve(let exchange) = placement {
            leftQueue(exchange)
            guard exchange.takeRequest() else {
                exchange.fail(.overflow)
                placement = state.released(connection)
                continue
            }
            connection.assign(exchange)
            exchange.deliver(.ready)
            return connection.flush()
        }
        connection.park()
    }

    private func gone(_ connection: UpstreamConnection) {
        if connection.holdsBreaker { cluster.give(.connections) }
        connection.holdsBreaker = false
        cluster.counters.add(.upstreamConnectionDestroy)
    }

    private func open(holdsConnection: Bool) {
        let connection = UpstreamConnection(endpoint: endpoint, worker: endpoint.worker)
        connection.holdsBreaker = holdsConnection
        cluster.counters.add(.upstreamConnectionTotal)
        endpoint.connectionTotal &+= 1
        var security: UpstreamSecurity?
        if case .tls(let settings) = endpoint.transportSocket {
            switch UpstreamSecurity.make(settings, for: endpoint, speaksHTTP: true) {
            case .success(let made): security = made
            case .failure(let error): return failLater(connection, .tlsFailure(error.reason))
            }
        }
        connection.security = security
        guard let loop = endpoint.worker.sockets else {
            return failLater(connection, .localConnectionFailure(errno: 0))
        }
        let settings = cluster.settings
        UpstreamConnector.connector(settings).connect(to: endpoint.address, on: loop) { channel in
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: UpstreamConnector.waterMark(settings))
            if let security { try channel.pipeline.syncOperations.addHandler(security.makeHandler()) }
            try channel.pipeline.syncOperations.addHandler(connection)
        } connected: { [self] result in
            switch result {
            case .success:
                connection.connected()
                if security == nil { opened(connection) }
            case .failure(let error): failed(connection, UpstreamConnector.reset(for: error))
            }
        }
    }

    /// In a turn of its own: whoever asks for a connection is not done asking.
    private func failLater(_ connection: UpstreamConnection, _ reason: UpstreamReset) {
        let this = NIOLoopBound((self, connection), eventLoop: endpoint.worker.eventLoop)
        endpoint.worker.eventLoop.execute { this.value.0.failed(this.value.1, reason) }
    }

    /// The handshake of a connection is done, and its peer is who it must be.
    func secured(_ connection: UpstreamConnection) { opened(connection) }

    /// A connection ended before its handshake did.
    func refused(_ connection: UpstreamConnection, _ reason: UpstreamReset) { failed(connection, reason) }

    private func opened(_ connection: UpstreamConnection) {
        endpoint.connectionActive &+= 1
        cluster.counters.add(.upstreamConnectionActive)
        // In this order: retired first it would be idle and close under the request that waits for it.
        place(state.connected(connection), connection)
        if isRetired { connection.retire() }
    }

    private func failed(_ connection: UpstreamConnection, _ reason: UpstreamReset) {
        gone(connection)
        cluster.counters.add(.upstreamConnectionConnectFail)
        if reason == .connectionTimeout { cluster.counters.add(.upstreamConnectionConnectTimeout) }
        endpoint.connectionConnectFail &+= 1
        for exchange in state.connectFailed() {
            leftQueue(exchange)
            cluster.counters.add(.upstreamRequestPendingFailureEject)
            exchange.fail(reason)
        }
    }
}
