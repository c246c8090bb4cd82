/// An accepted resource with the version it came in.
struct Accepted<Value: Sendable>: Sendable {
    var value: Value
    var version: String
}

/// The resources of one kind: those served, and newer ones that wait for others before they replace them.
struct WarmingSet<Value: Sendable>: Sendable {
    var active: [String: Accepted<Value>] = [:]
    var pending: [String: Accepted<Value>] = [:]

    /// Every version held, served or not.
    var all: [Accepted<Value>] { Array(active.values) + Array(pending.values) }

    mutating func promote(_ name: String, _ entry: Accepted<Value>) {
        active[name] = entry
        pending[name] = nil
    }

    /// Forgets both versions; the answer says whether one was served.
    mutating func remove(_ name: String) -> Bool {
        pending[name] = nil
        return active.removeValue(forKey: name) != nil
    }
}

/// A listener with the route tables it waits for.
struct ListenerResource: Sendable {
    let listener: Listener
    let wantedRoutes: Set<String>
}

/// A resource among all kinds.
struct ResourceKey: Hashable, Comparable {
    let kind: ResourceKind
    let name: String

    static func < (left: ResourceKey, right: ResourceKey) -> Bool {
        (left.kind.typeURL, left.name) < (right.kind.typeURL, right.name)
    }
}

extension Cluster {
    /// The EDS resource this cluster takes its endpoints from.
    package var edsName: String? {
        guard case .eds(let serviceName) = kind else { return nil }
        return serviceName
    }
}
