package import EnvoyAPI
package import MeshIdentity
package import MeshModel
package import XDSGeneration
package import XDSProtocol

/// The mesh as discovery serves it: a model snapshot and the generator that turns it into resources.
package struct MeshServedSnapshot: ServedSnapshot {
    /// The model.
    package let mesh: MeshSnapshot
    /// The generator, shared by all snapshots of the control plane for its cache.
    package let generator: ResourceGenerator
    /// Whom the mesh believes.
    package let trust: TrustResources

    /// Joins a snapshot with the generator and the trust of the same time.
    package init(_ mesh: MeshSnapshot, generator: ResourceGenerator, trust: TrustResources = TrustResources()) {
        self.mesh = mesh
        self.generator = generator
        self.trust = trust
    }

    package var version: UInt64 { mesh.version }

    /// The proxy that a node ID and its metadata describe; refuses nodes that are no Istio proxy.
    package static func client(
        for node: Envoy_Config_Core_V3_Node,
        identity: SPIFFEIdentity?
    ) throws(UnacceptableNode) -> ProxyNode {
        var proxy: ProxyNode
        do {
            proxy = try ProxyNode(node)
        } catch {
            throw UnacceptableNode(reason: error.description)
        }
        guard let identity else { return proxy }
        if let difference = proxy.difference(from: identity) {
            throw UnacceptableNode(reason: difference, isForbidden: true)
        }
        proxy.verifiedIdentity = identity
        return proxy
    }

    /// Both changes as one, for clients that saw neither.
    package static func merge(_ earlier: MeshChange, _ later: MeshChange) -> MeshChange {
        earlier.merging(later)
    }

    /// What the mesh knows about the workload is looked up at generation; the node itself does not change.
    package func refreshed(_ client: ProxyNode) -> ProxyNode { client }

    /// The resources of a type for the proxy, only `names` unless nil; empty for types that nothing generates.
    package func resources(_ type: ResourceType, names: Set<String>?, for client: ProxyNode) -> [VersionedResource] {
        var resources = trust.resources(type, names: names)
        if let kind = ResourceKind(type) { resources += generator.generate(kind, for: client, in: mesh, names: names) }
        return resources.map { VersionedResource(name: $0.name, version: $0.version, body: $0.body) }
    }

    /// The types whose resources the change may alter for the proxy; what it leaves out needs no generation.
    package func types(
        concernedBy change: MeshChange,
        for client: ProxyNode,
        since previous: MeshServedSnapshot
    ) -> Set<ResourceType> {
        var types = Set(generator.concerns(change, for: client, from: previous.mesh, to: mesh).map(\.resourceType))
        if trust.version != previous.trust.version { types.formUnion([.sds, .pcds]) }
        return types
    }
}

extension TrustResources {
    /// The bundle in the form of the type: Envoy's secret, or Istio's proxy configuration.
    fileprivate func resources(_ type: ResourceType, names: Set<String>?) -> [GeneratedResource] {
        switch type {
        case .sds: secrets.filter { names?.contains($0.name) ?? true }
        case .pcds: proxyConfigs
        default: []
        }
    }
}

extension ResourceKind {
    /// The kind that generates a type; nil when nothing does.
    fileprivate init?(_ type: ResourceType) {
        guard let kind = Self.allCases.first(where: { $0.resourceType == type }) else { return nil }
        self = kind
    }

    /// The type a kind generates.
    fileprivate var resourceType: ResourceType {
        switch self {
        case .listener: .lds
        case .route: .rds
        case .cluster: .cds
        case .endpoint: .eds
        case .secret: .sds
        }
    }
}
