import EnvoyAPI
import SwiftProtobuf

extension ResourceReader {
    /// Flattens a load assignment by priority and locality; gaps between priorities are refused, as in Envoy.
    mutating func loadAssignment(
        _ message: Envoy_Config_Endpoint_V3_ClusterLoadAssignment,
        allowsNames: Bool
    ) throws(InvalidResource) -> LoadAssignment {
        noteUnknownFields(message)
        var groups: [(priority: Int, order: Int, message: Envoy_Config_Endpoint_V3_LocalityLbEndpoints)] = []
        for (order, group) in message.endpoints.enumerated() {
            guard group.priority <= 128 else { throw invalid("endpoints[\(order)].priority", "must be 0...128") }
            groups.append((Int(group.priority), order, group))
        }
        groups.sort { ($0.priority, $0.order) < ($1.priority, $1.order) }
        var localities: [LocalityEndpoints] = []
        var endpoints: [Endpoint] = []
        var priorities: [Range<Int>] = []
        var totalWeight: UInt64 = 0
        for group in groups {
            guard group.priority <= priorities.count else {
                throw invalid("endpoints", "priority \(priorities.count) is missing")
            }
            let place = group.message.locality
            let locality = Locality(region: place.region, zone: place.zone, subZone: place.subZone)
            let start = endpoints.count
            let field = "endpoints[\(group.order)].lb_endpoints"
            endpoints += try each(field, group.message.lbEndpoints) { reader, endpoint throws(InvalidResource) in
                try reader.endpoint(
                    endpoint,
                    priority: group.priority,
                    locality: locality,
                    allowsNames: allowsNames
                )
            }
            for endpoint in endpoints[start...] { totalWeight += UInt64(endpoint.weight) }
            if group.priority == priorities.count {
                priorities.append(localities.count..<localities.count)
            }
            localities.append(
                LocalityEndpoints(
                    locality: locality,
                    priority: group.priority,
                    weight: group.message.hasLoadBalancingWeight ? group.message.loadBalancingWeight.value : nil,
                    range: start..<endpoints.count
                )
            )
            priorities[group.priority] = priorities[group.priority].lowerBound..<localities.count
        }
        guard totalWeight <= UInt64(UInt32.max) else {
            throw invalid("endpoints", "the sum of weights exceeds 4294967295")
        }
        var factor: UInt32 = 140
        if message.policy.hasOverprovisioningFactor {
            factor = message.policy.overprovisioningFactor.value
            guard factor > 0 else { throw invalid("policy.overprovisioning_factor", "must be more than zero") }
        }
        return LoadAssignment(
            localities: localities,
            endpoints: endpoints,
            priorities: priorities,
            overprovisioningFactor: factor
        )
    }

    private mutating func endpoint(
        _ message: Envoy_Config_Endpoint_V3_LbEndpoint,
        priority: Int,
        locality: Locality,
        allowsNames: Bool
    ) throws(InvalidResource) -> Endpoint {
        noteUnknownFields(message)
        guard case .endpoint(let target)? = message.hostIdentifier else {
            throw invalid("endpoint", "is missing; named endpoints are not supported")
        }
        noteUnknownFields(target)
        let weight = message.hasLoadBalancingWeight ? message.loadBalancingWeight.value : 1
        guard weight > 0 else { throw invalid("load_balancing_weight", "must be at least 1") }
        let health: EndpointHealth
        switch message.healthStatus {
        case .unknown, .healthy: health = .healthy
        case .degraded: health = .degraded
        case .unhealthy, .timeout: health = .unhealthy
        case .draining: health = .draining
        case .UNRECOGNIZED: throw invalid("health_status", "is not known")
        }
        return Endpoint(
            address: try endpointAddress(target.address, allowsNames: allowsNames),
            hostname: target.hostname,
            weight: weight,
            health: health,
            priority: priority,
            locality: locality,
            metadata: EndpointMetadata(
                tlsMode: message.metadata.text("envoy.transport_socket_match", "tlsMode"),
                workload: message.metadata.text("istio", "workload")
            )
        )
    }

    private func endpointAddress(
        _ address: Envoy_Config_Core_V3_Address,
        allowsNames: Bool
    ) throws(InvalidResource) -> EndpointAddress {
        switch address.address {
        case .socketAddress(let socket)?:
            if IPAddress(socket.address) == nil, allowsNames {
                guard !socket.address.isEmpty, socket.address.utf8.count <= 255 else {
                    throw invalid("address", "\"\(socket.address)\" is not a host name")
                }
                return .name(socket.address, port: try port("address.port_value", socket.portValue))
            }
            return .socket(try socketAddress("address", socket))
        case .pipe(let pipe)?:
            guard !pipe.path.isEmpty, pipe.path.utf8.count < 108 else {
                throw invalid("address.pipe", "the path is empty or longer than 107 bytes")
            }
            return .pipe(pipe.path)
        case nil:
            throw invalid("address", "is missing or of an unsupported kind")
        }
    }
}

extension Envoy_Config_Core_V3_Metadata {
    /// A string member of one filter's metadata, empty if there is none.
    func text(_ filter: String, _ key: String) -> String {
        filterMetadata[filter]?.fields[key]?.stringValue ?? ""
    }
}
