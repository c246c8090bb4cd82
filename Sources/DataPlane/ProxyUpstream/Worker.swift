package import NIOCore
package import ProxyBalancing
package import ProxySnapshot

/// What one event loop owns: its clock, timers, buffers, upstream pools and its reference to the snapshot.
///
/// Workers share nothing but the snapshot and circuit breaker counts; everything here is confined to `eventLoop`.
package final class Worker {
    package let index: Int
    package let eventLoop: any EventLoop
    package let clock: WorkerClock
    package let timers: TimerWheel
    package let buffers = BufferPool()
    package let clusters: UpstreamClusters
    package var random: RandomSource
    /// What new requests are served by.
    package private(set) var snapshot: ProxySnapshot
    /// Milliseconds of `clock` when it was last read: good enough for deadlines.
    package private(set) var now: Int64
    /// The time of day for `date` headers (RFC 9110 section 5.6.7), at most a tick old.
    package private(set) var date: ContiguousArray<UInt8>
    /// True once the process is going: connections are told to close.
    package var isDraining = false

    private var dateSecond: Int64
    private var tick: RepeatedTask?
    private var tickActions: [() -> Void] = []

    /// A worker for `eventLoop`; make it anywhere, use it on that loop only.
    package init(
        index: Int,
        eventLoop: any EventLoop,
        clock: WorkerClock = .system,
        breakers: CircuitBreakers = CircuitBreakers(),
        random: RandomSource? = nil
    ) {
        self.index = index
        self.eventLoop = eventLoop
        self.clock = clock
        self.random = random ?? RandomSource(seed: .random(in: 0 ... .max))
        now = clock.milliseconds
        timers = TimerWheel(now: now)
        snapshot = ProxySnapshot()
        clusters = UpstreamClusters(breakers: breakers)
        dateSecond = clock.wallNanoseconds / 1_000_000_000
        date = HTTPDate.text(secondsSince1970: dateSecond)
    }

    /// Reads the clock, in nanoseconds, and brings `now` up to date.
    @inline(__always)
    package func refreshTime() -> Int64 {
        let nanoseconds = clock.nanoseconds
        now = nanoseconds / 1_000_000
        return nanoseconds
    }

    /// Serves new requests by `next`; requests under way keep what they began with.
    package func publish(_ next: ProxySnapshot) {
        snapshot = next
        clusters.apply(next, worker: self)
    }

    /// Starts the one periodic timer of this loop.
    package func start() {
        guard tick == nil else { return }
        let step = TimeAmount.milliseconds(TimerWheel.stepMilliseconds)
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        tick = eventLoop.scheduleRepeatedTask(initialDelay: step, delay: step) { _ in this.value.runTick() }
    }

    /// Cancels the periodic timer; timeouts that are pending never fire.
    package func stop() {
        tick?.cancel()
        tick = nil
    }

    /// Does what is due; called by the timer, and by tests after moving the clock.
    package func runTick() {
        _ = refreshTime()
        let second = clock.wallNanoseconds / 1_000_000_000
        if second != dateSecond {
            dateSecond = second
            date = HTTPDate.text(secondsSince1970: second)
        }
        timers.advance(to: now)
        for action in tickActions { action() }
    }

    /// Has `action` run on every tick.
    package func onTick(_ action: @escaping () -> Void) { tickActions.append(action) }
}
