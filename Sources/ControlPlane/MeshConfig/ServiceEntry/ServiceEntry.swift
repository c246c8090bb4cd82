/// A service added to the registry by hand (Istio `networking.v1alpha3.ServiceEntry`).
package struct ServiceEntry: Sendable, Hashable {
    /// Whether the service is part of the mesh (Istio `ServiceEntry.Location`).
    package enum Location: String, Sendable, Hashable, CaseIterable {
        case meshExternal = "MESH_EXTERNAL"
        case meshInternal = "MESH_INTERNAL"
    }

    /// How endpoints are found (Istio `ServiceEntry.Resolution`).
    package enum Resolution: String, Sendable, Hashable, CaseIterable {
        /// The address the caller chose.
        case none = "NONE"
        case `static` = "STATIC"
        case dns = "DNS"
        case dnsRoundRobin = "DNS_ROUND_ROBIN"
        case dynamicDns = "DYNAMIC_DNS"
    }

    /// Host names, with `*.x`.
    package var hosts: [String] = []
    /// Virtual addresses, with optional prefix length.
    package var addresses: [String] = []
    /// Ports.
    package var ports: [ServicePort] = []
    /// Location; absent is external.
    package var location: Location = .meshExternal
    /// Resolution; absent is none.
    package var resolution: Resolution = .none
    /// Endpoints; excludes `workloadSelector`.
    package var endpoints: [WorkloadEntry] = []
    /// Pods and WorkloadEntries of the namespace that are the endpoints.
    package var workloadSelector: WorkloadSelector?
    /// Namespaces that see the service: `*`, `.`, `~` or names; empty takes the mesh-wide default.
    package var exportTo: [String] = []
    /// Names of which a server's certificate must carry one.
    package var subjectAltNames: [String] = []

    package init() {}
}

/// A port of a ServiceEntry (Istio `ServicePort`).
package struct ServicePort: Sendable, Hashable {
    /// Port, 1...65535 once validated.
    package var number: UInt32 = 0
    /// Protocol by Istio's name, in any case; empty is TCP.
    package var `protocol` = ""
    /// Name, unique in the entry.
    package var name = ""
    /// Port of the endpoints; 0 is the same.
    package var targetPort: UInt32 = 0
    /// Where the port begins.
    package var source: SourceLocation?

    package init(number: UInt32 = 0, name: String = "", protocol: String = "") {
        self.number = number
        self.name = name
        self.protocol = `protocol`
    }
}
