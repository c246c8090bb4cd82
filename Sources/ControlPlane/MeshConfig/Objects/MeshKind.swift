/// The kinds of objects the mesh reads; closed, so that a new kind is a compile error wherever kinds are told apart.
///
/// The raw value is the `kind` as it is written in YAML.
package enum MeshKind: String, Sendable, Hashable, CaseIterable, Comparable {
    case namespace = "Namespace"
    case node = "Node"
    case service = "Service"
    case pod = "Pod"
    case endpointSlice = "EndpointSlice"
    case serviceAccount = "ServiceAccount"
    case virtualService = "VirtualService"
    case destinationRule = "DestinationRule"
    case serviceEntry = "ServiceEntry"
    case workloadEntry = "WorkloadEntry"
    case sidecar = "Sidecar"
    case gateway = "Gateway"
    case authorizationPolicy = "AuthorizationPolicy"
    case requestAuthentication = "RequestAuthentication"
    case secret = "Secret"
    case peerAuthentication = "PeerAuthentication"

    /// API group; empty for Kubernetes' core group.
    package var group: String {
        switch self {
        case .namespace, .node, .service, .pod, .serviceAccount, .secret: ""
        case .endpointSlice: "discovery.k8s.io"
        case .virtualService, .destinationRule, .serviceEntry, .workloadEntry, .sidecar, .gateway:
            "networking.istio.io"
        case .authorizationPolicy, .requestAuthentication, .peerAuthentication: "security.istio.io"
        }
    }

    /// Versions of the group that are served; all decode the same.
    package var versions: [String] {
        switch self {
        case .namespace, .node, .service, .pod, .serviceAccount, .secret: ["v1"]
        case .endpointSlice: ["v1", "v1beta1"]
        case .virtualService, .destinationRule, .serviceEntry, .workloadEntry, .sidecar, .gateway:
            ["v1", "v1beta1", "v1alpha3"]
        case .authorizationPolicy, .requestAuthentication, .peerAuthentication: ["v1", "v1beta1"]
        }
    }

    /// Whether objects of this kind live in no namespace.
    package var isClusterScoped: Bool {
        self == .namespace || self == .node
    }

    /// Order of the raw values, so that output sorted by kind reads alphabetically.
    package static func < (left: MeshKind, right: MeshKind) -> Bool {
        left.rawValue < right.rawValue
    }
}
