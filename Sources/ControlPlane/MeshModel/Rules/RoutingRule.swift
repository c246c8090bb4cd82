package import MeshConfig

/// A VirtualService as the model uses it: hosts and destinations resolved, delegates merged in.
///
/// All hosts in `spec` are FQDNs, wildcards or addresses; `spec.gateways` and every `match.gateways` hold `mesh` or
/// `namespace/name`; no route has a `delegate` left, and rules that only delegate to what nobody may see are gone.
package struct RoutingRule: Sendable, Hashable {
    /// Metadata of the root VirtualService, with its place in a file.
    package var metadata: ObjectMetadata
    /// Resolved copy.
    package var spec: VirtualService
    /// `spec.hosts`, in their order.
    package var hosts: [Hostname]
    /// Namespaces that see it.
    package var exportTo: Visibility
    /// The objects it was made of: the root and the delegates merged in.
    package var sources: [ObjectKey]
    /// Version of the snapshot in which it last changed.
    package var version: UInt64 = 0

    package init(metadata: ObjectMetadata, spec: VirtualService, hosts: [Hostname], exportTo: Visibility) {
        self.metadata = metadata
        self.spec = spec
        self.hosts = hosts
        self.exportTo = exportTo
        sources = [ObjectKey(kind: .virtualService, namespace: metadata.namespace, name: metadata.name)]
    }

    /// Namespace of the root VirtualService.
    package var namespace: String { metadata.namespace }
    /// Name of the root VirtualService.
    package var name: String { metadata.name }
    /// Key of the root VirtualService.
    package var key: ObjectKey { ObjectKey(kind: .virtualService, namespace: namespace, name: name) }
    /// Name of the gateway that stands for all sidecars (Istio `constants.IstioMeshGateway`).
    package static let meshGateway = "mesh"
}

extension ObjectMetadata {
    /// Whether this object comes first where rules collide: older, then `name.namespace`
    /// (Istio `sortConfigByCreationTime`). Objects from files carry no time and are ordered by name alone.
    package func precedes(_ other: ObjectMetadata) -> Bool {
        let times = (creationTimestamp ?? .min, other.creationTimestamp ?? .min)
        if times.0 != times.1 { return times.0 < times.1 }
        return "\(name).\(namespace)" < "\(other.name).\(other.namespace)"
    }
}
