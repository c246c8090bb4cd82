import MeshConfig
import MeshModel

/// A port of the workload that the proxy listens for, from a service or from a Sidecar's `ingress` (Istio
/// `inboundChainConfig`).
struct InboundPort {
    /// Port of the workload, 1...65535.
    var port: UInt32
    /// Port of the service, which names virtual host and tracing operation.
    var servicePort: UInt32
    var `protocol`: PortProtocol
    /// Host of the service, or `SIDECAR.NAMESPACE`.
    var host: String
    /// Services on the port, the one that decides first.
    var services: [Service] = []
    /// Address in names and, for sockets of its own, listened on.
    var bind: String
    var bindsToPort: Bool
    /// Where connections go; nil for where they were meant to go.
    var endpoint: InboundEndpoint?
    /// Rule of callers that shapes the server too (rule 28).
    var policy: TrafficPolicy?
    /// TLS that the Sidecar says the proxy terminates.
    var tls: ServerTLSSettings?
    /// Sidecar that declares the port.
    var sidecar: ObjectMetadata?

    var cluster: String { ClusterName.inbound(port: port) }

    /// Ports of a proxy, by number; a Sidecar's `ingress` replaces those of services (rules 46, 65).
    static func all(_ view: ProxyView) -> [InboundPort] {
        let ports =
            view.scope.ingressListeners.isEmpty
            ? ofServices(view) : view.scope.ingressListeners.compactMap { InboundPort($0, view: view) }
        var byNumber: [UInt32: InboundPort] = [:]
        for port in ports where (1...65535).contains(port.port) && !ReservedPorts(view).contains(port.port) {
            if byNumber[port.port] == nil {
                byNumber[port.port] = port
            } else {
                byNumber[port.port]?.services += port.services
            }
        }
        return byNumber.values.sorted { $0.port < $1.port }
    }

    private static func ofServices(_ view: ProxyView) -> [InboundPort] {
        // Without capture the application holds its ports itself.
        guard view.node.interceptionMode != .none else { return [] }
        return view.targets.filter { $0.servicePort.protocol != .udp }.map { target in
            let policy = view.inboundPolicy(for: target.service, port: target.servicePort.number)
            return InboundPort(
                port: target.targetPort,
                servicePort: target.servicePort.number,
                protocol: target.servicePort.protocol,
                host: target.service.hostname.text,
                services: [target.service],
                bind: view.wildcard,
                bindsToPort: false,
                endpoint: view.mesh.inboundTrafficPolicy == .localhost
                    ? .ip(view.loopback, port: target.targetPort) : nil,
                policy: view.scope.inboundPool(port: target.targetPort).map { pool in
                    var policy = policy ?? TrafficPolicy()
                    policy.connectionPool = pool
                    return policy
                } ?? policy
            )
        }
    }
}

extension InboundPort {
    /// A port of a Sidecar's `ingress`; nil when it names none.
    private init?(_ listener: IstioIngressListener, view: ProxyView) {
        guard let own = listener.port, let sidecar = view.scope.sidecar else { return nil }
        let target = view.targets.first { $0.targetPort == own.number }
        port = own.number
        servicePort = own.number
        self.protocol = PortProtocol(name: own.protocol)
        tls = listener.tls
        if tls != nil { self.protocol = self.protocol.afterTLSTermination }
        host = "\(sidecar.name).\(sidecar.namespace)"
        services = target.map { [$0.service] } ?? []
        bind = listener.bind.isEmpty ? view.unicastAddress : listener.bind
        bindsToPort =
            listener.captureMode == .default ? view.node.interceptionMode == .none : listener.captureMode == .none
        endpoint = InboundEndpoint(listener.defaultEndpoint, view: view)
        policy = view.inboundPolicy(for: target?.service, port: own.number)
        if let pool = view.scope.inboundPool(port: own.number) {
            policy = policy ?? TrafficPolicy()
            policy?.connectionPool = pool
        }
        self.sidecar = sidecar.metadata
        guard bind.hasPrefix("unix://") || IPAddress.isValid(bind) else { return nil }
    }
}

/// Where the workload takes connections, when that is not where they were sent.
enum InboundEndpoint {
    case ip(String, port: UInt32)
    case unix(String)

    /// Reads a Sidecar's `defaultEndpoint`; `0.0.0.0` and `[::]` are the proxy's own addresses.
    init?(_ text: String, view: ProxyView) {
        if text.hasPrefix("unix://") {
            self = .unix(String(text.dropFirst("unix://".count)))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt32(text[colon...].dropFirst()),
            (1...65535).contains(port)
        else { return nil }
        let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        switch host {
        case IPAddress.unspecified:
            self = .ip(view.node.ipAddresses.first(where: IPAddress.isV4) ?? "127.0.0.1", port: port)
        case IPAddress.unspecifiedV6:
            self = .ip(view.node.ipAddresses.first(where: IPAddress.isV6) ?? "::1", port: port)
        case "127.0.0.1", "::1":
            self = .ip(view.loopback, port: port)
        default:
            guard IPAddress.isValid(host) else { return nil }
            self = .ip(host, port: port)
        }
    }

    /// Whether the connection leaves the loopback, so that its source must be marked.
    var isLoopback: Bool {
        if case .ip(let address, _) = self { address == "127.0.0.1" || address == "::1" } else { true }
    }
}

extension ProxyScope {
    /// Connection pool towards the workload's port: the listener's own, else the Sidecar's.
    fileprivate func inboundPool(port: UInt32) -> ConnectionPoolSettings? {
        let own = ingressListeners.first { $0.port?.number == port }?.connectionPool
        return own ?? sidecar?.spec.inboundConnectionPool
    }
}

extension ProxyView {
    /// First address by which others reach the workload, else the wildcard (Istio `getSidecarInboundBindIPs`).
    fileprivate var unicastAddress: String {
        node.ipAddresses.first { address in
            let local = ["127.", "169.254.", "fe80:"]
            return IPAddress.isValid(address) && address != "::1" && !local.contains(where: address.hasPrefix)
        } ?? wildcard
    }
}
