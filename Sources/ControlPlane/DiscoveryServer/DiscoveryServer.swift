package import Foundation
internal import GRPCCore
package import Logging
internal import MeshIdentity
internal import SwiftProtobuf
internal import XDSProtocol

/// Serves snapshots to connected clients: debounces changes, queues one merged push per client, pushes to a bounded
/// number at a time.
///
/// ``publish(_:change:)`` brings snapshots in; ``run()`` does the work until cancelled; `DiscoveryService` brings the
/// streams.
package actor DiscoveryServer<Snapshot: ServedSnapshot> {
    private struct Push: Sendable {
        var change: Snapshot.Change
        var since: Duration
    }

    /// The counters, shared with every connection.
    package nonisolated let metrics: DiscoveryMetrics
    private nonisolated let environment: DiscoveryEnvironment
    private let configuration: DiscoveryConfiguration
    private var current: Snapshot
    private var published: (snapshot: Snapshot, change: Snapshot.Change)?
    private var debouncer: Debouncer
    private var connections: [UInt64: any PushTarget<Snapshot>] = [:]
    private var lastID: UInt64 = 0
    private var queue = PushQueue<UInt64, Push>()
    private var idleWorkers: [CheckedContinuation<Void, Never>] = []
    private var isShuttingDown = false
    private var lastPush = PushStatus()
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    /// A server that serves `initial` until something is published.
    package init(
        initial: Snapshot,
        configuration: DiscoveryConfiguration = .init(),
        clock: some Clock<Duration> = ContinuousClock(),
        date: @escaping @Sendable () -> Date = { Date() },
        metrics: DiscoveryMetrics = .init(),
        logger: Logger
    ) {
        self.metrics = metrics
        self.configuration = configuration
        current = initial
        debouncer = Debouncer(quiet: configuration.debounceAfter, maximum: configuration.debounceMax)
        environment = DiscoveryEnvironment(
            configuration: configuration,
            clock: clock,
            date: date,
            metrics: metrics,
            logger: logger
        )
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Snapshots in

    /// Takes over a new snapshot; clients get it once the burst of changes has settled.
    package func publish(_ snapshot: Snapshot, change: Snapshot.Change) {
        published = (snapshot, published.map { Snapshot.merge($0.change, change) } ?? change)
        debouncer.changed(at: environment.now())
        changed.yield()
    }

    /// Debounces and pushes until cancelled or shut down.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.debounce() }
            for _ in 0..<max(1, configuration.pushConcurrency) {
                group.addTask { await self.work() }
            }
            await withTaskCancellationHandler {
                await group.next()
                group.cancelAll()
            } onCancel: {
                Task { await self.shutdown() }
            }
            shutdown()
        }
    }

    /// Ends every stream with `UNAVAILABLE` and lets ``run()`` return; later streams are refused.
    package func shutdown() {
        guard !isShuttingDown else { return }
        isShuttingDown = true
        changed.finish()
        for worker in idleWorkers { worker.resume() }
        idleWorkers = []
        let targets = Array(connections.values)
        Task {
            for target in targets {
                await target.close(RPCError(code: .unavailable, message: "the control plane is shutting down"))
            }
        }
    }

    private func debounce() async {
        for await _ in changes {
            waiting: while !Task.isCancelled {
                switch debouncer.decide(at: environment.now()) {
                case .idle:
                    break waiting
                case .wait(let until):
                    do { try await environment.sleep(until - environment.now()) } catch { return }
                case .push(let changes, let since):
                    fire(changes: changes, since: since)
                }
            }
        }
    }

    private func fire(changes: Int, since: Duration) {
        guard let (snapshot, change) = published else { return }
        published = nil
        current = snapshot
        let waited = (environment.now() - since).inSeconds
        metrics.triggered(changes: changes, debouncedSeconds: waited)
        lastPush = PushStatus(
            version: snapshot.version,
            at: environment.date(),
            changes: changes,
            clients: connections.count
        )
        let push = Push(change: change, since: since)
        for id in connections.keys.sorted() {
            queue.enqueue(id, push) { earlier, later in
                Push(change: Snapshot.merge(earlier.change, later.change), since: min(earlier.since, later.since))
            }
        }
        wakeWorkers()
    }

    // MARK: Push workers

    private func work() async {
        while !isShuttingDown {
            guard let (id, push) = queue.next() else {
                await withCheckedContinuation { idleWorkers.append($0) }
                continue
            }
            if let target = connections[id] {
                await target.push(current, change: push.change, since: push.since)
            }
            queue.finish(id)
            wakeWorkers()
        }
    }

    private func wakeWorkers() {
        var wanted = queue.waitingCount
        while wanted > 0, let worker = idleWorkers.popLast() {
            worker.resume()
            wanted -= 1
        }
    }

    // MARK: Streams

    /// Serves one stream until it ends; throws the status the client is to see.
    func serve<Subscription: ServerSubscription>(
        _ variant: DiscoveryStatus.ProtocolVariant,
        _ subscription: Subscription.Type,
        requests: RPCAsyncSequence<Subscription.Request, any Error>,
        writer: RPCWriter<Subscription.Response>,
        peer: String,
        caller: SPIFFEIdentity? = nil,
        node: @escaping @Sendable (Subscription.Request) -> ClientNode?
    ) async throws where Subscription.Response: SwiftProtobuf.Message {
        guard !isShuttingDown else {
            throw RPCError(code: .unavailable, message: "the control plane is shutting down")
        }
        let (end, ending) = AsyncThrowingStream<Never, any Error>.makeStream()
        lastID += 1
        let id = lastID
        let connection = DiscoveryConnection<Subscription, Snapshot>(
            id: id,
            variant: variant,
            peer: peer,
            caller: caller,
            snapshot: current,
            writer: writer,
            shared: environment,
            ending: ending
        )
        connections[id] = connection
        metrics.connections(variant, by: 1)
        defer {
            connections[id] = nil
            queue.remove(id)
            metrics.connections(variant, by: -1)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await request in requests {
                    try await connection.receive(request, node: node(request))
                }
                await connection.ended()
            }
            group.addTask { for try await _ in end {} }
            try await group.next()
            group.cancelAll()
        }
    }

    // MARK: For the debug interface

    /// Every connected client, in the order of connecting.
    package func statuses() async -> [DiscoveryStatus] {
        let targets = connections.sorted { $0.key < $1.key }.map(\.value)
        var statuses: [DiscoveryStatus] = []
        for target in targets { statuses.append(await target.status()) }
        return statuses
    }

    /// The client with that `POD.NAMESPACE` or node id, and its standing; nil when none is connected.
    package func client(proxyID: String) async -> (client: Snapshot.Client, status: DiscoveryStatus)? {
        for target in Array(connections.values) {
            let status = await target.status()
            guard status.proxyID == proxyID || status.nodeID == proxyID, let client = await target.client() else {
                continue
            }
            return (client, status)
        }
        return nil
    }

    /// Ends the streams of a client so that it reconnects; returns how many there were.
    package func disconnect(proxyID: String) async -> Int {
        var count = 0
        for target in Array(connections.values) {
            let status = await target.status()
            guard status.proxyID == proxyID || status.nodeID == proxyID else { continue }
            await target.close(RPCError(code: .unavailable, message: "disconnected on request"))
            count += 1
        }
        return count
    }

    /// The snapshot clients are served from now.
    package var served: Snapshot { current }

    /// The last push and the queue.
    package var pushStatus: PushStatus {
        var status = lastPush
        status.waiting = queue.waitingCount
        status.running = queue.runningCount
        return status
    }
}

/// The last debounced push and what is left of it.
package struct PushStatus: Sendable, Equatable {
    /// Version of the snapshot pushed.
    package var version: UInt64 = 0
    /// When it was pushed; nil before the first.
    package var at: Date?
    /// How many changes it covered.
    package var changes = 0
    /// How many clients were connected.
    package var clients = 0
    /// Clients whose push waits.
    package var waiting = 0
    /// Clients being pushed to.
    package var running = 0
}
