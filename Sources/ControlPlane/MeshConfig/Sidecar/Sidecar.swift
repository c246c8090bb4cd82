/// What a workload's proxy accepts and reaches (Istio `networking.v1alpha3.Sidecar`).
package struct Sidecar: Sendable, Hashable {
    /// Workloads of the namespace; nil for all of them (of the mesh, in the root namespace).
    package var workloadSelector: WorkloadSelector?
    /// Listeners towards the workload; empty takes them from its services.
    package var ingress: [IstioIngressListener] = []
    /// Listeners of the workload's own calls; empty imports all services.
    package var egress: [IstioEgressListener] = []
    /// Connection pool towards the workload's own ports.
    package var inboundConnectionPool: ConnectionPoolSettings?
    /// Calls to unknown services; nil takes the mesh-wide policy.
    package var outboundTrafficPolicy: OutboundTrafficPolicy?

    package init() {}
}

/// How traffic reaches a listener (Istio `CaptureMode`).
package enum CaptureMode: String, Sendable, Hashable, CaseIterable {
    case `default` = "DEFAULT"
    case iptables = "IPTABLES"
    case none = "NONE"
}

/// A port of a Sidecar (Istio `SidecarPort`).
package struct SidecarPort: Sendable, Hashable {
    /// Port, 0...65535 once validated.
    package var number: UInt32 = 0
    /// Protocol by Istio's name, in any case.
    package var `protocol` = ""
    /// Name.
    package var name = ""
    /// Deprecated and without effect.
    package var targetPort: UInt32 = 0

    package init() {}
}

/// A listener of the workload's own calls (Istio `IstioEgressListener`).
package struct IstioEgressListener: Sendable, Hashable {
    /// Port; nil for the ports of all imported services.
    package var port: SidecarPort?
    /// Address or `unix:///path` listened on; empty for the default.
    package var bind = ""
    /// How traffic reaches the listener.
    package var captureMode: CaptureMode = .default
    /// `namespace/host` imported; `.`, `*`, `~` as namespace; `~namespace/host` excludes.
    package var hosts: [String] = []
    /// Where the listener begins.
    package var source: SourceLocation?

    package init() {}
}

/// A listener towards the workload (Istio `IstioIngressListener`).
package struct IstioIngressListener: Sendable, Hashable {
    /// Port.
    package var port: SidecarPort?
    /// Address listened on; empty for the default.
    package var bind = ""
    /// How traffic reaches the listener.
    package var captureMode: CaptureMode = .default
    /// `127.0.0.1:PORT`, `0.0.0.0:PORT`, `[::1]:PORT`, `[::]:PORT` or `unix:///path`; empty for the port itself.
    package var defaultEndpoint = ""
    /// TLS terminated by the proxy.
    package var tls: ServerTLSSettings?
    /// Connection pool of this port.
    package var connectionPool: ConnectionPoolSettings?
    /// Where the listener begins.
    package var source: SourceLocation?

    package init() {}
}

/// Calls to services the registry does not know (Istio `OutboundTrafficPolicy`).
package struct OutboundTrafficPolicy: Sendable, Hashable {
    /// Mode; the names are those of Istio.
    package enum Mode: String, Sendable, Hashable, CaseIterable {
        case registryOnly = "REGISTRY_ONLY"
        case allowAny = "ALLOW_ANY"
    }

    /// Mode; absent is `REGISTRY_ONLY` in a Sidecar (the enum's zero).
    package var mode: Mode = .registryOnly
    /// Gateway for unknown calls; hidden in Istio's API.
    package var egressProxy: Destination?

    package init() {}
}
