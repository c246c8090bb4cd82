import EnvoyAPI
import MeshConfig
import MeshModel

/// Where an outbound listener listens, and whether it is a socket of its own or only found by original destination.
struct Binding: Hashable {
    /// IP address or `unix:///path`; empty until a service decides.
    var address = ""
    /// Whether the proxy opens the port itself; otherwise captured connections are handed over.
    var bindsToPort = false

    init(_ listener: ProxyScope.EgressListener, view: ProxyView) {
        let isExplicit = listener.captureMode == .none || listener.bind.hasPrefix("unix:")
        bindsToPort = view.node.interceptionMode == .none || isExplicit
        if !listener.bind.isEmpty {
            address = listener.bind
        } else if bindsToPort {
            address = view.loopback
        }
    }

    /// Whether the proxy does not need the port for itself (Istio `CanBindToPort`), and may open it.
    func isAvailable(_ port: Service.Port, view: ProxyView) -> Bool {
        if bindsToPort, (1..<1024).contains(port.number), view.node.metadata["UNPRIVILEGED_POD"]?.text == "true" {
            return false
        }
        guard address == view.wildcard || (address.isEmpty && port.protocol.isHTTP) else { return true }
        return !ReservedPorts(view).contains(port.number)
    }

    /// `ADDRESS_PORT`, or the path of a Unix socket (Istio `getListenerName`).
    func listenerName(port: UInt32) -> String {
        port == 0 ? address : "\(address)_\(port)"
    }

    func xdsAddress(port: UInt32) -> XDS.Address? {
        if address.hasPrefix("unix://") { return XDS.Address(pipe: String(address.dropFirst("unix://".count))) }
        guard IPAddress.isValid(address), port <= 65535 else { return nil }
        return XDS.Address(address, port: port)
    }
}

/// Ports that the proxy itself listens on.
struct ReservedPorts {
    private var ports: Set<UInt32>

    init(_ view: ProxyView) {
        ports = [view.mesh.proxyListenPort, view.mesh.proxyInboundListenPort]
        for (key, usual) in [("ENVOY_STATUS_PORT", UInt32(15021)), ("ENVOY_PROMETHEUS_PORT", 15090)] {
            ports.insert(view.node.metadata[key]?.text.flatMap { UInt32($0) } ?? usual)
        }
    }

    func contains(_ port: UInt32) -> Bool { ports.contains(port) }
}
