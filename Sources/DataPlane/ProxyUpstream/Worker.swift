package import NIOCore
package import ProxyBalancing
package import ProxySnapshot
package import ProxyTLS
package import SocketTransport

/// What one event loop owns: its clock, timers, buffers, upstream pools and its reference to the snapshot.
///
/// Workers share nothing but the snapshot, the counts of circuit breakers and outlier detection, load reports, and hash
/// tables; everything here is confined to `eventLoop`.
package final class Worker {
    package let index: Int
    package let eventLoop: any EventLoop
    /// The loop as one that opens sockets; nil for the loops of tests that have none.
    package let sockets: SocketLoop?
    package let clock: WorkerClock
    package let timers: TimerWheel
    package let buffers = BufferPool()
    /// Connections that flush at the end of the loop's turn.
    package let turn: TurnQueue
    package let clusters: UpstreamClusters
    package let routeStatistics = RouteStatistics()
    let hashTables: HashTableStore
    let outliers: OutlierDetectors
    let reports: LoadReports
    /// Contexts for handshakes, shared by all workers.
    package let tls: TLSContexts
    /// Peers of connections that are up and encrypted.
    package let securedPeers = SecuredPeers()
    /// What certificates of peers say.
    package let knownPeers = KnownPeers()
    package var random: RandomSource
    /// What new requests are served by.
    package private(set) var snapshot: ProxySnapshot
    /// Milliseconds of `clock` when it was last read, at most a tick ago: good enough for deadlines.
    package var now: Int64 {
        if isAsleep { awaken() }
        return lastRead
    }
    /// The time of day for `date` headers (RFC 9110 section 5.6.7), at most a tick old.
    package var date: ContiguousArray<UInt8> {
        if isAsleep { awaken() }
        return lastDate
    }
    /// True while nothing is pending and the clock need not tick; whoever asks for the time ends it.
    package private(set) var isAsleep = false
    /// True once the process is going: connections are told to close.
    package var isDraining = false

    private var lastRead: Int64
    private var lastDate: ContiguousArray<UInt8>
    private var dateSecond: Int64
    private var tick: RepeatedTask?
    private var tickActions: [() -> Bool] = []

    /// A worker for `eventLoop`; make it anywhere, use it on that loop only.
    package init(
        index: Int,
        eventLoop: any EventLoop,
        clock: WorkerClock = .system,
        breakers: CircuitBreakers = CircuitBreakers(),
        hashTables: HashTableStore = HashTableStore(),
        outliers: OutlierDetectors = OutlierDetectors(),
        reports: LoadReports = LoadReports(),
        tls: TLSContexts = TLSContexts(),
        random: RandomSource? = nil
    ) {
        self.index = index
        self.eventLoop = eventLoop
        sockets = eventLoop as? SocketLoop
        turn = TurnQueue(eventLoop: eventLoop)
        self.clock = clock
        self.random = random ?? RandomSource(seed: .random(in: 0 ... .max))
        lastRead = clock.milliseconds
        timers = TimerWheel(now: lastRead)
        snapshot = ProxySnapshot()
        clusters = UpstreamClusters(breakers: breakers)
        self.hashTables = hashTables
        self.outliers = outliers
        self.reports = reports
        self.tls = tls
        dateSecond = clock.wallNanoseconds / 1_000_000_000
        lastDate = HTTPDate.text(secondsSince1970: dateSecond)
        timers.becameBusy = { [unowned self] in if isAsleep { awaken() } }
    }

    /// Reads the clock, in nanoseconds, and brings `now` up to date.
    @inline(__always)
    package func refreshTime() -> Int64 {
        if isAsleep { awaken() }
        let nanoseconds = clock.nanoseconds
        lastRead = nanoseconds / 1_000_000
        return nanoseconds
    }

    /// Serves new requests by `next`; requests under way keep what they began with.
    package func publish(_ next: ProxySnapshot) {
        snapshot = next
        clusters.apply(next, worker: self)
    }

    /// Starts the one periodic timer of this loop.
    ///
    /// It rests while no timer is set and no action wants it: an idle process then uses no CPU at all.
    package func start() {
        guard tick == nil, !isAsleep else { return }
        let step = TimeAmount.milliseconds(TimerWheel.stepMilliseconds)
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        tick = eventLoop.scheduleRepeatedTask(initialDelay: step, delay: step) { _ in
            let worker = this.value
            if !worker.runTick(), worker.timers.isEmpty { worker.rest() }
        }
    }

    private func rest() {
        tick?.cancel()
        tick = nil
        isAsleep = true
    }

    private func awaken() {
        isAsleep = false
        readClocks()
        timers.skip(to: lastRead)
        start()
    }

    private func readClocks() {
        lastRead = clock.milliseconds
        let second = clock.wallNanoseconds / 1_000_000_000
        guard second != dateSecond else { return }
        dateSecond = second
        lastDate = HTTPDate.text(secondsSince1970: second)
    }

    /// Cancels the periodic timer; timeouts that are pending never fire.
    package func stop() {
        tick?.cancel()
        tick = nil
        isAsleep = false
    }

    /// Does what is due; called by the timer, and by tests after moving the clock. True when an action wants the next.
    @discardableResult
    package func runTick() -> Bool {
        readClocks()
        timers.advance(to: lastRead)
        var isWanted = false
        for action in tickActions where action() { isWanted = true }
        return isWanted
    }

    /// Has `action` run on every tick; it answers whether it wants the next one even if nothing else does.
    package func onTick(_ action: @escaping () -> Bool) { tickActions.append(action) }
}
