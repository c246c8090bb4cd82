import MeshConfig

/// A service while the registry is built: definition and the endpoints found for its ports, by port name.
struct ServiceDraft {
    var service: Service
    /// Endpoints by the name of the service port.
    var endpoints: [String: [WorkloadEndpoint]] = [:]

    init(_ service: Service) {
        self.service = service
    }

    mutating func add(_ workload: Workload, port: UInt32, of servicePort: Service.Port) {
        endpoints[servicePort.name, default: []].append(workload.endpoint(port: port, of: servicePort))
    }

    /// Adds what another definition of the same host in the same namespace brings: endpoints of ports with the same
    /// name; from ServiceEntries that are resolved alike also ports the service has not yet.
    mutating func absorb(_ other: ServiceDraft) {
        if service.registry == .external, other.service.resolution == service.resolution {
            for port in other.service.ports
            where service.port(port.number) == nil && service.port(named: port.name) == nil {
                service.ports.append(port)
            }
            for address in other.service.addresses where !service.addresses.contains(address) {
                service.addresses.append(address)
            }
        }
        for (name, found) in other.endpoints where service.port(named: name) != nil {
            endpoints[name, default: []] += found
        }
    }

    /// Says of each endpoint what its port accepts, and of the service whose identities answer for it.
    mutating func secure(by policies: PeerAuthenticationIndex) {
        var identities: Set<WorkloadIdentity> = []
        for (name, list) in endpoints {
            for (index, endpoint) in list.enumerated() {
                if !endpoint.serviceAccount.isEmpty, !endpoint.namespace.isEmpty {
                    identities.insert(
                        WorkloadIdentity(namespace: endpoint.namespace, serviceAccount: endpoint.serviceAccount)
                    )
                }
                guard !policies.isEmpty, endpoint.tlsMode == WorkloadEndpoint.mutualTLSLabel else { continue }
                endpoints[name]?[index].acceptedTLS =
                    policies.policy(namespace: endpoint.namespace, labels: endpoint.labels).mode(port: endpoint.port)
            }
        }
        service.identities = identities.sorted()
    }

    /// Endpoint sets by service port number; sorted and without repeated addresses, also for ports without endpoints.
    var endpointSets: [UInt32: EndpointSet] {
        var sets: [UInt32: EndpointSet] = [:]
        for port in service.ports {
            let sorted = (endpoints[port.name] ?? []).sorted { left, right in
                left.address == right.address ? left.port < right.port : left.address < right.address
            }
            var unique: [WorkloadEndpoint] = []
            for var endpoint in sorted {
                if let last = unique.last, last.address == endpoint.address, last.port == endpoint.port { continue }
                endpoint.servicePort = port.number
                unique.append(endpoint)
            }
            sets[port.number] = EndpointSet(service: service.key, port: port.number, endpoints: unique)
        }
        return sets
    }
}
