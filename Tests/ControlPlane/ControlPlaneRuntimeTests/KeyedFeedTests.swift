import IssuerKeys
import Logging
import MeshConfig
import Synchronization
import Testing

@testable import ConfigSources
@testable import ControlPlaneRuntime

/// Hands out what a test put there.
private final class Shelf: KeyFetcher {
    private let keys = Mutex<[JSONWebKeyLocation: String]>([:])

    func put(_ text: String, at location: JSONWebKeyLocation) { keys.withLock { $0[location] = text } }

    func fetch(_ location: JSONWebKeyLocation, timeout: Duration) async throws(KeyFetchFailure) -> String {
        guard let text = keys.withLock({ $0[location] }) else { throw KeyFetchFailure("nothing there") }
        return text
    }
}

@Suite(.timeLimit(.minutes(5))) struct KeyedFeedTests {
    private let one = JSONWebKeyLocation.discovery(issuer: "https://one")

    private func joined(_ issuers: String...) -> JoinedConfiguration {
        let yaml = issuers.map { issuer in
            """
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: {name: \(issuer), namespace: default}
            spec: {jwtRules: [{issuer: 'https://\(issuer)', timeout: 7s}]}
            """
        }.joined(separator: "\n---\n")
        let objects = ObjectDecoder.decode(Array(yaml.utf8), file: "f").objects
        let update = ConfigUpdate(
            snapshot: ConfigSnapshot(objects: objects),
            changed: [],
            isMeshChanged: false,
            diagnostics: []
        )
        return JoinedConfiguration([update])
    }

    @Test func configurationComesWithItsKeys() async {
        let shelf = Shelf()
        shelf.put("A", at: one)
        let keys = IssuerKeys(fetcher: shelf, clock: ContinuousClock(), logger: Logger(label: "test"))
        let (updates, continuation) = AsyncStream.makeStream(of: JoinedConfiguration.self)
        var states = KeyedFeed(updates: updates, keys: keys).states().makeAsyncIterator()
        continuation.yield(joined("one"))
        let first = await states.next()
        #expect(first?.keySets == [one: "A"] && first?.joined.config.requestAuthentications.count == 1)
        continuation.yield(joined())
        let second = await states.next()
        #expect(second?.keySets == [:] && second?.joined.config.requestAuthentications.isEmpty == true)
        await keys.shutdown()
    }

    @Test func longestTimeoutOfALocationCounts() {
        #expect(joined("one").config.keyLocations == [one: .seconds(7)])
        #expect(joined().config.keyLocations == [:])
    }
}
