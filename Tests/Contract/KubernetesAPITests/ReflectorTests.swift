import CustomDump
import KubernetesAPI
import Synchronization
import Testing

@Suite struct ReflectorTests {
    static func pod(_ name: String, _ version: String) -> KubernetesObject {
        var pod = KubernetesObject(.pods, ObjectName(namespace: "d", name: name))
        pod.resourceVersion = version
        return pod
    }

    static func take(_ count: Int, _ api: ScriptedAPI, _ clock: InstantClock = InstantClock()) async -> [Reflector
        .Event]
    {
        var events: [Reflector.Event] = []
        for await event in Reflector(api: api, type: .pods, clock: clock, jitter: { 0 }).events() {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    @Test func itListsAllPagesAndThenWatchesFromTheFirst() async {
        let api = ScriptedAPI([
            .list([Self.pod("a", "1")], version: "5", continuation: "next"), .list([Self.pod("b", "2")], version: "6"),
            .watch([.added(Self.pod("c", "7")), .deleted(Self.pod("a", "8"))]),
        ])
        let events = await Self.take(3, api)
        expectNoDifference(
            events,
            [
                .synced([Self.pod("a", "1"), Self.pod("b", "2")]), .applied(Self.pod("c", "7")),
                .deleted(Self.pod("a", "8")),
            ]
        )
        expectNoDifference(Array(api.calls.prefix(3)), ["list ''", "list 'next'", "watch 5"])
    }

    @Test func anEndedWatchGoesOnWhereItWasAlsoAfterABookmark() async {
        let api = ScriptedAPI([
            .list([], version: "1"), .watch([.modified(Self.pod("a", "3"))]), .watch([.bookmark(resourceVersion: "9")]),
            .watchFails(StatusError(.serviceUnavailable, "down")), .watch([.modified(Self.pod("a", "10"))]),
        ])
        let events = await Self.take(3, api)
        expectNoDifference(events, [.synced([]), .applied(Self.pod("a", "3")), .applied(Self.pod("a", "10"))])
        expectNoDifference(Array(api.calls.prefix(5)), ["list ''", "watch 1", "watch 3", "watch 9", "watch 9"])
    }

    @Test func aForgottenVersionIsListedAgain() async {
        let expired = StatusError(.expired, "too old")
        let api = ScriptedAPI([
            .list([], version: "1"), .watchFails(expired), .list([Self.pod("a", "4")], version: "5"),
            .watch([.modified(Self.pod("a", "6"))], then: expired), .list([], version: "8"),
        ])
        let events = await Self.take(4, api)
        expectNoDifference(
            events,
            [.synced([]), .synced([Self.pod("a", "4")]), .applied(Self.pod("a", "6")), .synced([])]
        )
    }

    @Test func errorsAreWaitedOutLongerAndLonger() async {
        let clock = InstantClock()
        let down = Array(repeating: ScriptedAPI.Answer.listFails(StatusError(.serviceUnavailable, "down")), count: 10)
        let api = ScriptedAPI(down + [.list([], version: "1")])
        _ = await Self.take(1, api, clock)
        expectNoDifference(
            clock.sleeps.prefix(10).map { $0 / .milliseconds(1) },
            [50, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
        )
        #expect(Reflector.delay(failures: 3, jitter: 1) == .milliseconds(100))
        #expect(Reflector.delay(failures: .max, jitter: 7) == .seconds(5))
    }

    @Test func aRelistIsWhatChanged() {
        let known = [Self.pod("a", "1"), Self.pod("b", "1"), Self.pod("c", "1")]
        let events = Reflector.changes(
            from: Dictionary(known.map { ($0.objectName, $0) }) { first, _ in first },
            to: [Self.pod("a", "1"), Self.pod("c", "2"), Self.pod("d", "3")]
        )
        expectNoDifference(
            events,
            [.deleted(Self.pod("b", "1")), .applied(Self.pod("c", "2")), .applied(Self.pod("d", "3"))]
        )
    }
}

/// Answers from a script, one a call; at its end it waits for ever.
final class ScriptedAPI: KubernetesAPI {
    enum Answer {
        case list([KubernetesObject], version: String, continuation: String = "")
        case listFails(StatusError)
        case watch([WatchEvent], then: StatusError? = nil)
        case watchFails(StatusError)
    }

    private let script: Mutex<(answers: ArraySlice<Answer>, calls: [String])>

    init(_ answers: [Answer]) { script = Mutex((answers[...], [])) }

    var calls: [String] { script.withLock { $0.calls } }

    private func next(_ call: String) -> Answer? {
        script.withLock {
            $0.calls.append(call)
            return $0.answers.popFirst()
        }
    }

    func list(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> ObjectList {
        switch next("list '\(options.continuation)'") {
        case .list(let items, let version, let continuation):
            return ObjectList(items: items, resourceVersion: version, continuation: continuation)
        case .listFails(let error): throw error
        default: throw StatusError(.internalError, "the script ends")
        }
    }

    func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> {
        switch next("watch \(options.resourceVersion)") {
        case .watch(let events, let error):
            return AsyncThrowingStream { continuation in
                for event in events { continuation.yield(event) }
                continuation.finish(throwing: error)
            }
        case .watchFails(let error): throw error
        default: return AsyncThrowingStream { _ in }
        }
    }

    private func refused() -> StatusError { StatusError(.methodNotAllowed, "not in the script") }
    func get(_ type: ResourceType, _ name: ObjectName) async throws(StatusError) -> KubernetesObject { throw refused() }
    func create(_ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) -> KubernetesObject {
        throw refused()
    }
    func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject { throw refused() }
    func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject { throw refused() }
    func delete(_ type: ResourceType, _ name: ObjectName, _ options: DeleteOptions) async throws(StatusError) {
        throw refused()
    }
}

/// Sleeps take no time; how long they were is kept.
final class InstantClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration = .zero
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state = Mutex<[Duration]>([])
    var sleeps: [Duration] { state.withLock { $0 } }
    var now: Instant { Instant(offset: sleeps.reduce(.zero, +)) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        state.withLock { sleeps in sleeps.append(deadline.offset - sleeps.reduce(.zero, +)) }
    }
}
