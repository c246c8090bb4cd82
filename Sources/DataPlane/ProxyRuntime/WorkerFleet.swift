internal import AuthorizationClient
package import NIOCore
internal import ProxyAdmin
internal import ProxyBalancing
internal import ProxyDownstream
internal import ProxyFilters
package import ProxySnapshot
package import ProxyTLS
internal import ProxyUpstream
internal import Synchronization

/// What lives on one event loop.
final class WorkerSite {
    let worker: Worker
    let listeners: ListenerSet
    private let logs: AccessLogSinks
    private var ticks = 0

    init(
        worker: Worker,
        logs: AccessLogSinks,
        drainDuration: Duration,
        checker: (any AuthorizationChecking)?,
        reportFailure: @escaping @Sendable (String, String) -> Void
    ) {
        self.worker = worker
        self.logs = logs
        listeners = ListenerSet(
            worker: worker,
            logs: logs,
            drainDuration: drainDuration,
            checker: checker,
            reportFailure: reportFailure
        )
        worker.onTick { [unowned self] in tick() }
        worker.start()
    }

    /// Whether another tick is wanted.
    private func tick() -> Bool {
        logs.flush()
        ticks &+= 1
        // Every 5 s, Envoy's default `cleanup_interval`.
        return ticks % 50 != 0 || worker.clusters.forgetUnusedDestinations()
    }

    func stop() {
        logs.flush()
        worker.stop()
    }
}

/// The workers of the process: hands snapshots out, gathers counts in. Safe to use from anywhere.
package final class WorkerFleet: Sendable {
    /// A site and the loop it may be touched on.
    private struct Place: Sendable {
        let loop: any EventLoop
        let site: NIOLoopBound<WorkerSite>

        var value: WorkerSite { site.value }
    }

    private let sites: [Place]
    private let hashTables: HashTableStore
    private let outliers: OutlierDetectors
    private let served = Mutex(ProxySnapshot())

    private init(_ sites: [Place], _ hashTables: HashTableStore, _ outliers: OutlierDetectors) {
        self.sites = sites
        self.hashTables = hashTables
        self.outliers = outliers
    }

    /// Makes one worker for each of the loops.
    ///
    /// `drainDuration` is how long connections of a listener that was removed or replaced may take to end; `tls` holds the
    /// secrets that handshakes need.
    package static func start(
        on loops: [any EventLoop],
        drainDuration: Duration,
        tls: TLSContexts = TLSContexts(),
        writeLog: @escaping @Sendable (AccessLogDestination, ByteBuffer) -> Void,
        reportFailure: @escaping @Sendable (String, String) -> Void
    ) async throws -> WorkerFleet {
        let breakers = CircuitBreakers()
        let hashTables = HashTableStore()
        let outliers = OutlierDetectors()
        let reports = LoadReports()
        let checker = AuthorizationClient()
        var sites: [Place] = []
        for (index, loop) in loops.enumerated() {
            let site = try await loop.submit {
                let worker = Worker(
                    index: index,
                    eventLoop: loop,
                    breakers: breakers,
                    hashTables: hashTables,
                    outliers: outliers,
                    reports: reports,
                    tls: tls
                )
                let logs = AccessLogSinks(write: writeLog)
                return NIOLoopBound(
                    WorkerSite(
                        worker: worker,
                        logs: logs,
                        drainDuration: drainDuration,
                        checker: checker,
                        reportFailure: reportFailure
                    ),
                    eventLoop: loop
                )
            }.get()
            sites.append(Place(loop: loop, site: site))
        }
        return WorkerFleet(sites, hashTables, outliers)
    }

    /// Ends the connections whose peer a revocation list names by now.
    package func closeRevoked(by contexts: TLSContexts) {
        onEach { $0.worker.securedPeers.closeRevoked(by: contexts) }
    }

    /// Serves new requests by `snapshot`, one assignment on each loop; returns when every listener accepts.
    package func publish(_ snapshot: ProxySnapshot) async {
        let tables = prepareTables(snapshot)
        defer { withExtendedLifetime(tables) {} }
        for site in sites {
            try? await site.loop.submit {
                site.value.worker.publish(snapshot)
                site.value.listeners.apply(snapshot)
            }.get()
        }
    }

    /// Builds here, and once, the hash tables that no loop has yet.
    private func prepareTables(_ snapshot: ProxySnapshot) -> [HashTable] {
        let old = served.withLock { served in
            defer { served = snapshot }
            return served
        }
        return snapshot.clusters.flatMap { cluster in
            cluster === old.cluster(at: cluster.index) ? [] : hashTables.tables(for: cluster, outliers: outliers)
        }
    }

    /// Gives a DNS cluster its addresses.
    package func resolve(_ index: ClusterIndex, _ assignment: LoadAssignment) {
        let cluster = served.withLock { $0.cluster(at: index)?.with(endpoints: assignment) }
        let tables = cluster.map { hashTables.tables(for: $0, outliers: outliers) } ?? []
        onEach { site in
            withExtendedLifetime(tables) { site.worker.clusters.resolve(index, assignment) }
        }
    }

    /// Stops accepting; connections end with the answers under way.
    package func drain() {
        onEach { site in
            site.worker.isDraining = true
            site.listeners.drain()
        }
    }

    /// Tells inbound connections to end with the answers under way; what still arrives is served, and what the
    /// application sends too. A gateway has no application: its connections are `andOutbound`.
    package func drainInbound(andOutbound: Bool = false) {
        onEach { $0.listeners.drainInbound(andOutbound: andOutbound) }
    }

    /// Closes what is left and stops the clocks.
    package func stop() async {
        for site in sites {
            try? await site.loop.submit { site.value.listeners.closeAll() }.get()
            // Connections notice that they were closed, and log it, in the turns after.
            try? await site.loop.submit { site.value.stop() }.get()
        }
    }

    /// How many downstream connections are open.
    package func connectionCount() async -> Int {
        var total = 0
        for site in sites {
            total += (try? await site.loop.submit { site.value.listeners.connectionCount }.get()) ?? 0
        }
        return total
    }

    /// The counts of all workers, summed.
    func report() async -> ProxyReport {
        var sum = ReportSum()
        for part in await onEachLoop({ ReportSum($0) }) { sum.merge(part) }
        return sum.report
    }

    /// What `body` answers on each loop, one after the other; loops that are gone are left out.
    func onEachLoop<Value: Sendable>(_ body: @escaping @Sendable (WorkerSite) -> Value) async -> [Value] {
        var values: [Value] = []
        for site in sites {
            if let value = try? await site.loop.submit({ body(site.value) }).get() { values.append(value) }
        }
        return values
    }

    private func onEach(_ body: @escaping @Sendable (WorkerSite) -> Void) {
        for site in sites { site.loop.execute { body(site.value) } }
    }
}
