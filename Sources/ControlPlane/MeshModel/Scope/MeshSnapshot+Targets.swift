import MeshConfig

extension MeshSnapshot {
    /// Services whose workload a proxy runs beside, one entry a service port (Istio `GetProxyServiceTargets`).
    ///
    /// Found by the proxy's addresses among the endpoints of any health, then by label among the Kubernetes Services of
    /// its namespace, so that a proxy has its inbound listeners before its pod is ready. Those that come first where
    /// services collide come first. Cost: linear in the services of the namespace.
    package func serviceTargets(for node: ProxyNode) -> [ServiceTarget] {
        var targets: [ServiceTarget] = []
        var seen: Set<MeshChange.EndpointKey> = []
        for address in node.ipAddresses {
            for reference in registry.targets[address] ?? [] {
                let key = MeshChange.EndpointKey(service: reference.service, port: reference.servicePort)
                guard let service = registry.service(reference.service), seen.insert(key).inserted,
                    let port = service.port(reference.servicePort)
                else { continue }
                targets.append(ServiceTarget(service: service, servicePort: port, targetPort: reference.targetPort))
            }
        }
        let labels = labels(of: node)
        let containerPorts = containerPorts(of: node)
        for service in registry.services(in: node.namespace)
        where service.registry == .kubernetes && !service.selector.isEmpty && labels.contains(all: service.selector) {
            for port in service.ports {
                let number: UInt32
                switch port.targetPort {
                case .int(let declared): number = declared
                case .string(let name):
                    guard let declared = containerPorts[name] else { continue }
                    number = declared
                }
                let key = MeshChange.EndpointKey(service: service.key, port: port.number)
                guard seen.insert(key).inserted else { continue }
                targets.append(ServiceTarget(service: service, servicePort: port, targetPort: number))
            }
        }
        return targets.sorted { left, right in
            left.service.key == right.service.key
                ? left.servicePort.number < right.servicePort.number : left.service.precedes(right.service)
        }
    }

    /// Named ports of the proxy's containers: of its Pod, else what metadata `POD_PORTS` says.
    private func containerPorts(of node: ProxyNode) -> [String: UInt32] {
        if let workload = workload(of: node), workload.source.kind == .pod {
            return workload.ports
        }
        var ports: [String: UInt32] = [:]
        guard case .list(let declared) = node.metadata["POD_PORTS"] else { return ports }
        for case .object(let port) in declared {
            guard let name = port["name"]?.text, case .number(let number) = port["containerPort"] else { continue }
            ports[name] = UInt32(exactly: number)
        }
        return ports
    }
}
