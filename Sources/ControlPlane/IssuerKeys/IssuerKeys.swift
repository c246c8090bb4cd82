package import Logging
package import MeshConfig

/// The keys of every issuer that the configuration names: fetched at once, then again and again, the last good ones kept.
///
/// What cannot be fetched is not there; whoever generates configuration must have tokens refused then.
package actor IssuerKeys<Time: Clock> where Time.Duration == Duration {
    private struct Following {
        var timeout: Duration
        var record: KeyRecord<Time.Instant>
        var task: Task<Void, Never>
    }

    private let fetcher: any KeyFetcher
    private let clock: Time
    private let logger: Logger
    private let refreshInterval: Duration
    private var followed: [JSONWebKeyLocation: Following] = [:]
    private var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var nextWaiter: UInt64 = 0
    private let changed: AsyncStream<Void>.Continuation

    /// Something happens whenever keys are no longer what they were; latest wins.
    package nonisolated let changes: AsyncStream<Void>

    /// Nothing is fetched before somebody asks for it.
    package init(
        fetcher: any KeyFetcher,
        clock: Time,
        refreshInterval: Duration = HTTPKeyFetcher.Configuration().refreshInterval,
        logger: Logger
    ) {
        self.refreshInterval = refreshInterval
        self.fetcher = fetcher
        self.clock = clock
        self.logger = logger
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Key sets there are, by location.
    package var keySets: [JSONWebKeyLocation: String] { followed.compactMapValues(\.record.keys) }

    /// Follows these locations from now on, each with its time limit, and no others.
    ///
    /// Returns the key sets there are once every location was asked for, or after `patience`, so that configuration that
    /// names a new issuer comes with its keys as a rule.
    package func follow(
        _ wanted: [JSONWebKeyLocation: Duration],
        patience: Duration
    ) async -> [JSONWebKeyLocation: String] {
        for (location, following) in followed where wanted[location] == nil {
            following.task.cancel()
            followed[location] = nil
        }
        for (location, timeout) in wanted {
            if followed[location] != nil {
                followed[location]?.timeout = timeout
            } else {
                followed[location] = Following(
                    timeout: timeout,
                    record: KeyRecord(refreshInterval: refreshInterval),
                    task: Task { await keepFetching(location) }
                )
            }
        }
        if !isSettled { await settle(patience) }
        return keySets
    }

    /// Ends every fetch.
    package func shutdown() {
        for following in followed.values { following.task.cancel() }
        followed = [:]
        wake()
        changed.finish()
    }

    private var isSettled: Bool { followed.values.allSatisfy(\.record.isTried) }

    private func settle(_ patience: Duration) async {
        let waiter = nextWaiter
        nextWaiter &+= 1
        let limit = Task {
            try? await clock.sleep(for: patience)
            release(waiter)
        }
        await withCheckedContinuation { waiting[waiter] = $0 }
        limit.cancel()
    }

    private func release(_ waiter: UInt64) {
        waiting.removeValue(forKey: waiter)?.resume()
    }

    private func wake() {
        let all = waiting
        waiting = [:]
        for waiter in all.values { waiter.resume() }
    }

    private func keepFetching(_ location: JSONWebKeyLocation) async {
        while !Task.isCancelled {
            let timeout = followed[location]?.timeout ?? .seconds(5)
            let pause: Duration
            do throws(KeyFetchFailure) {
                let keys = try await fetcher.fetch(location, timeout: timeout)
                guard !Task.isCancelled else { return }
                pause = note(location) { $0.succeeded(keys, at: clock.now) }
            } catch {
                guard !Task.isCancelled else { return }
                let hadKeys = followed[location]?.record.keys != nil
                logger.error(
                    "keys of an issuer cannot be fetched",
                    metadata: [
                        "location": "\(location)", "reason": "\(error)",
                        "effect": "\(hadKeys ? "the last ones stay in use" : "its tokens are refused")",
                    ]
                )
                pause = note(location) { $0.failed(at: clock.now) }
            }
            guard (try? await clock.sleep(for: pause)) != nil else { return }
        }
    }

    private func note(
        _ location: JSONWebKeyLocation,
        _ change: (inout KeyRecord<Time.Instant>) -> (pause: Duration, isChange: Bool)
    ) -> Duration {
        guard var following = followed[location] else { return .zero }
        let (pause, isChange) = change(&following.record)
        followed[location] = following
        if isSettled { wake() }
        if isChange { changed.yield() }
        return pause
    }
}
