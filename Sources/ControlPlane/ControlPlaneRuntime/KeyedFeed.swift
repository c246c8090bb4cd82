internal import ConfigSources
internal import IssuerKeys
internal import MeshConfig

/// Configuration with the keys of the issuers it names.
struct KeyedConfiguration: Sendable {
    var joined: JoinedConfiguration
    var keySets: [JSONWebKeyLocation: String]
}

/// Adds the keys of issuers to what a feed brings: a state for every configuration, and one whenever keys change.
struct KeyedFeed<Time: Clock>: Sendable where Time.Duration == Duration {
    let updates: AsyncStream<JoinedConfiguration>
    let keys: IssuerKeys<Time>

    /// How long the first configuration waits for keys: proxies that reconnect hold good ones, which none must replace.
    private static var firstPatience: Duration { .seconds(5) }
    /// How long a change of configuration waits for the keys of a new issuer.
    private static var patience: Duration { .seconds(1) }

    /// Every state; latest wins.
    func states() -> AsyncStream<KeyedConfiguration> {
        let (stream, continuation) = AsyncStream<KeyedConfiguration>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (updates, keys) = (updates, keys)
        let joining = Task {
            let latest = LatestConfiguration(continuation)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    var patience = Self.firstPatience
                    for await update in updates {
                        let found = await keys.follow(update.config.keyLocations, patience: patience)
                        await latest.take(update, found)
                        patience = Self.patience
                    }
                }
                group.addTask {
                    for await _ in keys.changes { await latest.take(keys.keySets) }
                }
            }
        }
        continuation.onTermination = { _ in joining.cancel() }
        return stream
    }
}

/// The latest of both, handed on in the order in which it came.
private actor LatestConfiguration {
    private let continuation: AsyncStream<KeyedConfiguration>.Continuation
    private var latest: KeyedConfiguration?

    init(_ continuation: AsyncStream<KeyedConfiguration>.Continuation) {
        self.continuation = continuation
    }

    func take(_ joined: JoinedConfiguration, _ keySets: [JSONWebKeyLocation: String]) {
        let state = KeyedConfiguration(joined: joined, keySets: keySets)
        latest = state
        continuation.yield(state)
    }

    func take(_ keySets: [JSONWebKeyLocation: String]) {
        guard var state = latest, state.keySets != keySets else { return }
        state.keySets = keySets
        latest = state
        continuation.yield(state)
    }
}

extension ConfigSnapshot {
    /// Places of keys that must be fetched, each with the longest time that a rule allows it.
    var keyLocations: [JSONWebKeyLocation: Duration] {
        var found: [JSONWebKeyLocation: Duration] = [:]
        for rule in requestAuthentications.flatMap(\.spec.jwtRules) {
            guard let location = rule.keys.location else { continue }
            found[location] = max(found[location] ?? .zero, rule.timeout)
        }
        return found
    }
}
