/// What a mesh reads of a Kubernetes Service.
package struct ServiceSpec: Sendable, Hashable {
    /// `spec.type`.
    package enum ServiceType: String, Sendable, Hashable, CaseIterable {
        case clusterIP = "ClusterIP"
        case nodePort = "NodePort"
        case loadBalancer = "LoadBalancer"
        case externalName = "ExternalName"
    }

    /// `spec.internalTrafficPolicy`.
    package enum InternalTrafficPolicy: String, Sendable, Hashable, CaseIterable {
        case cluster = "Cluster"
        case local = "Local"
    }

    /// `spec.sessionAffinity`; a mesh ignores it.
    package enum SessionAffinity: String, Sendable, Hashable, CaseIterable {
        case none = "None"
        case clientIP = "ClientIP"
    }

    /// Ports.
    package var ports: [KubernetesServicePort] = []
    /// Labels of the pods behind it; empty when endpoints are managed by hand.
    package var selector: [String: String] = [:]
    /// First virtual address; `None` when headless, empty when not written.
    package var clusterIP = ""
    /// All virtual addresses, one a family.
    package var clusterIPs: [String] = []
    /// Type; absent is ClusterIP.
    package var type: ServiceType = .clusterIP
    /// DNS name of an ExternalName service.
    package var externalName = ""
    /// Addresses outside the cluster that lead to it.
    package var externalIPs: [String] = []
    /// Whether endpoints that are not ready are used.
    package var publishNotReadyAddresses = false
    /// Which endpoints callers of the cluster reach.
    package var internalTrafficPolicy: InternalTrafficPolicy = .cluster
    /// `PreferClose`, `PreferSameZone`, `PreferSameNode` or empty.
    package var trafficDistribution = ""
    /// Ignored by a mesh.
    package var sessionAffinity: SessionAffinity = .none
    /// Addresses of `status.loadBalancer.ingress[].ip`.
    package var loadBalancerIPs: [String] = []

    /// Whether the service has no virtual address on purpose.
    package var isHeadless: Bool { clusterIP == "None" }

    package init() {}
}

/// A port of a Kubernetes Service.
package struct KubernetesServicePort: Sendable, Hashable {
    /// Name; empty only when it is the only port.
    package var name = ""
    /// Transport.
    package var `protocol`: TransportProtocol = .tcp
    /// Port of the service, 1...65535 once validated.
    package var port: UInt32 = 0
    /// Port of the pods; nil is the same as `port`.
    package var targetPort: IntOrString?
    /// Application protocol; empty when not written.
    package var appProtocol = ""
    /// Port on every node; 0 for none.
    package var nodePort: UInt32 = 0
    /// Where the port begins.
    package var source: SourceLocation?

    package init(name: String = "", port: UInt32 = 0, targetPort: IntOrString? = nil) {
        self.name = name
        self.port = port
        self.targetPort = targetPort
    }
}

/// Transport protocols of Kubernetes.
package enum TransportProtocol: String, Sendable, Hashable, CaseIterable {
    case tcp = "TCP"
    case udp = "UDP"
    case sctp = "SCTP"
}

/// A number or a name (Kubernetes `IntOrString`).
package enum IntOrString: Sendable, Hashable {
    /// Port number.
    case int(UInt32)
    /// Name of a container's port.
    case string(String)
}
