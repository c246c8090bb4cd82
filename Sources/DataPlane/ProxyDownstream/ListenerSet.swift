internal import MeshTelemetry
package import NIOCore
package import ProxyFilters
package import ProxySnapshot
package import ProxyUpstream
internal import SocketTransport

/// The listeners of one worker: sockets opened and closed as snapshots come, without touching live connections.
///
/// Each worker has its own socket for every address (`SO_REUSEPORT`), so that the kernel spreads connections.
package final class ListenerSet {
    /// A bound address: its socket and the listener new connections get.
    private final class Bound {
        var scope: ListenerScope
        var listener: SocketListener?

        init(_ scope: ListenerScope) { self.scope = scope }
    }

    let worker: Worker
    package let statistics = DownstreamStatistics()
    /// What the worker remembers of its last requests.
    package let decisions = DecisionRing()
    let logs: AccessLogSinks
    private var scopes: [String: ListenerScope] = [:]
    private var retired: [ListenerScope] = []
    private var bound: [SocketAddressValue: Bound] = [:]
    private var byAddress: [SocketAddressValue: ListenerScope] = [:]
    private var isDraining = false
    private var isDrainingInbound = false
    private var isDrainingOutbound = false
    private let drainDuration: Duration
    private let checker: (any AuthorizationChecking)?
    private let reportFailure: @Sendable (String, String) -> Void

    /// `drainDuration` is how long connections of a listener that was removed or replaced may take to end.
    /// `checker` asks authorization services over gRPC; without one they count as not answering.
    /// `reportFailure` hears of addresses that cannot be bound: listener name and reason.
    package init(
        worker: Worker,
        logs: AccessLogSinks,
        drainDuration: Duration = .seconds(600),
        checker: (any AuthorizationChecking)? = nil,
        reportFailure: @escaping @Sendable (String, String) -> Void = { _, _ in }
    ) {
        self.worker = worker
        self.logs = logs
        self.drainDuration = drainDuration
        self.checker = checker
        self.reportFailure = reportFailure
    }

    /// The listeners that take connections.
    package var active: [ListenerScope] { scopes.values.sorted { $0.listener.name < $1.listener.name } }

    /// Connections on any listener, retired ones included.
    package var connectionCount: Int {
        scopes.values.reduce(0) { $0 + $1.connectionActive } + retired.reduce(0) { $0 + $1.connectionActive }
    }

    /// Where the socket of a listener is bound; for tests that ask for port 0.
    package func localAddress(of name: String) -> SocketAddress? {
        bound.values.first { $0.scope.listener.name == name }?.listener?.localAddress
    }

    // MARK: Snapshots

    /// Opens, replaces and closes listeners; call after `Worker.publish`.
    package func apply(_ snapshot: ProxySnapshot) {
        guard !isDraining else { return }
        retired.removeAll { $0.connectionActive == 0 }
        var next: [String: ListenerScope] = [:]
        var changed: Set<String> = []
        for listener in snapshot.listeners {
            let old = scopes[listener.name]
            let scope =
                old.flatMap { $0.listener === listener ? $0 : nil } ?? ListenerScope(listener, checker: checker)
            if let old, old !== scope {
                retired.append(old)
                changed.insert(listener.name)
            }
            next[listener.name] = scope
        }
        for (name, scope) in scopes where next[name] == nil {
            retired.append(scope)
            changed.insert(name)
        }
        let deadline = worker.clock.milliseconds &+ drainDuration.wholeMilliseconds
        for scope in retired where changed.contains(scope.listener.name) {
            scope.end(for: next[scope.listener.name]?.listener, by: deadline)
        }
        scopes = next
        if isDrainingInbound { drainInbound(andOutbound: isDrainingOutbound) }
        byAddress = [:]
        for scope in next.values {
            for address in scope.listener.allAddresses { byAddress[address] = scope }
        }
        syncSockets()
    }

    private func syncSockets() {
        var wanted: [SocketAddressValue: ListenerScope] = [:]
        for scope in scopes.values where scope.listener.bindsToPort {
            for address in scope.listener.allAddresses { wanted[address] = scope }
        }
        for (address, socket) in bound where wanted[address] == nil {
            close(socket)
            bound[address] = nil
        }
        for (address, scope) in wanted {
            if let socket = bound[address] {
                socket.scope = scope
            } else {
                let socket = Bound(scope)
                bound[address] = socket
                open(socket, address)
            }
        }
    }

    private func open(_ socket: Bound, _ address: SocketAddressValue) {
        guard let target = SocketAddress(address) else { return }
        guard let loop = worker.sockets else {
            return reportFailure(socket.scope.listener.name, "cannot bind \(address): the loop has no sockets")
        }
        let limit = max(1024, socket.scope.listener.perConnectionBufferLimit)
        var options: [SocketSetting] = [.reuseAddress, .reusePort]
        if socket.scope.listener.isTransparent { options.append(.transparent(isIPv6: address.address.isIPv6)) }
        do throws(IOError) {
            socket.listener = try SocketListener(target, on: loop, options: options, connectionOptions: [.noDelay]) {
                [weak self, weak socket] channel in
                guard let self, let socket else { throw ChannelError.ioOnClosedChannel }
                try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: limit / 2, high: limit))
                try accepted(channel, by: socket.scope)
            }
        } catch {
            reportFailure(socket.scope.listener.name, "cannot bind \(address): \(error)")
        }
    }

    private func close(_ socket: Bound) {
        socket.listener?.close()
        socket.listener = nil
    }

    // MARK: Connections

    private func accepted(_ channel: SocketChannel, by scope: ListenerScope) throws {
        guard let remote = channel.remoteAddress?.value, let local = channel.localAddress?.value else {
            return channel.close(promise: nil)
        }
        var scope = scope
        var original: SocketAddressValue?
        if scope.listener.restoresOriginalDestination {
            original = OriginalDestination.read(channel)?.value ?? (scope.listener.isTransparent ? local : nil)
            if scope.listener.usesOriginalDestination, let original, original != local {
                scope = handOff(original) ?? scope
            }
        }
        let arrival = Arrival(
            set: self,
            scope: scope,
            remote: remote,
            local: original ?? local,
            originalDestination: original == local && !scope.listener.isTransparent ? nil : original,
            acceptedAt: worker.refreshTime(),
            acceptedAtWall: worker.clock.wallNanoseconds
        )
        try arrival.begin(on: channel)
    }

    /// The listener for an original destination: the exact address, else the wildcard on its port (as Envoy does).
    private func handOff(_ destination: SocketAddressValue) -> ListenerScope? {
        if let exact = byAddress[destination] { return exact }
        let any = destination.address.isIPv6 ? IPAddress(v6High: 0, low: 0) : IPAddress(v4: 0)
        if let wildcard = byAddress[SocketAddressValue(address: any, port: destination.port)] { return wildcard }
        guard !destination.address.isIPv6 else { return nil }
        return byAddress[SocketAddressValue(address: IPAddress(v6High: 0, low: 0), port: destination.port)]
    }

    // MARK: Draining

    /// Stops accepting and tells connections to end.
    package func drain() {
        isDraining = true
        for socket in bound.values { close(socket) }
        bound = [:]
        for scope in scopes.values { scope.drain() }
        for scope in retired { scope.drain() }
    }

    /// Tells connections of inbound listeners to end, but goes on accepting: whoever has not heard yet that this
    /// workload goes is still served, one request a connection.
    ///
    /// With `andOutbound` those of all listeners: Istio calls a gateway's listeners outbound.
    package func drainInbound(andOutbound: Bool = false) {
        isDrainingInbound = true
        isDrainingOutbound = andOutbound
        for scope in scopes.values where andOutbound || scope.listener.trafficDirection != .outbound {
            scope.discourage()
        }
    }

    /// Closes what is left.
    package func closeAll() {
        for scope in scopes.values { scope.closeAll() }
        for scope in retired { scope.closeAll() }
    }
}

extension Listener {
    var allAddresses: [SocketAddressValue] { [address] + additionalAddresses }

    var restoresOriginalDestination: Bool { usesOriginalDestination || listenerFilters.contains(.originalDestination) }
}
