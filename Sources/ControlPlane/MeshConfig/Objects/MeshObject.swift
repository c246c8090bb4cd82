/// An object of any kind the mesh reads.
package enum MeshObject: Sendable, Hashable {
    case namespace(Resource<NamespaceSpec>)
    case node(Resource<NodeSpec>)
    case service(Resource<ServiceSpec>)
    case pod(Resource<PodSpec>)
    case endpointSlice(Resource<EndpointSliceSpec>)
    case serviceAccount(Resource<ServiceAccountSpec>)
    case virtualService(Resource<VirtualService>)
    case destinationRule(Resource<DestinationRule>)
    case serviceEntry(Resource<ServiceEntry>)
    case workloadEntry(Resource<WorkloadEntry>)
    case sidecar(Resource<Sidecar>)
    case gateway(Resource<Gateway>)
    case authorizationPolicy(Resource<AuthorizationPolicy>)
    case requestAuthentication(Resource<RequestAuthentication>)
    case secret(Resource<SecretSpec>)
    case peerAuthentication(Resource<PeerAuthentication>)

    /// Kind of the object.
    package var kind: MeshKind {
        switch self {
        case .namespace: .namespace
        case .node: .node
        case .service: .service
        case .pod: .pod
        case .endpointSlice: .endpointSlice
        case .serviceAccount: .serviceAccount
        case .virtualService: .virtualService
        case .destinationRule: .destinationRule
        case .serviceEntry: .serviceEntry
        case .workloadEntry: .workloadEntry
        case .sidecar: .sidecar
        case .gateway: .gateway
        case .authorizationPolicy: .authorizationPolicy
        case .requestAuthentication: .requestAuthentication
        case .secret: .secret
        case .peerAuthentication: .peerAuthentication
        }
    }

    /// Metadata of the object.
    package var metadata: ObjectMetadata {
        switch self {
        case .namespace(let resource): resource.metadata
        case .node(let resource): resource.metadata
        case .service(let resource): resource.metadata
        case .pod(let resource): resource.metadata
        case .endpointSlice(let resource): resource.metadata
        case .serviceAccount(let resource): resource.metadata
        case .virtualService(let resource): resource.metadata
        case .destinationRule(let resource): resource.metadata
        case .serviceEntry(let resource): resource.metadata
        case .workloadEntry(let resource): resource.metadata
        case .sidecar(let resource): resource.metadata
        case .gateway(let resource): resource.metadata
        case .authorizationPolicy(let resource): resource.metadata
        case .requestAuthentication(let resource): resource.metadata
        case .secret(let resource): resource.metadata
        case .peerAuthentication(let resource): resource.metadata
        }
    }

    /// Identity of the object across its versions.
    package var key: ObjectKey {
        let metadata = metadata
        return ObjectKey(kind: kind, namespace: metadata.namespace, name: metadata.name)
    }
}
