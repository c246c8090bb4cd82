package import MeshConfig

extension MeshSnapshot {
    /// Gateways of any namespace whose selector matches a router's labels, oldest first; an empty selector matches every
    /// router. Cost: linear in the Gateways.
    package func gateways(for node: ProxyNode) -> [Resource<Gateway>] {
        let labels = labels(of: node)
        return gateways.filter { labels.contains(all: $0.spec.selector) }
    }

    /// Ports of a router's own Services with the ports of the workload behind them (Istio `resolvePorts`); of several
    /// Services with one port the one that comes first counts. Cost: that of `serviceTargets(for:)`.
    func gatewayTargetPorts(for node: ProxyNode, gateways: [Resource<Gateway>]) -> [UInt32: UInt32] {
        let wanted = Set(gateways.flatMap(\.spec.servers).compactMap(\.port?.number))
        return Self.targetPorts(
            serviceTargets(for: node).map { ($0.service, $0.servicePort.number, $0.targetPort) },
            wanted: wanted
        )
    }

    static func targetPorts(
        _ targets: some Sequence<(service: Service, port: UInt32, target: UInt32)>,
        wanted: Set<UInt32>
    ) -> [UInt32: UInt32] {
        var ports: [UInt32: UInt32] = [:]
        for (service, port, target) in targets where wanted.contains(port) && ports[port] == nil {
            guard service.labels[Service.noPortTranslation] == nil else { continue }
            ports[port] = target
        }
        return ports
    }
}

extension Service {
    /// Label of Services whose ports Gateways do not mean (Istio `DisableGatewayPortTranslationLabel`).
    static let noPortTranslation = "experimental.istio.io/disable-gateway-port-translation"
}
