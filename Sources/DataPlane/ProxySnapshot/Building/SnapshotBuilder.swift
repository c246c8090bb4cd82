package import SwiftProtobuf

/// One resource of a discovery response.
package struct ResourceUpdate: Sendable {
    /// The resource name; for state-of-the-world responses take it from the resource (`nil`).
    package var name: String?
    package var version: String
    package var resource: Google_Protobuf_Any

    package init(name: String?, version: String, resource: Google_Protobuf_Any) {
        self.name = name
        self.version = version
        self.resource = resource
    }
}

/// Turns xDS resources into snapshots: validates each once, keeps the last good version of each, and publishes only
/// what is warm, as Envoy does.
///
/// A cluster is warm when its EDS arrived, a listener when the route tables it names arrived; until then the previous
/// version stays. Not `Sendable` by itself: confine it to the discovery client.
package struct SnapshotBuilder {
    package init() {}

    /// Takes a delta update (for state of the world, name the missing ones in `removed`).
    ///
    /// - Returns: the resources that were refused, each with its reason; all others are accepted.
    package mutating func apply(
        _ kind: ResourceKind,
        upserts: [ResourceUpdate],
        removed: [String] = []
    ) -> [Rejection] {
        []
    }

    /// The RDS names that accepted listeners ask for.
    package var wantedRoutes: Set<String> { [] }

    /// The EDS names that accepted clusters ask for.
    package var wantedEndpoints: Set<String> { [] }

    /// What accepted resources ask for and the proxy leaves out, in order of names.
    package var warnings: [ResourceWarning] { [] }

    /// The next snapshot, or `nil` when nothing that is served changed since the last.
    package mutating func snapshot() -> ProxySnapshot? { nil }
}
