import DiscoveryServer
import EnvoyAPI
import Foundation
import GRPCCore
import Logging
import MeshIdentity
import SwiftProtobuf
import Synchronization
import XDSProtocol

/// A mesh in a dictionary; clients whose node id begins with "scoped" are concerned by nothing.
struct FixtureSnapshot: ServedSnapshot {
    var version: UInt64
    var world: [ResourceType: [VersionedResource]]

    init(version: UInt64, _ world: [ResourceType: String]) {
        self.version = version
        self.world = world.mapValues { words in
            words.split(separator: " ").map { word in
                let parts = word.split(separator: "=").map(String.init)
                var body = Google_Protobuf_Any()
                body.value = Data(word.utf8)
                return VersionedResource(name: parts[0], version: parts.count > 1 ? parts[1] : "1", body: body)
            }
        }
    }

    static func client(
        for node: Envoy_Config_Core_V3_Node,
        identity: SPIFFEIdentity?
    ) throws(UnacceptableNode) -> String {
        guard !node.id.isEmpty else { throw UnacceptableNode(reason: "the node has no id") }
        if let identity, identity.serviceAccount != node.id {
            throw UnacceptableNode(reason: "\(identity) is not \(node.id)", isForbidden: true)
        }
        return node.id
    }

    static func merge(_ earlier: Set<ResourceType>, _ later: Set<ResourceType>) -> Set<ResourceType> {
        earlier.union(later)
    }

    func refreshed(_ client: String) -> String { client }

    func resources(_ type: ResourceType, names: Set<String>?, for client: String) -> [VersionedResource] {
        let all = world[type] ?? []
        return names.map { names in all.filter { names.contains($0.name) } } ?? all
    }

    func types(
        concernedBy change: Set<ResourceType>,
        for client: String,
        since previous: FixtureSnapshot
    ) -> Set<ResourceType> {
        client.hasPrefix("scoped") ? [] : change
    }
}

/// A clock that stands still until told; sleepers wake when it passes their deadline.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        var id: UInt64
        var deadline: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var lastID: UInt64 = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<UInt64> = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    let minimumResolution: Duration = .nanoseconds(1)
    var now: Instant { state.withLock { $0.now } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let watchers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    if state.cancelled.remove(id) != nil || state.now >= deadline {
                        continuation.resume()
                        return []
                    }
                    state.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
                    let count = state.sleepers.count
                    defer { state.watchers.removeAll { $0.count <= count } }
                    return state.watchers.filter { $0.count <= count }.map(\.continuation)
                }
                for watcher in watchers { watcher.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Returns once so many sleepers wait.
    func sleepers(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                guard state.sleepers.count < count else { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if ready { continuation.resume() }
        }
    }

    func advance(by duration: Duration) {
        let woken = state.withLock { state -> [Sleeper] in
            state.now = state.now.advanced(by: duration)
            let now = state.now
            defer { state.sleepers.removeAll { $0.deadline <= now } }
            return state.sleepers.filter { $0.deadline <= now }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }
}

/// A client without a wire: requests go in by hand, responses come out of a stream.
struct FakeClient: Sendable {
    typealias Request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest
    typealias Response = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse

    /// Hands responses to the test, or never takes one.
    struct Writer: RPCWriterProtocol {
        let output: AsyncStream<Response>.Continuation
        let blocked: Bool

        func write(_ element: Response) async throws {
            guard !blocked else {
                let (never, hold) = AsyncStream<Void>.makeStream()
                for await _ in never {}
                withExtendedLifetime(hold) {}
                throw CancellationError()
            }
            output.yield(element)
        }

        func write(contentsOf elements: some Sequence<Response>) async throws {
            for element in elements { try await write(element) }
        }
    }

    let id: String
    let requests: AsyncThrowingStream<Request, any Error>
    let input: AsyncThrowingStream<Request, any Error>.Continuation
    let responses: AsyncStream<Response>
    let writer: Writer

    init(_ id: String, blocked: Bool = false) {
        self.id = id
        (requests, input) = AsyncThrowingStream.makeStream()
        let (responses, output) = AsyncStream<Response>.makeStream()
        self.responses = responses
        writer = Writer(output: output, blocked: blocked)
    }

    func send(_ type: ResourceType, subscribe: [String] = [], nonce: String = "", error: String? = nil) {
        var request = Request()
        request.node.id = id
        request.typeURL = type.typeURL
        request.resourceNamesSubscribe = subscribe
        request.responseNonce = nonce
        if let error { request.errorDetail.message = error }
        input.yield(request)
    }

    /// The next response, acknowledged, in words.
    func next(_ iterator: inout AsyncStream<Response>.Iterator, refuse: String? = nil) async -> String {
        guard let response = await iterator.next() else { return "end" }
        let type = ResourceType(typeURL: response.typeURL)
        send(type, nonce: response.nonce, error: refuse)
        let words =
            response.resources.map { "\($0.name)=\($0.version)" } + response.removedResources.map { "-\($0)" }
        return "\(type) \(words.joined(separator: " "))"
    }
}
