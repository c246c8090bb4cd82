import NIOCore
import NIOPosix
import ProxyFilters
import ProxySnapshot
import ProxyTLS
import ProxyUpstream
import SocketTransport
import Synchronization
import Testing

@testable import ProxyDownstream

/// A proxy of one worker in this process: a listener on a free port, one cluster, real sockets, a clock that is moved.
struct ProxyHarness: Sendable {
    let group: MultiThreadedEventLoopGroup
    let clock = ManualClock()
    let port: Int
    /// How long connections of a replaced listener have.
    static let drainSeconds: Int64 = 5
    private let lines: LogLines
    private let snapshot: ProxySnapshot
    private let site: NIOLoopBound<Site>
    private let loop: SocketLoop

    private final class Site {
        let worker: Worker
        let listeners: ListenerSet

        init(_ worker: Worker, _ listeners: ListenerSet) {
            self.worker = worker
            self.listeners = listeners
        }
    }

    /// Runs `body` with a proxy in front of `server`.
    static func run(
        _ server: ScriptedServer,
        routes: [Route]? = nil,
        manager change: ((RouteSource) -> HTTPConnectionManager)? = nil,
        filter: NetworkFilter? = nil,
        guards: [ConnectionGuard] = [],
        match: FilterChainMatch = FilterChainMatch(),
        accessLogs: [AccessLog] = [],
        cluster: ((LoadAssignment) -> Cluster)? = nil,
        bufferLimit: Int = 1 << 20,
        tls: TLSContexts = TLSContexts(),
        socket: TransportSocket = .rawBuffer,
        _ body: (ProxyHarness) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        try await server.start(group)
        let loopback = IPAddress(v4: 0x7F00_0001)
        let assignment = LoadAssignment(
            localities: [LocalityEndpoints(locality: Locality(), priority: 0, weight: nil, range: 0..<1)],
            endpoints: [
                Endpoint(address: .socket(SocketAddressValue(address: loopback, port: UInt16(server.port))))
            ],
            priorities: [0..<1]
        )
        let index = ClusterIndex(rawValue: 0)
        let upstream =
            cluster?(assignment)
            ?? Cluster(name: "up", index: index, endpoints: assignment, perConnectionBufferLimit: bufferLimit)
        let action = RouteAction(cluster: .cluster(index))
        let all = routes ?? [Route(name: "r", match: RouteMatch(path: .prefix([0x2F])), action: .forward(action))]
        let host = VirtualHost(name: "v", domains: ["*"], routes: all)
        let table = RouteConfiguration(
            name: "t",
            virtualHosts: [host],
            hosts: try VirtualHostIndex(domains: [["*"]])
        )
        let manager =
            change?(.inline(table))
            ?? HTTPConnectionManager(statPrefix: "test", routeSource: .inline(table), serverName: "istio-envoy")
        let listener = Listener(
            name: "l",
            address: SocketAddressValue(address: loopback, port: 0),
            filterChains: [
                FilterChain(
                    name: "c",
                    match: match,
                    guards: guards,
                    networkFilter: filter ?? .httpConnectionManager(manager),
                    transportSocket: socket
                )
            ],
            accessLogs: accessLogs,
            perConnectionBufferLimit: bufferLimit
        )
        let snapshot = ProxySnapshot(listeners: [listener], clusterSlots: [upstream])
        let harness = try await ProxyHarness(group, snapshot, tls)
        try await body(harness)
        await harness.stop()
        try await group.shutdownGracefully()
    }

    private init(
        _ group: MultiThreadedEventLoopGroup,
        _ snapshot: ProxySnapshot,
        _ tls: TLSContexts
    ) async throws {
        self.group = group
        let loop = try SocketLoop(name: "proxy")
        self.loop = loop
        let clock = clock
        let lines = LogLines()
        self.lines = lines
        self.snapshot = snapshot
        let site = try await loop.submit {
            let worker = Worker(index: 0, eventLoop: loop, clock: .manual(clock), tls: tls)
            let listeners = ListenerSet(
                worker: worker,
                logs: AccessLogSinks { _, bytes in lines.append(String(buffer: bytes)) },
                drainDuration: .seconds(Self.drainSeconds)
            )
            worker.publish(snapshot)
            listeners.apply(snapshot)
            return NIOLoopBound(Site(worker, listeners), eventLoop: loop)
        }.get()
        self.site = site
        port = try #require(try await loop.submit { site.value.listeners.localAddress(of: "l")?.port }.get())
    }

    func client() async throws -> RawClient { try await RawClient.connect(to: port, group: group) }

    /// Moves the clock and does what is due.
    func advance(milliseconds: Int64) async throws {
        clock.advance(milliseconds: milliseconds)
        let site = site
        try await loop.submit { _ = site.value.worker.runTick() }.get()
    }

    /// Waits for `isDone` while so much time passes as any back-off takes; the suite's time limit ends it.
    func pass(until isDone: () -> Bool) async throws {
        var passed = 0
        while !isDone() {
            try Task.checkCancellation()
            // No more than that: the sockets of a busy machine must not be late for a time limit.
            try await advance(milliseconds: passed < 300 ? 1 : 0)
            passed += 1
        }
    }

    /// Waits for a count, while no time passes; the suite's time limit ends it.
    func wait(for statistic: DownstreamStatistic, _ isReached: (UInt64) -> Bool) async throws {
        while try await !isReached(http(statistic)) { try Task.checkCancellation() }
    }

    /// A counter of the one cluster.
    func count(_ statistic: ClusterStatistic) async throws -> UInt64 {
        try await onLoop { worker, _ in worker.clusters.all.first?.counters.table[statistic] ?? 0 }
    }

    /// A counter of the connection manager.
    func http(_ statistic: DownstreamStatistic) async throws -> UInt64 {
        try await onLoop { _, listeners in listeners.statistics.all.first?.table[statistic] ?? 0 }
    }

    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (Worker, ListenerSet) -> Value) async throws -> Value {
        let site = site
        return try await loop.submit { body(site.value.worker, site.value.listeners) }.get()
    }

    /// Replaces the listener by one that has `filter`, or removes it.
    func replaceListener(_ filter: NetworkFilter?) async throws {
        let old = snapshot.listeners.first
        let listener = filter.flatMap { filter in
            old.map {
                Listener(
                    name: $0.name,
                    address: $0.address,
                    filterChains: [FilterChain(name: "c", networkFilter: filter)]
                )
            }
        }
        let next = ProxySnapshot(listeners: listener.map { [$0] } ?? [], clusterSlots: snapshot.clusterSlots)
        let site = site
        try await loop.submit {
            site.value.worker.publish(next)
            site.value.listeners.apply(next)
        }.get()
    }

    /// The access log once there is any: a connection is logged a turn of the loop after it ended.
    func logged() async throws -> String {
        let site = site
        while lines.text.isEmpty {
            try Task.checkCancellation()
            try await loop.submit { site.value.listeners.logs.flush() }.get()
        }
        return lines.text
    }

    private func stop() async {
        let site = site
        try? await loop.submit {
            site.value.listeners.drain()
            site.value.listeners.closeAll()
        }.get()
        try? await loop.shutdownGracefully()
    }
}

/// What access logs wrote.
private final class LogLines: Sendable {
    private let lines = Mutex("")

    var text: String { lines.withLock { $0 } }

    func append(_ more: String) { lines.withLock { $0 += more } }
}
