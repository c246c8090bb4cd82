/// All objects of the mesh at one moment, grouped by kind; what a source hands on and the model is built from.
///
/// Each group is sorted by namespace and name, so that equal input gives equal output whatever order files came in.
package struct ConfigSnapshot: Sendable, Hashable {
    /// Namespaces.
    package private(set) var namespaces: [Resource<NamespaceSpec>] = []
    /// Nodes.
    package private(set) var nodes: [Resource<NodeSpec>] = []
    /// Kubernetes Services.
    package private(set) var services: [Resource<ServiceSpec>] = []
    /// Pods.
    package private(set) var pods: [Resource<PodSpec>] = []
    /// EndpointSlices.
    package private(set) var endpointSlices: [Resource<EndpointSliceSpec>] = []
    /// ServiceAccounts.
    package private(set) var serviceAccounts: [Resource<ServiceAccountSpec>] = []
    /// VirtualServices.
    package private(set) var virtualServices: [Resource<VirtualService>] = []
    /// DestinationRules.
    package private(set) var destinationRules: [Resource<DestinationRule>] = []
    /// ServiceEntries.
    package private(set) var serviceEntries: [Resource<ServiceEntry>] = []
    /// WorkloadEntries.
    package private(set) var workloadEntries: [Resource<WorkloadEntry>] = []
    /// Sidecars.
    package private(set) var sidecars: [Resource<Sidecar>] = []
    /// Gateways.
    package private(set) var gateways: [Resource<Gateway>] = []
    /// AuthorizationPolicies.
    package private(set) var authorizationPolicies: [Resource<AuthorizationPolicy>] = []
    /// RequestAuthentications.
    package private(set) var requestAuthentications: [Resource<RequestAuthentication>] = []
    /// Secrets; what is not TLS is empty.
    package private(set) var secrets: [Resource<SecretSpec>] = []
    /// PeerAuthentications.
    package private(set) var peerAuthentications: [Resource<PeerAuthentication>] = []
    /// Mesh-wide settings.
    package private(set) var mesh: MeshConfiguration
    /// Version of each object: a number that grows whenever the object changes, and is never used twice by one source.
    package private(set) var versions: [ObjectKey: UInt64]
    /// Number of the snapshot; grows with every change of a source.
    package private(set) var version: UInt64

    /// Groups `objects`; where two have the same key both are kept, so callers resolve that before.
    package init(
        objects: some Sequence<MeshObject> = EmptyCollection<MeshObject>(),
        mesh: MeshConfiguration = MeshConfiguration(),
        versions: [ObjectKey: UInt64] = [:],
        version: UInt64 = 0
    ) {
        self.mesh = mesh
        self.versions = versions
        self.version = version
        for object in objects.sorted(by: { $0.key < $1.key }) {
            switch object {
            case .namespace(let resource): namespaces.append(resource)
            case .node(let resource): nodes.append(resource)
            case .service(let resource): services.append(resource)
            case .pod(let resource): pods.append(resource)
            case .endpointSlice(let resource): endpointSlices.append(resource)
            case .serviceAccount(let resource): serviceAccounts.append(resource)
            case .virtualService(let resource): virtualServices.append(resource)
            case .destinationRule(let resource): destinationRules.append(resource)
            case .serviceEntry(let resource): serviceEntries.append(resource)
            case .workloadEntry(let resource): workloadEntries.append(resource)
            case .sidecar(let resource): sidecars.append(resource)
            case .gateway(let resource): gateways.append(resource)
            case .authorizationPolicy(let resource): authorizationPolicies.append(resource)
            case .requestAuthentication(let resource): requestAuthentications.append(resource)
            case .secret(let resource): secrets.append(resource)
            case .peerAuthentication(let resource): peerAuthentications.append(resource)
            }
        }
    }
}

extension ConfigSnapshot {
    /// Every object, kind by kind.
    package var objects: [MeshObject] {
        namespaces.map(MeshObject.namespace) + nodes.map(MeshObject.node) + services.map(MeshObject.service)
            + pods.map(MeshObject.pod) + endpointSlices.map(MeshObject.endpointSlice)
            + serviceAccounts.map(MeshObject.serviceAccount) + virtualServices.map(MeshObject.virtualService)
            + destinationRules.map(MeshObject.destinationRule) + serviceEntries.map(MeshObject.serviceEntry)
            + workloadEntries.map(MeshObject.workloadEntry) + sidecars.map(MeshObject.sidecar)
            + gateways.map(MeshObject.gateway)
            + authorizationPolicies.map(MeshObject.authorizationPolicy)
            + requestAuthentications.map(MeshObject.requestAuthentication)
            + peerAuthentications.map(MeshObject.peerAuthentication)
            + secrets.map(MeshObject.secret)
    }
}
