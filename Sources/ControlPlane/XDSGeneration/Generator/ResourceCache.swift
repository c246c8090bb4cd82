import MeshModel
import Synchronization

/// Resources already generated, shared by all proxies that see the same (Documentation/Architecture.md, rule 3).
///
/// Safe to use from any thread. A thousand proxies of one workload cost one generation per snapshot; endpoints live on
/// over snapshots that did not change them. What nobody asked for during the last snapshots is dropped.
package final class ResourceCache: Sendable {
    /// What resources were made from. Endpoints carry the versions of their inputs, the rest that of the snapshot.
    enum Key: Hashable {
        case listeners(ProxyTraits)
        case clusters(ProxyTraits)
        case route(String, ProxyTraits)
        case endpoint(String, EndpointTraits)
    }

    private struct VersionedKey: Hashable {
        var key: Key
        var version: UInt64
    }

    private struct ScopeKey: Hashable {
        var key: ProxyScope.Key
        var version: UInt64
    }

    private struct Entry<Value: Sendable>: Sendable {
        var value: Value
        var lastUse: UInt64
    }

    private struct State {
        var resources: [VersionedKey: Entry<[GeneratedResource]>] = [:]
        var names: [VersionedKey: Entry<Set<String>>] = [:]
        var scopes: [ScopeKey: Entry<ProxyScope>] = [:]
        var newest: UInt64 = 0
        var generations: UInt64 = 0

        /// Notes the snapshot in use; a newer one sends what was last used three snapshots before away.
        mutating func advance(to version: UInt64) {
            guard version > newest else { return }
            newest = version
            func isCurrent(_ lastUse: UInt64) -> Bool { lastUse &+ 2 >= version }
            resources = resources.filter { isCurrent($0.value.lastUse) }
            names = names.filter { isCurrent($0.value.lastUse) }
            scopes = scopes.filter { isCurrent($0.value.lastUse) }
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// How often resources were generated rather than found; for tests and metrics.
    package var generations: UInt64 { state.withLock { $0.generations } }

    /// Scope of a proxy, computed once per key and snapshot.
    func scope(for node: ProxyNode, in snapshot: MeshSnapshot) -> ProxyScope {
        let key = ScopeKey(key: snapshot.scopeKey(for: node), version: snapshot.version)
        let known = state.withLock { state -> ProxyScope? in
            state.advance(to: snapshot.version)
            state.scopes[key]?.lastUse = state.newest
            return state.scopes[key]?.value
        }
        if let known { return known }
        let scope = snapshot.scope(for: key.key)
        state.withLock { $0.scopes[key] = Entry(value: scope, lastUse: $0.newest) }
        return scope
    }

    /// Resources of a key, sorted by name; made outside the lock, so that slow ones hold nobody up.
    func resources(_ key: Key, at version: UInt64, make: () -> [GeneratedResource]) -> [GeneratedResource] {
        let key = versioned(key, version)
        let known = state.withLock { state -> [GeneratedResource]? in
            state.advance(to: version)
            state.resources[key]?.lastUse = state.newest
            return state.resources[key]?.value
        }
        if let known { return known }
        let resources = make().sorted { $0.name < $1.name }
        state.withLock { state in
            state.generations &+= 1
            state.resources[key] = Entry(value: resources, lastUse: state.newest)
        }
        return resources
    }

    /// Names that follow from a key's resources.
    func names(_ key: Key, at version: UInt64, make: () -> Set<String>) -> Set<String> {
        let key = versioned(key, version)
        if let known = state.withLock({ $0.names[key]?.value }) { return known }
        let names = make()
        state.withLock { $0.names[key] = Entry(value: names, lastUse: $0.newest) }
        return names
    }

    private func versioned(_ key: Key, _ version: UInt64) -> VersionedKey {
        if case .endpoint = key { return VersionedKey(key: key, version: 0) }
        return VersionedKey(key: key, version: version)
    }
}
