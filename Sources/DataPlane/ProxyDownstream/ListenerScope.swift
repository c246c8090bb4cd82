package import ProxyFilters
package import ProxySnapshot
package import ProxyTLS
package import ProxyUpstream

/// A listener as one worker sees it: its connection managers and the connections it accepted, each of which keeps
/// this object until it ends.
package final class ListenerScope {
    package let listener: Listener
    /// True once the listener was removed or the process is going: keep-alive ends with the next answer.
    package private(set) var isDraining = false
    package private(set) var connectionTotal: UInt64 = 0
    package var connectionActive: Int { connections.count + tcpConnections.count }

    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var tcpConnections: [ObjectIdentifier: TCPProxyConnection] = [:]
    private var managers: [ObjectIdentifier: HTTPManagerScope] = [:]
    private var proxyLogs: [ObjectIdentifier: AccessLogs] = [:]
    private var ownLogs: AccessLogs?
    private var guards: [ObjectIdentifier: AuthorizationScope] = [:]
    private var checks: [ObjectIdentifier: CheckScope] = [:]

    /// Asks authorization services over gRPC; without it they count as not answering.
    let checker: (any AuthorizationChecking)?

    package init(_ listener: Listener, checker: (any AuthorizationChecking)? = nil) {
        self.listener = listener
        self.checker = checker
    }

    /// The connection manager of a chain, made ready once per worker.
    func scope(of manager: HTTPConnectionManager, statistics: DownstreamStatistics, logs: AccessLogSinks)
        -> HTTPManagerScope
    {
        let key = ObjectIdentifier(manager)
        if let known = managers[key] { return known }
        let made = HTTPManagerScope(
            manager,
            counters: statistics.counters(prefix: manager.statPrefix),
            logs: AccessLogs(manager.accessLogs, client: ForwardedClient(manager), sinks: logs),
            bufferLimit: listener.perConnectionBufferLimit
        )
        managers[key] = made
        return made
    }

    /// The logs of a chain's TCP proxy, compiled once per worker.
    func accessLogs(of proxy: TCPProxy, sinks: AccessLogSinks) -> AccessLogs {
        let key = ObjectIdentifier(proxy)
        if let known = proxyLogs[key] { return known }
        let made = AccessLogs(proxy.accessLogs, sinks: sinks)
        proxyLogs[key] = made
        return made
    }

    /// The listener's own logs, for connections that no chain took.
    func accessLogs(sinks: AccessLogSinks) -> AccessLogs {
        if let known = ownLogs { return known }
        let made = AccessLogs(listener.accessLogs, sinks: sinks)
        ownLogs = made
        return made
    }

    /// Why a chain's network filters refuse a connection; nil if they let it pass.
    ///
    /// They are asked once, when all is known that they can ask for, and before anything is opened upstream: sooner than
    /// Envoy, which waits for the first byte and gives the same answer then.
    /// `metadata` gets what they found out.
    func refusal(
        by chain: FilterChain,
        facts: DownstreamFacts,
        statistics: DownstreamStatistics,
        metadata: inout RequestMetadata
    ) -> ContiguousArray<UInt8>? {
        for (position, filter) in chain.guards.enumerated() {
            switch filter {
            case .authorization(let filter):
                let scope = scope(of: filter, at: position, statistics: statistics)
                if let reason = AuthorizationGate(scope, facts: facts).admitConnection(&metadata) { return reason }
            case .externalAuthorization: break
            }
        }
        return nil
    }

    /// The service that a chain's network filters ask about the connection, if it is to be asked.
    func check(by chain: FilterChain, statistics: DownstreamStatistics, metadata: RequestMetadata) -> CheckScope? {
        for case .externalAuthorization(let filter) in chain.guards {
            let key = ObjectIdentifier(filter)
            let scope = checks[key] ?? CheckScope(filter, scope: "ext_authz.", counters: statistics.network)
            checks[key] = scope
            if scope.isWanted(metadata) { return scope }
        }
        return nil
    }

    private func scope(of filter: AuthorizationFilter, at position: Int, statistics: DownstreamStatistics)
        -> AuthorizationScope
    {
        let key = ObjectIdentifier(filter)
        if let known = guards[key] { return known }
        let made = AuthorizationScope(
            filter,
            position: position,
            namespace: "envoy.filters.network.rbac",
            scope: "\(filter.statPrefix)rbac.",
            counters: statistics.network
        )
        guards[key] = made
        return made
    }

    func opened(_ connection: HTTPConnection) {
        connectionTotal &+= 1
        connections[ObjectIdentifier(connection)] = connection
    }

    func closed(_ connection: HTTPConnection) { connections[ObjectIdentifier(connection)] = nil }

    func opened(_ connection: TCPProxyConnection) {
        connectionTotal &+= 1
        tcpConnections[ObjectIdentifier(connection)] = connection
    }

    func closed(_ connection: TCPProxyConnection) { tcpConnections[ObjectIdentifier(connection)] = nil }

    /// Tells every HTTP connection to end after the answer under way; those between requests close now.
    package func drain() {
        discourage()
        for connection in connections.values { connection.drain() }
    }

    /// Lets each connection end with its next answer. Idle ones stay open: their caller may be sending at this moment.
    func discourage() { isDraining = true }

    /// Gives the connections of chains that `next` does not have until `deadline`, in milliseconds of the worker, to end.
    ///
    /// `next` is the listener of the same name, nil if there is none any more: then connections between requests close
    /// at once.
    func end(for next: Listener?, by deadline: Int64) {
        let chains = next.map { $0.filterChains + ($0.defaultFilterChain.map { [$0] } ?? []) } ?? []
        var verdicts: [ObjectIdentifier: Bool] = [:]
        func goesOn(_ chain: FilterChain) -> Bool {
            if let known = verdicts[ObjectIdentifier(chain)] { return known }
            let verdict = chains.contains { chain.isSame(as: $0) }
            verdicts[ObjectIdentifier(chain)] = verdict
            return verdict
        }
        for connection in connections.values where !goesOn(connection.chain) { connection.end(by: deadline) }
        for connection in tcpConnections.values where !goesOn(connection.chain) { connection.end(by: deadline) }
        if next == nil { drain() }
    }

    /// Closes whatever is left when the time for draining is over.
    package func closeAll() {
        for connection in connections.values { connection.close() }
        for connection in tcpConnections.values { connection.close() }
    }
}

/// A worker's downstream counters by statistics prefix; they outlive listeners.
package final class DownstreamStatistics {
    private var byPrefix: [String: DownstreamCounters] = [:]
    /// What network filters count, under their whole names.
    package let network = NamedCounters()
    private var byListener: [String: ListenerTLSCounters] = [:]

    package init() {}

    /// The counters of handshakes of listeners of this name.
    package func tls(of listener: String) -> ListenerTLSCounters {
        if let known = byListener[listener] { return known }
        let made = ListenerTLSCounters()
        byListener[listener] = made
        return made
    }

    /// The counters of the connection managers with this `stat_prefix`; they outlive their listeners.
    package func counters(prefix: String) -> DownstreamCounters {
        if let known = byPrefix[prefix] { return known }
        let made = DownstreamCounters(prefix: prefix)
        byPrefix[prefix] = made
        return made
    }

    package var all: [DownstreamCounters] { Array(byPrefix.values) }
}

/// A worker's counts of the handshakes of one listener.
package final class ListenerTLSCounters {
    package private(set) var table = CounterTable<TLSStatistic>()

    package init() {}

    /// Adds one.
    package func add(_ statistic: TLSStatistic) { table.add(statistic) }
}
