/// The xDS resource types a snapshot is built from.
package enum ResourceKind: Sendable, Hashable, CaseIterable {
    case cluster
    case loadAssignment
    case listener
    case routeConfiguration
    case secret

    /// The type URL of the resources.
    package var typeURL: String {
        switch self {
        case .cluster: "type.googleapis.com/envoy.config.cluster.v3.Cluster"
        case .loadAssignment: "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
        case .listener: "type.googleapis.com/envoy.config.listener.v3.Listener"
        case .routeConfiguration: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
        case .secret: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
        }
    }

    /// The kind of that type URL.
    package init?(typeURL: String) {
        guard let kind = Self.allCases.first(where: { $0.typeURL == typeURL }) else { return nil }
        self = kind
    }
}

/// A resource that was refused: its last good version, if any, stays.
package struct Rejection: Sendable, Equatable, Hashable {
    package let kind: ResourceKind
    package let name: String
    /// The field and what is wrong with it, for the NACK.
    package let reason: String

    package init(kind: ResourceKind, name: String, reason: String) {
        self.kind = kind
        self.name = name
        self.reason = reason
    }
}

/// Something a resource asks for that the proxy does not do yet and can safely leave out.
package struct ResourceWarning: Sendable, Equatable, Hashable {
    package let kind: ResourceKind
    package let name: String
    /// The field and what is left out.
    package let reason: String

    package init(kind: ResourceKind, name: String, reason: String) {
        self.kind = kind
        self.name = name
        self.reason = reason
    }
}
