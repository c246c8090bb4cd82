import MeshConfig

/// Turns Kubernetes Services into services with endpoints (Istio `kube/conversion.go`, `endpointslice.go`).
struct KubernetesServices {
    let config: ConfigSnapshot
    let cluster: ClusterSettings
    let workloads: WorkloadIndex
    private(set) var diagnostics: [ModelDiagnostic] = []
    private let slices: [ObjectKey: [Resource<EndpointSliceSpec>]]
    private let namespaceAnnotations: [String: [String: String]]

    /// Label of an EndpointSlice that names its Service.
    private static let serviceNameLabel = "kubernetes.io/service-name"
    /// Annotation of a Service that says who sees it.
    private static let exportToAnnotation = "networking.istio.io/exportTo"

    init(config: ConfigSnapshot, cluster: ClusterSettings, workloads: WorkloadIndex) {
        self.config = config
        self.cluster = cluster
        self.workloads = workloads
        var slices: [ObjectKey: [Resource<EndpointSliceSpec>]] = [:]
        for slice in config.endpointSlices {
            guard let name = slice.metadata.labels[Self.serviceNameLabel] else { continue }
            slices[ObjectKey(kind: .service, namespace: slice.namespace, name: name), default: []].append(slice)
        }
        self.slices = slices
        namespaceAnnotations = TrafficDistribution.namespaceAnnotations(config)
    }

    mutating func drafts() -> [ServiceDraft] {
        config.services.map { resource in
            var draft = ServiceDraft(service(resource))
            guard draft.service.resolution != .alias else { return draft }
            if let slices = slices[draft.service.source] {
                for slice in slices { addEndpoints(of: slice, to: &draft) }
            } else {
                addPods(to: &draft)
            }
            addWorkloadEntries(to: &draft)
            return draft
        }
    }

    private func service(_ resource: Resource<ServiceSpec>) -> Service {
        let (metadata, spec) = (resource.metadata, resource.spec)
        var service = Service(
            key: ServiceKey(
                hostname: .service(metadata.name, namespace: metadata.namespace, domain: cluster.domain),
                namespace: metadata.namespace
            ),
            name: metadata.name,
            registry: .kubernetes,
            source: ObjectKey(kind: .service, namespace: metadata.namespace, name: metadata.name)
        )
        service.ports = spec.ports.map { port in
            Service.Port(
                name: port.name,
                number: port.port,
                protocol: .of(
                    port: port.port,
                    name: port.name,
                    appProtocol: port.appProtocol,
                    isUDP: port.protocol == .udp
                ),
                targetPort: port.targetPort
            )
        }
        if spec.type == .externalName, !spec.externalName.isEmpty {
            service.resolution = .alias
            service.isMeshExternal = true
            service.externalName = spec.externalName
        } else if spec.isHeadless {
            service.resolution = .originalDestination
            service.isHeadless = true
        } else {
            service.addresses = spec.clusterIPs.isEmpty ? [spec.clusterIP] : spec.clusterIPs
            service.addresses.removeAll { $0.isEmpty || $0 == "None" }
        }
        let exportTo = (metadata.annotations[Self.exportToAnnotation] ?? "").split(separator: ",").map { entry in
            String(entry.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        service.exportTo = Visibility(
            exportTo: exportTo,
            namespace: metadata.namespace,
            fallback: config.mesh.defaultServiceExportTo
        )
        service.selector = spec.selector
        service.creationTime = metadata.creationTimestamp
        service.publishesNotReady = spec.publishNotReadyAddresses
        service.isNodeLocal = spec.internalTrafficPolicy == .local
        service.trafficDistribution = TrafficDistribution(
            field: spec.trafficDistribution,
            annotations: metadata.annotations,
            namespaceAnnotations: namespaceAnnotations[metadata.namespace]
        )
        service.labels = metadata.labels
        service.location = metadata.source
        return service
    }

    private mutating func addEndpoints(of slice: Resource<EndpointSliceSpec>, to draft: inout ServiceDraft) {
        guard slice.spec.addressType != .fqdn else {
            diagnostics.append(
                ModelDiagnostic(
                    .endpointSliceIgnored,
                    object: ObjectKey(kind: .endpointSlice, namespace: slice.namespace, name: slice.name),
                    location: slice.metadata.source,
                    message: "addresses of type FQDN cannot be endpoints; use a ServiceEntry with resolution DNS"
                )
            )
            return
        }
        for endpoint in slice.spec.endpoints {
            for address in endpoint.addresses {
                var workload = workload(of: endpoint, address: address, slice: slice)
                workload.address = address
                // Kubernetes calls a terminating endpoint ready only where the service publishes such endpoints.
                let isReady = endpoint.isReady ?? true
                workload.health = isReady ? .healthy : endpoint.isTerminating == true ? .draining : .unhealthy
                if !endpoint.nodeName.isEmpty { workload.nodeName = endpoint.nodeName }
                if workload.locality.zone.isEmpty { workload.locality.zone = endpoint.zone }
                for port in slice.spec.ports {
                    guard let number = port.port, let servicePort = draft.service.port(named: port.name) else {
                        continue
                    }
                    draft.add(workload, port: number, of: servicePort)
                }
            }
        }
    }

    private func workload(
        of endpoint: EndpointSliceSpec.Endpoint,
        address: String,
        slice: Resource<EndpointSliceSpec>
    ) -> Workload {
        var found: Workload?
        if let target = endpoint.targetRef, target.kind == "Pod" {
            let namespace = target.namespace.isEmpty ? slice.namespace : target.namespace
            found = workloads.pod(target.name, namespace: namespace)
        }
        if let workload = found ?? workloads.byAddress[address], workload.namespace == slice.namespace {
            return workload
        }
        return Workload(
            source: ObjectKey(
                kind: .endpointSlice,
                namespace: slice.namespace,
                name: endpoint.targetRef?.name ?? slice.name
            ),
            address: address,
            labels: [:],
            serviceAccount: "",
            workloadName: endpoint.targetRef?.name ?? "",
            locality: Locality(),
            network: cluster.network,
            nodeName: "",
            cluster: cluster.clusterID,
            weight: 1,
            health: .healthy
        )
    }

    /// Only where no EndpointSlice of the service exists, as in files written by hand: the pods its selector chooses.
    private func addPods(to draft: inout ServiceDraft) {
        let service = draft.service
        for workload in workloads.workloads(in: service.namespace, selectedBy: service.selector)
        where workload.source.kind == .pod && !workload.address.isEmpty {
            for port in service.ports {
                switch port.targetPort {
                case .int(let number): draft.add(workload, port: number, of: port)
                case .string(let name):
                    guard let number = workload.ports[name] else { continue }
                    draft.add(workload, port: number, of: port)
                }
            }
        }
    }

    /// A Service's selector chooses WorkloadEntries too; their `ports` are by the service port's name.
    private func addWorkloadEntries(to draft: inout ServiceDraft) {
        let service = draft.service
        for workload in workloads.workloads(in: service.namespace, selectedBy: service.selector)
        where workload.source.kind != .pod && IPAddressText.isAddress(workload.address) {
            for port in service.ports {
                if let number = workload.ports[port.name] {
                    draft.add(workload, port: number, of: port)
                    continue
                }
                switch port.targetPort {
                case .int(let number): draft.add(workload, port: number, of: port)
                case .string(let name):
                    if let number = workload.ports[name] { draft.add(workload, port: number, of: port) }
                }
            }
        }
    }
}
