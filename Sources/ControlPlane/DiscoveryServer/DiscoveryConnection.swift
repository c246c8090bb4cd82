internal import EnvoyAPI
internal import Foundation
internal import GRPCCore
internal import Logging
internal import MeshIdentity
internal import SwiftProtobuf
internal import XDSProtocol

/// What the push queue needs of a connection, whichever protocol variant it speaks.
protocol PushTarget<Snapshot>: Sendable {
    associatedtype Snapshot: ServedSnapshot
    /// Moves the client to a snapshot; returns when everything that may be sent was written.
    func push(_ snapshot: Snapshot, change: Snapshot.Change, since: Duration) async
    /// Ends the stream with an error.
    func close(_ error: RPCError) async
    /// What the debug interface shows.
    func status() async -> DiscoveryStatus
    /// The client, once its first request came.
    func client() async -> Snapshot.Client?
}

/// One ADS stream on the server: serialises requests and pushes, holds the client's protocol state and nothing else.
///
/// Whoever brings an event (the reader or a push worker) also writes what it made due; while one writes, others only
/// note what is due and leave. At most one response of a type is unacknowledged, so a slow client costs one response
/// per type and a mark.
actor DiscoveryConnection<Subscription: ServerSubscription, Snapshot: ServedSnapshot>: PushTarget
where Subscription.Response: SwiftProtobuf.Message {
    private let id: UInt64
    private let variant: DiscoveryStatus.ProtocolVariant
    private let peer: String
    private let caller: SPIFFEIdentity?
    private let connectedAt: Date
    private let writer: RPCWriter<Subscription.Response>
    private let shared: DiscoveryEnvironment
    private let ending: AsyncThrowingStream<Never, any Error>.Continuation
    private var stream = ServerStream<Subscription>()
    private var snapshot: Snapshot
    private var identity: (id: String, cluster: String, userAgent: String)?
    private var knownClient: Snapshot.Client?
    private var isWriting = false
    private var scheduledHold = 0
    private var isClosed = false
    private var changedAt: Duration?
    private var times: [ResourceType: DiscoveryStatus.Times] = [:]

    init(
        id: UInt64,
        variant: DiscoveryStatus.ProtocolVariant,
        peer: String,
        caller: SPIFFEIdentity?,
        snapshot: Snapshot,
        writer: RPCWriter<Subscription.Response>,
        shared: DiscoveryEnvironment,
        ending: AsyncThrowingStream<Never, any Error>.Continuation
    ) {
        self.id = id
        self.variant = variant
        self.peer = peer
        self.caller = caller
        self.snapshot = snapshot
        self.writer = writer
        self.shared = shared
        self.ending = ending
        connectedAt = shared.date()
    }

    // MARK: Events

    /// Takes a request in and writes what it makes due.
    func receive(_ request: Subscription.Request, node: ClientNode?) async throws {
        if knownClient == nil {
            guard let node else {
                throw RPCError(code: .invalidArgument, message: "the first request of a stream must carry a node")
            }
            do throws(UnacceptableNode) {
                knownClient = snapshot.refreshed(try Snapshot.client(for: node.node, identity: caller))
            } catch {
                if error.isForbidden {
                    shared.logger.warning("client refused", metadata: ["peer": "\(peer)", "reason": "\(error.reason)"])
                }
                throw RPCError(
                    code: error.isForbidden ? .permissionDenied : .invalidArgument,
                    message: error.reason
                )
            }
            identity = (node.node.id, node.cluster, node.userAgent)
        }
        guard let (type, outcome) = stream.receive(request) else {
            throw RPCError(code: .resourceExhausted, message: "too many resource types on one stream")
        }
        note(outcome.verdict, of: type)
        try await drain()
    }

    func push(_ snapshot: Snapshot, change: Snapshot.Change, since: Duration) async {
        guard !isClosed, snapshot.version >= self.snapshot.version else { return }
        let previous = self.snapshot
        self.snapshot = snapshot
        guard let client = knownClient.map({ snapshot.refreshed($0) }) else { return }
        knownClient = client
        let types = snapshot.types(concernedBy: change, for: client, since: previous)
        guard !types.isEmpty else { return }
        stream.markChanged(types)
        changedAt = changedAt ?? since
        do {
            try await drain()
        } catch let error as RPCError {
            close(error)
        } catch {
            close(RPCError(code: .unavailable, message: "the stream could not be written to"))
        }
    }

    func close(_ error: RPCError) {
        isClosed = true
        ending.finish(throwing: error)
    }

    /// Notes that the client ended the stream.
    func ended() {
        isClosed = true
        ending.finish()
    }

    func client() -> Snapshot.Client? { knownClient }

    func status() -> DiscoveryStatus {
        DiscoveryStatus(
            connectionID: "\(identity?.id ?? "")-\(id)",
            nodeID: identity?.id ?? "",
            cluster: identity?.cluster ?? "",
            userAgent: identity?.userAgent ?? "",
            peer: peer,
            caller: caller,
            variant: variant,
            connectedAt: connectedAt,
            snapshotVersion: snapshot.version,
            types: stream.status.map { .init(subscription: $0, times: times[$0.type] ?? .init()) }
        )
    }

    // MARK: Actions

    private func drain() async throws {
        guard !isWriting, !isClosed else { return }
        isWriting = true
        defer { isWriting = false }
        while !isClosed, let client = knownClient, let generation = stream.next() {
            let start = shared.now()
            let resources = snapshot.resources(generation.type, names: generation.names, for: client)
            guard let answer = stream.answer(generation, with: resources) else { continue }
            let seconds = (shared.now() - start).inSeconds
            try await write(answer.response)
            times[generation.type, default: .init()].sent = shared.date()
            shared.metrics.pushed(
                generation.type,
                seconds: seconds,
                bytes: resources.isEmpty ? 0 : answer.byteEstimate(of: resources)
            )
        }
        if stream.holdsReferrers { scheduleRelease() }
        if let since = changedAt {
            changedAt = nil
            shared.metrics.converged(seconds: (shared.now() - since).inSeconds)
        }
    }

    /// Listeners and routes wait for the endpoints of new clusters, but not for ever: clusters resolved by DNS have none.
    private func scheduleRelease() {
        let hold = stream.holds
        guard scheduledHold != hold else { return }
        scheduledHold = hold
        Task {
            try? await shared.sleep(shared.warmingTime)
            await release(hold)
        }
    }

    private func release(_ hold: Int) async {
        stream.releaseReferrers(ofHold: hold)
        do {
            try await drain()
        } catch {
            close(RPCError(code: .unavailable, message: "the stream could not be written to"))
        }
    }

    private func write(_ response: Subscription.Response) async throws {
        let writer = writer
        let shared = shared
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await writer.write(response) }
            group.addTask {
                try await shared.sleep(shared.writeTimeout)
                shared.metrics.writeTimedOut()
                throw RPCError(code: .deadlineExceeded, message: "the client did not read in time")
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func note(_ verdict: RequestOutcome.Verdict, of type: ResourceType) {
        switch verdict {
        case .none:
            break
        case .acknowledged:
            times[type, default: .init()].acknowledged = shared.date()
        case .stale:
            shared.metrics.staleNonce(type)
        case .rejected(let rejection):
            times[type, default: .init()].rejected = shared.date()
            shared.metrics.rejected(type)
            shared.logger.warning(
                "client refused a response",
                metadata: [
                    "node": "\(identity?.id ?? "")", "type": "\(type)", "nonce": "\(rejection.nonce)",
                    "reason": "\(rejection.reason)",
                ]
            )
        }
    }
}

extension Duration {
    /// The duration as a number of seconds, for metrics.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

extension Answer {
    /// Bytes of the resource bodies that were sent.
    fileprivate func byteEstimate(of resources: [VersionedResource]) -> Int {
        guard !added.isEmpty || !updated.isEmpty else { return 0 }
        let sent = Set(added).union(updated)
        return resources.reduce(0) { sent.contains($1.name) ? $0 + $1.body.value.count : $0 }
    }
}
