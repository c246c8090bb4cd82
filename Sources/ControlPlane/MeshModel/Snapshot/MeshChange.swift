package import MeshConfig

/// What differs between two snapshots, so that a push goes only to whom it concerns.
package struct MeshChange: Sendable, Hashable {
    /// One port of a service.
    package struct EndpointKey: Sendable, Hashable {
        package var service: ServiceKey
        /// Number of the service port.
        package var port: UInt32

        package init(service: ServiceKey, port: UInt32) {
            self.service = service
            self.port = port
        }
    }

    /// Everything may have changed: the first snapshot, or mesh-wide settings.
    package var isFull = false
    /// Objects added, removed or changed.
    package var objects: Set<ObjectKey> = []
    /// Services whose definition was added, removed or changed; also those whose clusters or listeners carry
    /// their endpoints (DNS and headless services) when those changed.
    package var services: Set<ServiceKey> = []
    /// Services whose endpoints run as others than before, which callers check.
    package var identities: Set<ServiceKey> = []
    /// Ports of services whose endpoints changed.
    package var endpoints: Set<EndpointKey> = []
    /// VirtualServices, DestinationRules, Sidecars, Gateways, security policies and Secrets whose effect changed,
    /// delegates counted to their root, keys of issuers and services of extension providers to the policies that name
    /// them.
    package var rules: Set<ObjectKey> = []
    /// Addresses of workloads whose own services or labels changed: their inbound listeners may differ.
    package var workloads: Set<String> = []

    package init() {}

    /// Hosts of `services`.
    package var hostnames: Set<Hostname> { Set(services.map(\.hostname)) }

    /// Whether nothing that a proxy is sent changed.
    package var isEmpty: Bool {
        !isFull && services.isEmpty && identities.isEmpty && endpoints.isEmpty && rules.isEmpty && workloads.isEmpty
    }

    /// Whether only endpoint sets changed, so that EDS is all most proxies need; the proxies of `workloads` are at
    /// most concerned with more.
    package var isEndpointsOnly: Bool {
        !isFull && services.isEmpty && identities.isEmpty && rules.isEmpty && !endpoints.isEmpty
    }

    /// Both changes, as one of snapshots in between was never pushed.
    package func merging(_ later: MeshChange) -> MeshChange {
        var merged = self
        merged.isFull = isFull || later.isFull
        merged.objects.formUnion(later.objects)
        merged.services.formUnion(later.services)
        merged.identities.formUnion(later.identities)
        merged.endpoints.formUnion(later.endpoints)
        merged.rules.formUnion(later.rules)
        merged.workloads.formUnion(later.workloads)
        return merged
    }
}
