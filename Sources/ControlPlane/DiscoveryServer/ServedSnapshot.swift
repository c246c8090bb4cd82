package import EnvoyAPI
package import MeshIdentity
package import XDSProtocol

/// One immutable state of the mesh as discovery serves it: asked by type and names, answered with encoded resources.
///
/// The server knows nothing else about the mesh. `MeshServedSnapshot` is the real one; tests bring small ones.
package protocol ServedSnapshot: Sendable {
    /// What is known of a connected client, as far as it decides about its resources.
    associatedtype Client: Sendable
    /// What changed between two snapshots.
    associatedtype Change: Sendable

    /// Reads the node of a client's first request; throws when it cannot be read, or claims to be somebody else than
    /// `identity`, which is nil only for clients of the port without TLS.
    static func client(
        for node: Envoy_Config_Core_V3_Node,
        identity: SPIFFEIdentity?
    ) throws(UnacceptableNode) -> Client

    /// The change that covers both.
    static func merge(_ earlier: Change, _ later: Change) -> Change

    /// Grows with every snapshot; shown in the push status.
    var version: UInt64 { get }

    /// The client as this snapshot sees it: what the mesh knows about its workload may have changed.
    func refreshed(_ client: Client) -> Client

    /// The resources of a type for a client: the named ones that exist, or all when `names` is nil.
    func resources(_ type: ResourceType, names: Set<String>?, for client: Client) -> [VersionedResource]

    /// The types whose resources may differ for that client between the snapshot it was served from before and this
    /// one; empty when the change does not concern it.
    func types(concernedBy change: Change, for client: Client, since previous: Self) -> Set<ResourceType>
}

/// A client whose node cannot be served; the reason goes into the gRPC status.
package struct UnacceptableNode: Error, Equatable, Sendable {
    /// What is wrong with the node.
    package var reason: String
    /// The node is another's than the client's: `PERMISSION_DENIED` and not `INVALID_ARGUMENT`.
    package var isForbidden: Bool

    /// Names what is wrong.
    package init(reason: String, isForbidden: Bool = false) {
        self.reason = reason
        self.isForbidden = isForbidden
    }
}
