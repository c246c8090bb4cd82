package import KubernetesAPI
package import Logging
import Synchronization

/// The objects of the cluster, every change to them in one order, and those who watch it.
///
/// All objects live in memory, decoded; SQLite (write-ahead log, `synchronous=FULL`) is their durable copy, read only
/// when the store opens. A mutex guards the memory and is held for microseconds, never during I/O. Writers put
/// operations into a queue; one task at a time drains it: it decides a batch against memory, commits the batch as one
/// transaction, and only then changes memory, lets the writers go on and has the watchers told. So whatever a reader, a
/// watcher or a writer was told is on disk, and many writers share one wait for the disk. Watchers are told by a task of
/// its own, a few at a time: a write does not wait until hundreds of them have run.
package final class ClusterStore: Sendable {
    /// Operations of one transaction.
    private static let batchLimit = 256
    /// Watchers told before others have their turn.
    private static let watchersInTurn = 8

    private let database: StoreDatabase
    private let state: Mutex<StoreState>
    private let logger: Logger

    /// Opens or makes the SQLite database at `path` (its directory must exist) and reads all objects into memory.
    ///
    /// `historyLimit` is how many of the last events a watch can start behind; a watcher that falls as far behind has
    /// its stream ended. The history does not outlive the process: after a restart watches start at the revision then.
    /// Throws ``StoreError/unavailable(_:)`` while another process has the file open, ``StoreError/damaged(_:)`` when
    /// it cannot be read.
    package convenience init(path: String, historyLimit: Int = 10_000, logger: Logger) throws(StoreError) {
        try self.init(path: path, historyLimit: historyLimit, pageLimit: nil, logger: logger)
    }

    /// `pageLimit`: the largest size of the database in pages of 4 KiB; for tests of a full disk.
    init(path: String, historyLimit: Int, pageLimit: Int?, logger: Logger) throws(StoreError) {
        database = try StoreDatabase(path: path, pageLimit: pageLimit)
        let contents = try database.load()
        state = Mutex(
            StoreState(memory: StoreMemory(contents.objects, revision: contents.revision, historyLimit: historyLimit))
        )
        self.logger = logger
        logger.debug(
            "cluster store open",
            metadata: ["objects": "\(contents.objects.count)", "revision": "\(contents.revision)"]
        )
    }

    /// Of the last acknowledged write; at least 1.
    package var currentRevision: Int64 { state.withLock { $0.memory.revision } }

    /// Every event up to this revision is in the streams of those who watch it.
    package var toldRevision: Int64 { state.withLock { $0.told } }

    /// The object under a key, or nil.
    package func read(_ key: StoreKey) async throws(StoreError) -> StoredObject? {
        try opened { $0.object(key) }
    }

    /// Objects of one resource in the order of namespace and name. A nil namespace is all of them; a limit of 0 none.
    package func list(
        group: String,
        plural: String,
        namespace: String? = nil,
        after: StoreKey? = nil,
        limit: Int = 0
    ) async throws(StoreError) -> StoredList {
        // A snapshot costs nothing; the copying happens outside the lock.
        let (resource, revision) = try opened { ($0.resource(group: group, plural: plural), $0.revision) }
        return resource.list(namespace: namespace, after: after, limit: limit, revision: revision)
    }

    /// Writes and returns once it is on disk. Content equal to what is stored changes nothing: the stored object
    /// comes back with its old revision and nobody is told. A cancelled task still writes.
    package func write(
        _ key: StoreKey,
        _ json: JSONValue,
        expecting: Expectation
    ) async throws(StoreError) -> StoredObject {
        try await submit(StoreOperation(key: key, expectation: expecting, change: .write(StoreContent(json)))).get()
    }

    /// Removes and returns the revision of the removal once it is on disk. Watchers get `final`, or the object as it
    /// was stored.
    @discardableResult
    package func remove(
        _ key: StoreKey,
        expecting: Expectation,
        final: JSONValue? = nil
    ) async throws(StoreError) -> Int64 {
        let operation = StoreOperation(key: key, expectation: expecting, change: .remove(final: final))
        return try await submit(operation).get().revision
    }

    /// Every event of one resource after a revision, in order, each once; ends when its consumer stops, falls too far
    /// behind, or the store closes.
    ///
    /// Throws ``StoreError/compacted(oldest:)`` when events after `revision` are no longer all kept, or when it has not
    /// been reached.
    package func watch(
        group: String,
        plural: String,
        namespace: String? = nil,
        after revision: Int64
    ) throws(StoreError) -> AsyncStream<StoreEvent> {
        let wanted = WatchedResource(group: group, plural: plural)
        let started = state.withLock { state -> Result<(Int, AsyncStream<StoreEvent>, Watcher), StoreError> in
            if state.isClosed { return .failure(Self.closed) }
            return Result { () throws(StoreError) in
                // The past goes in under the lock, so that what is committed next comes behind it.
                let past = try state.memory.history.events(after: revision).filter {
                    wanted.contains($0.object.key, namespace: namespace)
                }
                let (stream, continuation) = AsyncStream.makeStream(
                    of: StoreEvent.self,
                    bufferingPolicy: .bufferingOldest(state.memory.history.limit + past.count)
                )
                for event in past { continuation.yield(event) }
                let watcher = Watcher(namespace: namespace, continuation: continuation)
                return (state.watchers.add(watcher, wanted), stream, watcher)
            }
        }
        let (number, stream, watcher) = try started.get()
        watcher.continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.watchers.remove(number, wanted) }
        }
        return stream
    }

    /// Waits for writes under way and has their watchers told, ends watches and closes the database. Later calls throw
    /// ``StoreError/unavailable(_:)``.
    package func close() async {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        await withCheckedContinuation { (idle: CheckedContinuation<Void, Never>) in
            let isIdle = state.withLock { state in
                if state.isBusy { state.idle = idle }
                return !state.isBusy
            }
            if isIdle { idle.resume() }
        }
        for watcher in state.withLock({ $0.watchers.takeAll() }) { watcher.continuation.finish() }
        do throws(StoreError) {
            try database.close()
        } catch {
            logger.error("cluster store did not close", metadata: ["error": "\(error)"])
        }
    }

    private static let closed = StoreError.unavailable("the cluster's store is closed")

    private func opened<Answer: Sendable>(_ read: (StoreMemory) -> Answer) throws(StoreError) -> Answer {
        let answer = state.withLock { $0.isClosed ? nil : read($0.memory) }
        guard let answer else { throw Self.closed }
        return answer
    }

    private func submit(_ operation: StoreOperation) async -> Result<StoredObject, StoreError> {
        await withCheckedContinuation { continuation in
            let (isOpen, mustStart) = state.withLock { state in
                guard !state.isClosed else { return (false, false) }
                state.queue.append(QueuedOperation(operation: operation, continuation: continuation))
                defer { state.isWriting = true }
                return (true, !state.isWriting)
            }
            if !isOpen { continuation.resume(returning: .failure(Self.closed)) }
            if mustStart { Task { await drain() } }
        }
    }

    /// Runs as long as there is something to write; never twice at a time.
    private func drain() async {
        while true {
            let (batch, idle) = state.withLock { state in
                let batch = Array(state.queue.prefix(Self.batchLimit))
                state.queue.removeFirst(batch.count)
                guard batch.isEmpty else { return (batch, nil as CheckedContinuation<Void, Never>?) }
                state.isWriting = false
                return (batch, state.takeIdle())
            }
            idle?.resume()
            if batch.isEmpty { return }
            await commit(batch)
        }
    }

    private func commit(_ batch: [QueuedOperation]) async {
        // Only the objects concerned leave the lock: a copy of all of them would be copied for real by the change.
        var plan = state.withLock { state in
            var present: [StoreKey: StoredObject] = [:]
            for queued in batch { present[queued.operation.key] = state.memory.object(queued.operation.key) }
            return WritePlan(present: present, revision: state.memory.revision)
        }
        let outcomes = batch.map { plan.decide($0.operation) }
        var mustTell = false
        if !plan.steps.isEmpty {
            do throws(StoreError) {
                try await database.commit(plan.steps, revision: plan.revision)
            } catch {
                if batch.count > 1, error == .full {
                    // A small write may still fit, and a removal must not fail because of its neighbours.
                    for queued in batch { await commit([queued]) }
                    return
                }
                logger.error("cluster store cannot write", metadata: ["error": "\(error)"])
                for queued in batch { queued.continuation.resume(returning: .failure(error)) }
                return
            }
            let events = plan.steps.map(\.event)
            mustTell = state.withLock { state in
                for event in events {
                    state.memory.apply(event)
                    // Those who watch now: who comes later begins with what is in memory.
                    state.untold.append(UntoldEvent(event: event, watchers: state.watchers.of(event.object.key)))
                }
                defer { state.isTelling = true }
                return !state.isTelling
            }
        }
        for (queued, outcome) in zip(batch, outcomes) { queued.continuation.resume(returning: outcome) }
        // The writers' tasks are ready before the first watcher's.
        if mustTell { Task { await tell() } }
    }

    /// Runs as long as there is something to tell; never twice at a time, so that order holds.
    private func tell() async {
        var turn = 0
        while true {
            let (untold, idle) = state.withLock { state in
                let untold = state.untold
                state.untold = []
                guard untold.isEmpty else { return (untold, nil as CheckedContinuation<Void, Never>?) }
                state.isTelling = false
                return (untold, state.takeIdle())
            }
            idle?.resume()
            if untold.isEmpty { return }
            for one in untold {
                for watcher in one.watchers where watcher.wants(one.event) {
                    // Outside the lock: finishing a stream calls back into it.
                    if case .dropped = watcher.continuation.yield(one.event) { watcher.continuation.finish() }
                    turn += 1
                    if turn % Self.watchersInTurn == 0 { await Task.yield() }
                }
                state.withLock { $0.told = one.event.revision }
            }
        }
    }
}
