import MeshConfig

/// All services with their endpoints and the workloads behind them, indexed.
struct ServiceRegistry: Sendable {
    /// A port some workload serves, by reference.
    struct TargetReference: Sendable, Hashable {
        var service: ServiceKey
        var servicePort: UInt32
        var targetPort: UInt32
    }

    /// Services, those that come first where services collide first.
    let services: [Service]
    /// Endpoints by service and service port number.
    let endpointSets: [ServiceKey: [UInt32: EndpointSet]]
    /// Workloads by address.
    let workloads: [String: Workload]
    /// What the workload at an address serves, without repetition, in the order of `services`.
    let targets: [String: [TargetReference]]

    /// Wildcard hosts of the registry.
    private let wildcards: HostnameIndex<Bool>
    private let indexByKey: [ServiceKey: Int]
    private let indexesByHost: [Hostname: [Int]]
    private let indexesByNamespace: [String: [Int]]

    init(
        services: [Service],
        endpointSets: [ServiceKey: [UInt32: EndpointSet]],
        workloads: [String: Workload],
        previous: ServiceRegistry? = nil,
        version: UInt64
    ) {
        let ordered = services.sorted { $0.precedes($1) }.map { service in
            service.versioned(after: previous?.service(service.key), version: version)
        }
        var versionedSets = endpointSets
        for (key, sets) in endpointSets {
            for (port, set) in sets {
                var set = set
                let old = previous?.endpointSet(of: key, port: port)
                set.version = old?.endpoints == set.endpoints ? old?.version ?? version : version
                versionedSets[key]?[port] = set
            }
        }
        var indexByKey: [ServiceKey: Int] = [:]
        var indexesByHost: [Hostname: [Int]] = [:]
        var indexesByNamespace: [String: [Int]] = [:]
        var targets: [String: [TargetReference]] = [:]
        for (index, service) in ordered.enumerated() {
            indexByKey[service.key] = index
            indexesByHost[service.hostname, default: []].append(index)
            indexesByNamespace[service.namespace, default: []].append(index)
            for port in service.ports {
                var seen: Set<WorkloadEndpoint.Address> = []
                for endpoint in versionedSets[service.key]?[port.number]?.endpoints ?? [] {
                    guard case .ip(let address) = endpoint.address, seen.insert(endpoint.address).inserted else {
                        continue
                    }
                    targets[address, default: []].append(
                        TargetReference(service: service.key, servicePort: port.number, targetPort: endpoint.port)
                    )
                }
            }
        }
        var wildcards = HostnameIndex<Bool>()
        for service in ordered where service.hostname.isWildcard { wildcards[host: service.hostname] = true }
        self.wildcards = wildcards
        self.services = ordered
        self.endpointSets = versionedSets
        self.workloads = workloads
        self.targets = targets
        self.indexByKey = indexByKey
        self.indexesByHost = indexesByHost
        self.indexesByNamespace = indexesByNamespace
    }

    func service(_ key: ServiceKey) -> Service? { indexByKey[key].map { services[$0] } }

    func services(for hostname: Hostname) -> [Service] { (indexesByHost[hostname] ?? []).map { services[$0] } }

    func services(in namespace: String) -> [Service] { (indexesByNamespace[namespace] ?? []).map { services[$0] } }

    func hasWildcard(covering hostname: Hostname) -> Bool { wildcards.mostSpecific(for: hostname) ?? false }

    func endpointSet(of key: ServiceKey, port: UInt32) -> EndpointSet? { endpointSets[key]?[port] }

    /// The client's own namespace, else Kubernetes, else the oldest, of those that can be seen (Istio `sidecar.go`).
    func service(_ hostname: Hostname, visibleTo namespace: String) -> Service? {
        var chosen: Service?
        for index in indexesByHost[hostname] ?? [] where services[index].exportTo.includes(namespace) {
            let candidate = services[index]
            guard let current = chosen else {
                chosen = candidate
                continue
            }
            if candidate.outranks(current, for: namespace) { chosen = candidate }
        }
        return chosen
    }
}

extension Service {
    /// Whether this service, of lower precedence by age, still stands for their common host in a client's namespace.
    func outranks(_ other: Service, for namespace: String) -> Bool {
        if namespace == self.namespace || namespace == other.namespace {
            return namespace == self.namespace && namespace != other.namespace
        }
        return registry == .kubernetes && other.registry != .kubernetes
    }

    /// The same service with the version of `previous` when nothing else differs, else with `version`.
    func versioned(after previous: Service?, version: UInt64) -> Service {
        var service = self
        service.version = previous?.version ?? version
        if let previous, service.definition != previous.definition { service.version = version }
        return service
    }

    /// The service without what its endpoints bring.
    var definition: Service {
        var service = self
        service.identities = []
        return service
    }
}
