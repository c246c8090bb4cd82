/// A kind of xDS resource, named by its type URL.
///
/// The set is open: a client may ask for any URL, and a type nobody generates is answered as empty. The static
/// members are the types the mesh knows by name (xDS protocol, "Resource Types").
package struct ResourceType: Hashable, Sendable {
    /// The protobuf `Any` type URL, for example `type.googleapis.com/envoy.config.cluster.v3.Cluster`.
    package let typeURL: String

    /// Wraps a type URL as it came from the wire; nothing is checked.
    package init(typeURL: String) {
        self.typeURL = typeURL
    }

    /// `envoy.config.listener.v3.Listener`.
    package static let lds = ResourceType(typeURL: "type.googleapis.com/envoy.config.listener.v3.Listener")
    /// `envoy.config.route.v3.RouteConfiguration`.
    package static let rds = ResourceType(typeURL: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration")
    /// `envoy.config.cluster.v3.Cluster`.
    package static let cds = ResourceType(typeURL: "type.googleapis.com/envoy.config.cluster.v3.Cluster")
    /// `envoy.config.endpoint.v3.ClusterLoadAssignment`.
    package static let eds = ResourceType(
        typeURL: "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
    )
    /// `envoy.extensions.transport_sockets.tls.v3.Secret`.
    package static let sds = ResourceType(
        typeURL: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
    )
    /// `envoy.config.core.v3.TypedExtensionConfig`.
    package static let ecds = ResourceType(typeURL: "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig")
    /// Istio's name table for the DNS proxy, `istio.networking.nds.v1.NameTable`.
    package static let nds = ResourceType(typeURL: "type.googleapis.com/istio.networking.nds.v1.NameTable")
    /// The trust bundle for Istio's agent, `istio.mesh.v1alpha1.ProxyConfig` with `ca_certificates_pem`.
    package static let pcds = ResourceType(typeURL: "type.googleapis.com/istio.mesh.v1alpha1.ProxyConfig")
}

extension ResourceType {
    /// The types in the order in which a push is written: what is referred to goes before what refers to it
    /// (xDS protocol, "Eventual consistency considerations": CDS, EDS, LDS, RDS).
    package static let pushOrder: [ResourceType] = [.cds, .eds, .lds, .rds, .sds, .ecds, .nds, .pcds]

    /// The three-letter name of the type ("CDS"), or the last component of the type URL of an unknown type.
    package var shortName: String {
        switch self {
        case .lds: "LDS"
        case .rds: "RDS"
        case .cds: "CDS"
        case .eds: "EDS"
        case .sds: "SDS"
        case .ecds: "ECDS"
        case .nds: "NDS"
        case .pcds: "PCDS"
        default: typeURL.split(separator: ".").last.map(String.init) ?? typeURL
        }
    }

    /// The place in ``pushOrder``; unknown types come last.
    package var pushRank: Int {
        Self.pushOrder.firstIndex(of: self) ?? Self.pushOrder.count
    }

    /// Whether a first request without names means "everything" (xDS protocol, "How the client specifies what
    /// resources to return"): so for listeners and clusters, and as in Istio for the name table and the trust bundle.
    package var isWildcardByDefault: Bool {
        self == .lds || self == .cds || self == .nds || self == .pcds
    }

    /// Whether a state-of-the-world response must carry the whole set, because absence means removal
    /// (xDS protocol, "Deleting resources": listeners and clusters only).
    package var isFullSet: Bool {
        self == .lds || self == .cds
    }

    /// The type whose subscribers wait for an answer when a resource of this type changes
    /// (xDS protocol, "Resource warming": CDS waits for EDS, LDS waits for RDS).
    package var warmedBy: ResourceType? {
        switch self {
        case .cds: .eds
        case .lds: .rds
        default: nil
        }
    }
}

extension ResourceType: CustomStringConvertible {
    package var description: String { shortName }
}
