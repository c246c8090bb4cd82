internal import MeshConfig
internal import MeshModel

/// One service in `/debug/registryz`.
struct RegistryEntry: Encodable {
    struct Port: Encodable {
        var name: String
        var port: UInt32
        var `protocol`: String
    }

    struct Attributes: Encodable {
        var name: String
        var namespace: String
        var serviceRegistry: String
        var labels: [String: String]
        var selector: [String: String]
    }

    var hostname: String
    var addresses: [String]
    var ports: [Port]
    var meshExternal: Bool
    var resolution: String
    var attributes: Attributes
    var location: String?

    enum CodingKeys: String, CodingKey {
        case hostname
        case addresses
        case ports
        case meshExternal
        case resolution = "Resolution"
        case attributes = "Attributes"
        case location
    }

    init(_ service: Service) {
        hostname = service.hostname.text
        addresses = service.effectiveAddresses
        ports = service.ports.map { Port(name: $0.name, port: $0.number, protocol: "\($0.protocol)") }
        meshExternal = service.isMeshExternal
        resolution = "\(service.resolution)"
        attributes = Attributes(
            name: service.name,
            namespace: service.namespace,
            serviceRegistry: service.registry.rawValue,
            labels: service.labels,
            selector: service.selector
        )
        location = service.location?.description
    }
}

/// The endpoints behind one service port in `/debug/endpointz`.
struct EndpointEntry: Encodable {
    struct Endpoint: Encodable {
        var address: String
        var port: UInt32
        var health: String
        var weight: UInt32
        var locality: String
        var labels: [String: String]
        var serviceAccount: String
        var workload: String
        var namespace: String
        var tlsMode: String
    }

    var svc: String
    var namespace: String
    var port: String
    var number: UInt32
    var ep: [Endpoint]

    /// Every port of every service.
    static func all(in snapshot: MeshSnapshot) -> [EndpointEntry] {
        snapshot.services.flatMap { service in
            service.ports.map { port in
                EndpointEntry(
                    svc: "\(service.hostname.text):\(port.name)",
                    namespace: service.namespace,
                    port: port.name,
                    number: port.number,
                    ep: (snapshot.endpointSet(of: service.key, port: port.number)?.endpoints ?? []).map(Endpoint.init)
                )
            }
        }
    }
}

extension EndpointEntry.Endpoint {
    init(_ endpoint: WorkloadEndpoint) {
        address = endpoint.address.description
        port = endpoint.port
        health = "\(endpoint.health)"
        weight = endpoint.weight
        locality = endpoint.locality.description
        labels = endpoint.labels
        serviceAccount = endpoint.serviceAccount
        workload = endpoint.workloadName
        namespace = endpoint.namespace
        tlsMode = endpoint.tlsMode
    }
}

/// What a proxy may know of the mesh, in `/debug/sidecarz`.
struct ScopeEntry: Encodable {
    var proxy: String
    var sidecar: String?
    var outboundTrafficPolicy: String
    var services: [String]
    var virtualServices: [String]
    var destinationRules: [String]

    init(_ node: ProxyNode, in snapshot: MeshSnapshot) {
        let scope = snapshot.scope(for: node)
        proxy = node.id
        sidecar = scope.key.sidecar?.description
        outboundTrafficPolicy = "\(scope.outboundTrafficPolicy)"
        services = scope.services.map(\.key.description)
        virtualServices = scope.virtualServices.map(\.key.description)
        let rules = scope.services.flatMap { scope.destinationPolicy(for: $0.hostname)?.sources ?? [] }
        destinationRules = Set(rules.map(\.description)).sorted()
    }
}
