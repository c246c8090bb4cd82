internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
internal import Glibc
#endif

/// The thread that reads configuration and makes snapshots of it.
///
/// Thousands of routes take it some hundred milliseconds. It is one of its own, and nice: a request that arrives meanwhile
/// has the processor at once, also where proxy and processor are one; with all processors busy it keeps a tenth of one.
struct ConfigurationThread {
    /// Below the workers' 0 (nice(2)).
    static let niceness: CInt = 10

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Runs `body` and its child tasks there, but for actors with executors of their own.
    func run<Value: Sendable>(_ body: @Sendable () async -> Value) async -> Value {
        let loop = group.next()
        // Of this thread only, on Linux; where it is refused the thread is as nice as the others.
        loop.execute {
            #if canImport(Glibc)
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            #endif
        }
        return await withTaskExecutorPreference(LoopTaskExecutor(loop: loop), operation: body)
    }

    /// Ends the thread.
    func stop() async { try? await group.shutdownGracefully() }
}

/// Runs tasks on an event loop.
private final class LoopTaskExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
