package import KubernetesAPI

/// TCP and UDP, as `protocol` of a port spells them; SCTP is not carried.
package enum TransportProtocol: String, Sendable, Hashable, Comparable {
    case tcp = "TCP"
    case udp = "UDP"

    /// Ascending order.
    package static func < (left: TransportProtocol, right: TransportProtocol) -> Bool { left.rawValue < right.rawValue }
}

/// An address and port that takes connections.
package struct Endpoint: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var address: IPv4Address
    package var port: UInt16

    package init(_ address: IPv4Address, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    package var description: String { "\(address):\(port)" }

    /// Ascending order.
    package static func < (left: Endpoint, right: Endpoint) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }
}

/// One port of one Service: where it listens and which pods answer.
package struct ServicePort: Sendable, Hashable {
    package var service: ObjectName
    /// Empty for the only port of a Service.
    package var name: String
    package var transport: TransportProtocol
    /// Cluster IP, external IPs and load balancer IPs with the port, the hub with the node port.
    package var listeners: [Endpoint]
    /// In order and without duplicates; ready ones, or if none is, those that still serve while they end.
    package var endpoints: [Endpoint]
    /// `sessionAffinity: ClientIP`.
    package var keepsClient: Bool
}

extension ServicePort {
    /// All ports of all Services that have a virtual address, in order of their names.
    ///
    /// `spec.externalTrafficPolicy`, `spec.internalTrafficPolicy` and `trafficDistribution` mean nothing on one node.
    package static func all(
        services: [KubernetesObject],
        slices: [KubernetesObject],
        hub: IPv4Address
    ) -> [ServicePort] {
        let slices = Dictionary(grouping: slices.filter { $0["addressType"]?.string == "IPv4" }) { slice in
            ObjectName(namespace: slice.namespace, name: slice.labels["kubernetes.io/service-name"] ?? "")
        }
        return services.sorted { $0.objectName.description < $1.objectName.description }.flatMap { service in
            ports(of: service, slices: slices[service.objectName] ?? [], hub: hub)
        }
    }

    private static func ports(
        of service: KubernetesObject,
        slices: [KubernetesObject],
        hub: IPv4Address
    ) -> [ServicePort] {
        guard service["spec", "type"]?.string != "ExternalName" else { return [] }
        let clusterAddress = service["spec", "clusterIP"]?.string.flatMap { IPv4Address($0) }
        let external = (service["spec", "externalIPs"]?.array ?? []).compactMap(\.string)
        let balanced = (service["status", "loadBalancer", "ingress"]?.array ?? []).compactMap { $0["ip"]?.string }
        let addresses = [clusterAddress].compactMap(\.self) + (external + balanced).compactMap { IPv4Address($0) }
        guard !addresses.isEmpty else { return [] }
        return (service["spec", "ports"]?.array ?? []).compactMap { port in
            guard let number = port["port"]?.integer.flatMap({ UInt16(exactly: $0) }),
                let transport = TransportProtocol(rawValue: port["protocol"]?.string ?? "TCP")
            else { return nil }
            let name = port["name"]?.string ?? ""
            var listeners = addresses.map { Endpoint($0, number) }
            if let node = port["nodePort"]?.integer.flatMap({ UInt16(exactly: $0) }), node > 0 {
                listeners.append(Endpoint(hub, node))
            }
            return ServicePort(
                service: service.objectName,
                name: name,
                transport: transport,
                listeners: listeners,
                endpoints: endpoints(of: name, transport, in: slices),
                keepsClient: service["spec", "sessionAffinity"]?.string == "ClientIP"
            )
        }
    }

    private static func endpoints(
        of name: String,
        _ transport: TransportProtocol,
        in slices: [KubernetesObject]
    ) -> [Endpoint] {
        var ready: Set<Endpoint> = []
        var ending: Set<Endpoint> = []
        for slice in slices {
            let port = slice["ports"]?.array?.first {
                ($0["name"]?.string ?? "") == name && ($0["protocol"]?.string ?? "TCP") == transport.rawValue
            }
            guard let number = port?["port"]?.integer.flatMap({ UInt16(exactly: $0) }) else { continue }
            for endpoint in slice["endpoints"]?.array ?? [] {
                guard let address = endpoint["addresses"]?.array?.first?.string.flatMap({ IPv4Address($0) }) else {
                    continue
                }
                let conditions = endpoint["conditions"]
                if conditions?["ready"]?.bool ?? true {
                    ready.insert(Endpoint(address, number))
                } else if conditions?["serving"]?.bool == true, conditions?["terminating"]?.bool == true {
                    ending.insert(Endpoint(address, number))
                }
            }
        }
        return (ready.isEmpty ? ending : ready).sorted()
    }
}
