internal import CEpoll
package import Dispatch
package import NIOCore
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// An event loop for sockets: one thread, one epoll set, and nothing between an event and who waits for it.
///
/// It does what SwiftNIO's own loop does, for stream sockets alone, and its channels have SwiftNIO's pipelines: a TLS
/// handler does not see the difference. What it leaves out - lifecycle checks, pools, adapters that a proxy does not need -
/// is a tenth of the CPU time of a proxied request. Tasks of a turn run after its events; timers are precise to the
/// millisecond and never early.
///
/// Safe to share: what other threads touch is behind a lock, everything else is confined to the thread.
package final class SocketLoop: EventLoop, @unchecked Sendable {
    private struct Inbox {
        var tasks: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let inbox = Mutex(Inbox())
    private let poller: Poller
    private let thread = Atomic<pthread_t>(0)
    // Held by whoever stands in for the thread when that has ended.
    private let estate = Mutex(())
    private var tasks: [() -> Void] = []
    private var running: [() -> Void] = []
    private var timers = LoopTimers()
    private var whenClosed: [@Sendable () -> Void] = []
    private var isStopping = false
    /// Where bytes are read to, as long as nobody keeps them.
    var received = ByteBuffer()

    /// Starts the thread, which is called `name` of at most 15 bytes.
    package init(name: String) throws(IOError) {
        poller = try Poller()
        let failure = inbox.withLock { _ in
            // The thread waits for this lock before it does anything.
            let run = Unmanaged.passRetained(LoopStart(loop: self, name: name))
            var handle = pthread_t()
            let error = pthread_create(&handle, nil, runLoop, run.toOpaque())
            if error != 0 { run.release() }
            thread.store(handle, ordering: .relaxed)
            return error
        }
        guard failure == 0 else { throw IOError(errnoCode: failure, reason: "pthread_create") }
        pthread_detach(thread.load(ordering: .relaxed))
    }

    // MARK: EventLoop

    package var inEventLoop: Bool { pthread_self() == thread.load(ordering: .relaxed) }

    /// Runs `task` on the loop. When that has ended, at once and here, one caller at a time: a future that somebody waits
    /// for is still answered.
    package func execute(_ task: @escaping @Sendable () -> Void) {
        if !add(task) { standIn(task) }
    }

    package func submit<Value>(_ task: @escaping @Sendable () throws -> Value) -> EventLoopFuture<Value> {
        let promise = makePromise(of: Value.self)
        let isTaken = add {
            // A value that cannot be sent stays on the loop, as its future does.
            promise.assumeIsolatedUnsafeUnchecked().completeWith(Result { try task() })
        }
        if !isTaken { promise.fail(EventLoopError.shutdown) }
        return promise.futureResult
    }

    package func scheduleTask<Value>(
        deadline: NIODeadline,
        _ task: @escaping @Sendable () throws -> Value
    ) -> Scheduled<Value> {
        let promise = makePromise(of: Value.self)
        let timer = LoopTimers.Timer(
            deadline: deadline,
            run: { promise.assumeIsolatedUnsafeUnchecked().completeWith(Result { try task() }) },
            fail: { promise.fail(EventLoopError.shutdown) }
        )
        if inEventLoop {
            timers.add(timer)
        } else if !add({ self.timers.add(timer) }) {
            promise.fail(EventLoopError.shutdown)
        }
        return Scheduled(promise: promise) { [self] in
            if inEventLoop { timers.callOff(timer) } else { execute { self.timers.callOff(timer) } }
        }
    }

    package func scheduleTask<Value>(
        in time: TimeAmount,
        _ task: @escaping @Sendable () throws -> Value
    ) -> Scheduled<Value> {
        scheduleTask(deadline: .now() + time, task)
    }

    package func next() -> any EventLoop { self }

    package func makeIterator() -> EventLoopIterator { EventLoopIterator([self]) }

    /// Closes what is open, fails what was to be done later, and ends the thread; `callback` runs on `queue` after that.
    package func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        let isTaken = add { [self] in
            isStopping = true
            whenClosed.append { queue.async { callback(nil) } }
        }
        if !isTaken { queue.async { callback(nil) } }
    }

    private func add(_ task: @escaping @Sendable () -> Void) -> Bool {
        if inEventLoop {
            tasks.append(task)
            return true
        }
        return inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            if inbox.tasks.isEmpty { poller.ring() }
            inbox.tasks.append(task)
            return true
        }
    }

    // MARK: The thread

    fileprivate func run() {
        inbox.withLock { _ in }
        while !isStopping {
            let rang = poller.wait(milliseconds: tasks.isEmpty ? timers.milliseconds(from: .now()) : 0)
            if rang { takeInbox() }
            runTasks()
            runTimers()
        }
        end()
    }

    private func takeInbox() {
        var came: [@Sendable () -> Void] = []
        inbox.withLock { swap(&came, &$0.tasks) }
        for task in came { task() }
    }

    private func runTasks() {
        guard !tasks.isEmpty else { return }
        // What they ask for is done after the next look at the sockets, so that nobody starves.
        swap(&tasks, &running)
        for task in running { task() }
        running.removeAll(keepingCapacity: running.count < 1024)
    }

    private func runTimers() {
        guard !timers.isEmpty else { return }
        let now = NIODeadline.now()
        while let run = timers.popDue(now) { run() }
    }

    private func end() {
        // What ends may ask for more, a bounded number of times.
        for _ in 0..<1000 {
            for member in poller.all { member.loopEnds() }
            for fail in timers.removeAll() { fail() }
            takeInbox()
            runTasks()
            let isDone = tasks.isEmpty && timers.isEmpty && poller.all.isEmpty
            if isDone, inbox.withLock({ $0.tasks.isEmpty }) { break }
        }
        // Whoever finds the loop closed stands in for it, and not before it has gone.
        estate.withLock { _ in
            var last: [@Sendable () -> Void] = []
            inbox.withLock { inbox in
                inbox.isClosed = true
                swap(&last, &inbox.tasks)
            }
            for task in last { task() }
            while !tasks.isEmpty { runTasks() }
            poller.forgetLeft()
            thread.store(0, ordering: .relaxed)
        }
        for tell in whenClosed { tell() }
        whenClosed = []
    }

    private func standIn(_ task: () -> Void) {
        estate.withLock { _ in
            thread.store(pthread_self(), ordering: .relaxed)
            task()
            while !tasks.isEmpty { runTasks() }
            poller.forgetLeft()
            thread.store(0, ordering: .relaxed)
        }
    }

    // MARK: For members

    func add(_ member: LoopMember, _ descriptor: CInt, interest: UInt32) throws(IOError) {
        try poller.add(member, descriptor, interest: interest)
    }

    func change(_ member: LoopMember, _ descriptor: CInt, interest: UInt32) {
        poller.change(member, descriptor, interest: interest)
    }

    func remove(_ member: LoopMember, _ descriptor: CInt) { poller.remove(member, descriptor) }

    /// Has `task` run after the events of this turn. On the loop only.
    func afterTurn(_ task: @escaping () -> Void) { tasks.append(task) }
}

/// What a new thread is to run.
private final class LoopStart {
    let loop: SocketLoop
    let name: String

    init(loop: SocketLoop, name: String) {
        self.loop = loop
        self.name = name
    }
}

private func runLoop(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let start else { return nil }
    let taken = Unmanaged<LoopStart>.fromOpaque(start).takeRetainedValue()
    _ = cepoll_name_thread(String(taken.name.prefix(15)))
    taken.loop.run()
    return nil
}
