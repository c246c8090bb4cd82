import IssuerKeys
import Logging
import MeshConfig
import Testing

/// Answers as a test told it to, and remembers who asked.
actor ScriptedFetcher: KeyFetcher {
    private var answers: [JSONWebKeyLocation: Result<String, KeyFetchFailure>] = [:]
    private var held: Set<JSONWebKeyLocation> = []
    private var released: [JSONWebKeyLocation: [CheckedContinuation<Void, Never>]] = [:]
    private(set) var calls: [JSONWebKeyLocation] = []
    private(set) var timeouts: [Duration] = []

    func answer(_ location: JSONWebKeyLocation, _ keys: String?) {
        answers[location] = keys.map { .success($0) } ?? .failure(KeyFetchFailure("refused"))
    }

    func hold(_ location: JSONWebKeyLocation) { held.insert(location) }

    func release(_ location: JSONWebKeyLocation) {
        held.remove(location)
        for continuation in released.removeValue(forKey: location) ?? [] { continuation.resume() }
    }

    func fetch(_ location: JSONWebKeyLocation, timeout: Duration) async throws(KeyFetchFailure) -> String {
        calls.append(location)
        timeouts.append(timeout)
        if held.contains(location) { await withCheckedContinuation { released[location, default: []].append($0) } }
        return try (answers[location] ?? .failure(KeyFetchFailure("unknown"))).get()
    }
}

@Suite(.timeLimit(.minutes(5))) struct IssuerKeysTests {
    private let fetcher = ScriptedFetcher()
    private let clock = ManualClock()
    private let keys: IssuerKeys<ManualClock>
    private let one = JSONWebKeyLocation.url("https://one/keys")
    private let two = JSONWebKeyLocation.discovery(issuer: "https://two")

    init() {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        keys = IssuerKeys(fetcher: fetcher, clock: clock, logger: logger)
    }

    private func follow(_ locations: JSONWebKeyLocation..., timeout: Duration = .seconds(5)) async
        -> [JSONWebKeyLocation: String]
    {
        let wanted = Dictionary(uniqueKeysWithValues: locations.map { ($0, timeout) })
        return await keys.follow(wanted, patience: .seconds(1))
    }

    @Test func newIssuersComeWithTheirKeys() async {
        await fetcher.answer(one, "A")
        await fetcher.answer(two, "B")
        #expect(await follow(one, two, timeout: .seconds(3)) == [one: "A", two: "B"])
        #expect(await fetcher.timeouts == [.seconds(3), .seconds(3)])
        await keys.shutdown()
    }

    @Test func slowIssuerHoldsNobodyUpForLong() async {
        await fetcher.answer(one, "A")
        await fetcher.answer(two, "B")
        await fetcher.hold(two)
        async let found = follow(one, two)
        // The one that has its keys sleeps till the next time, and so does the patience.
        await clock.sleepers(2)
        clock.advance(by: .seconds(1))
        #expect(await found == [one: "A"])
        var changes = keys.changes.makeAsyncIterator()
        await changes.next()
        await fetcher.release(two)
        while await keys.keySets[two] == nil { await changes.next() }
        #expect(await keys.keySets == [one: "A", two: "B"])
        await keys.shutdown()
    }

    @Test func keysAreAskedForAgainEveryTwentyMinutes() async {
        await fetcher.answer(one, "A")
        _ = await follow(one)
        await clock.sleepers(1)
        #expect(clock.pauses.contains(.seconds(1200)))
        var changes = keys.changes.makeAsyncIterator()
        await changes.next()
        await fetcher.answer(one, "B")
        clock.advance(by: .seconds(1200))
        await changes.next()
        #expect(await keys.keySets == [one: "B"])
        #expect(await fetcher.calls.count == 2)
        await keys.shutdown()
    }

    @Test func unchangedKeysAreNoChange() async {
        await fetcher.answer(one, "A")
        _ = await follow(one)
        var changes = keys.changes.makeAsyncIterator()
        await changes.next()
        await clock.sleepers(1)
        clock.advance(by: .seconds(1200))
        await clock.sleepers(1)
        await keys.shutdown()
        // The stream ends without another change.
        #expect(await changes.next() == nil)
        #expect(await fetcher.calls.count == 2)
    }

    @Test func failuresAreRetriedEverMoreSlowly() async {
        await fetcher.answer(one, nil)
        #expect(await follow(one) == [:])
        var pauses: [Duration] = []
        for _ in 0..<9 {
            await clock.sleepers(1)
            let pause = clock.pauses.last ?? .zero
            pauses.append(pause)
            clock.advance(by: pause)
        }
        await clock.sleepers(1)
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        await keys.shutdown()
    }

    @Test func lastGoodKeysStayWhenTheIssuerFails() async {
        await fetcher.answer(one, "A")
        _ = await follow(one)
        await clock.sleepers(1)
        await fetcher.answer(one, nil)
        clock.advance(by: .seconds(1200))
        await clock.sleepers(1)
        #expect(await keys.keySets == [one: "A"])
        #expect(clock.pauses.contains(.seconds(1)))
        await keys.shutdown()
    }

    @Test func keysOfAWeekAgoAreGivenUp() async {
        await fetcher.answer(one, "A")
        _ = await follow(one)
        var changes = keys.changes.makeAsyncIterator()
        await changes.next()
        await clock.sleepers(1)
        await fetcher.answer(one, nil)
        clock.advance(by: .seconds(8 * 24 * 3600))
        await changes.next()
        #expect(await keys.keySets == [:])
        await keys.shutdown()
    }

    @Test func whatIsNoLongerWantedIsForgotten() async {
        await fetcher.answer(one, "A")
        await fetcher.answer(two, "B")
        _ = await follow(one, two)
        #expect(await follow(two) == [two: "B"])
        #expect(await follow(one, two) == [one: "A", two: "B"])
        #expect(await fetcher.calls.filter { $0 == one }.count == 2)
        #expect(await fetcher.calls.filter { $0 == two }.count == 1)
        await keys.shutdown()
    }
}
