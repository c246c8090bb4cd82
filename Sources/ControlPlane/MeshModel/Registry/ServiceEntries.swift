import MeshConfig

/// Turns ServiceEntries into services, one for each host (Istio `serviceentry/conversion.go`).
struct ServiceEntries {
    let config: ConfigSnapshot
    let workloads: WorkloadIndex
    private let namespaceAnnotations: [String: [String: String]]
    private(set) var diagnostics: [ModelDiagnostic] = []

    /// Label of a ServiceEntry that, when `false`, keeps it from getting an address.
    static let autoAllocateLabel = "networking.istio.io/enable-autoallocate-ip"

    init(config: ConfigSnapshot, workloads: WorkloadIndex) {
        self.config = config
        self.workloads = workloads
        namespaceAnnotations = TrafficDistribution.namespaceAnnotations(config)
    }

    mutating func drafts() -> [ServiceDraft] {
        var drafts: [ServiceDraft] = []
        for entry in config.serviceEntries {
            let members = members(of: entry)
            var seen: Set<Hostname> = []
            for host in entry.spec.hosts.map(Hostname.init) where seen.insert(host).inserted {
                var draft = ServiceDraft(service(host, of: entry))
                addEndpoints(members, of: entry, to: &draft)
                drafts.append(draft)
            }
        }
        return drafts
    }

    private func service(_ host: Hostname, of entry: Resource<ServiceEntry>) -> Service {
        let (metadata, spec) = (entry.metadata, entry.spec)
        var service = Service(
            key: ServiceKey(hostname: host, namespace: metadata.namespace),
            name: metadata.name,
            registry: .external,
            source: ObjectKey(kind: .serviceEntry, namespace: metadata.namespace, name: metadata.name)
        )
        service.ports = spec.ports.map { port in
            Service.Port(
                name: port.name,
                number: port.number,
                protocol: PortProtocol(name: port.protocol),
                targetPort: port.targetPort == 0 ? nil : .int(port.targetPort)
            )
        }
        service.addresses = spec.addresses
        service.resolution =
            switch spec.resolution {
            case .none: .originalDestination
            case .static: .eds
            case .dns: .strictDNS
            case .dnsRoundRobin: .logicalDNS
            case .dynamicDns: .dynamicForwardProxy
            }
        service.isMeshExternal = spec.location == .meshExternal
        service.exportTo = Visibility(
            exportTo: spec.exportTo,
            namespace: metadata.namespace,
            fallback: config.mesh.defaultServiceExportTo
        )
        service.selector = spec.workloadSelector?.labels ?? [:]
        service.subjectAltNames = spec.subjectAltNames
        service.creationTime = metadata.creationTimestamp
        service.labels = metadata.labels
        service.trafficDistribution = TrafficDistribution(
            annotations: metadata.annotations,
            namespaceAnnotations: namespaceAnnotations[metadata.namespace]
        )
        service.location = metadata.source
        return service
    }

    /// Workloads behind every host of the entry: inline, else selected among WorkloadEntries and Pods.
    private func members(of entry: Resource<ServiceEntry>) -> [Workload] {
        if let selector = entry.spec.workloadSelector {
            return workloads.workloads(in: entry.namespace, selectedBy: selector.labels)
        }
        let source = ObjectKey(kind: .serviceEntry, namespace: entry.namespace, name: entry.name)
        return entry.spec.endpoints.map { Workload($0, source: source) }
    }

    private mutating func addEndpoints(
        _ members: [Workload],
        of entry: Resource<ServiceEntry>,
        to draft: inout ServiceDraft
    ) {
        let service = draft.service
        switch service.resolution {
        case .originalDestination, .dynamicForwardProxy, .alias: return
        case .eds, .strictDNS, .logicalDNS: break
        }
        for port in service.ports {
            guard case .int(let targetPort) = port.targetPort else { continue }
            for member in members where !member.address.isEmpty {
                // Only a WorkloadEntry's ports are by the service port's name; a container's are its own.
                let own = member.source.kind == .pod ? nil : member.ports[port.name]
                draft.add(member, port: own ?? targetPort, of: port)
            }
            guard members.isEmpty, entry.spec.workloadSelector == nil, service.resolution != .eds,
                !service.hostname.isWildcard
            else { continue }
            draft.add(
                Workload(
                    WorkloadEntry(address: service.hostname.text),
                    source: service.source
                ),
                port: targetPort,
                of: port
            )
        }
        guard members.isEmpty, entry.spec.workloadSelector == nil else { return }
        if service.resolution == .eds {
            complain(entry, "host \(service.hostname) has resolution STATIC but no endpoints; requests to it get 503")
        } else if service.hostname.isWildcard {
            complain(
                entry,
                "wildcard host \(service.hostname) cannot be asked of DNS; use resolution NONE or DYNAMIC_DNS"
            )
        }
    }

    private mutating func complain(_ entry: Resource<ServiceEntry>, _ message: String) {
        diagnostics.append(
            ModelDiagnostic(
                .serviceEntryIncomplete,
                object: ObjectKey(kind: .serviceEntry, namespace: entry.namespace, name: entry.name),
                location: entry.metadata.source,
                message: message
            )
        )
    }
}
