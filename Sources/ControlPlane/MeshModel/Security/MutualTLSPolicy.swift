package import MeshConfig

/// What the ports of one workload accept, all PeerAuthentications considered (Istio `MergedPeerAuthentication`).
package struct MutualTLSPolicy: Sendable, Hashable {
    /// Mode of ports that `ports` does not name.
    package var mode: MutualTLSMode = .permissive
    /// The PeerAuthentication that says so; nil where none does and the mesh's default stands.
    package var source: ObjectKey?
    /// Modes by port of the workload.
    package var ports: [UInt32: MutualTLSMode] = [:]
    /// The PeerAuthentication that has `ports`.
    package var portsSource: ObjectKey?

    /// Istio's default: PERMISSIVE.
    package init() {}

    /// Mode of a port of the workload. Cost: one hash.
    package func mode(port: UInt32) -> MutualTLSMode { ports[port] ?? mode }

    /// The PeerAuthentication that decides for a port, for people who ask; nil for the mesh's default.
    package func source(port: UInt32) -> ObjectKey? { ports[port] == nil ? source : portsSource ?? source }
}
