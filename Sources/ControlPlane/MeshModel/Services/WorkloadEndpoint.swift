/// Where a workload runs; empty parts are unknown (Envoy `core.v3.Locality`).
package struct Locality: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var region: String
    package var zone: String
    package var subzone: String

    package init(region: String = "", zone: String = "", subzone: String = "") {
        self.region = region
        self.zone = zone
        self.subzone = subzone
    }

    /// Reads `region/zone/subzone`, with `separator` between the parts; missing parts are empty.
    package init(_ text: String, separator: Character = "/") {
        let parts = text.split(separator: separator, maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        self.init(
            region: parts.first ?? "",
            zone: parts.dropFirst().first ?? "",
            subzone: parts.dropFirst(2).first ?? ""
        )
    }

    /// Whether nothing is known.
    package var isEmpty: Bool { region.isEmpty && zone.isEmpty && subzone.isEmpty }

    /// `region/zone/subzone` without empty tail.
    package var description: String {
        if !subzone.isEmpty { return "\(region)/\(zone)/\(subzone)" }
        return zone.isEmpty ? region : "\(region)/\(zone)"
    }

    /// By region, zone, subzone, so that localities go out in one order.
    package static func < (left: Locality, right: Locality) -> Bool {
        (left.region, left.zone, left.subzone) < (right.region, right.zone, right.subzone)
    }
}

/// One workload behind one port of a service (Istio `model.IstioEndpoint`).
package struct WorkloadEndpoint: Sendable, Hashable {
    /// Where the endpoint is reached.
    package enum Address: Sendable, Hashable, Comparable, CustomStringConvertible {
        /// IPv4 or IPv6 address.
        case ip(String)
        /// DNS name.
        case dns(String)
        /// Path of a Unix socket; there is no port.
        case unix(String)

        /// Reads a WorkloadEntry's address: `unix:///path`, an IP address or a DNS name.
        package init(_ text: String) {
            if text.hasPrefix("unix://") {
                self = .unix(String(text.dropFirst("unix://".count)))
            } else {
                self = IPAddressText.isAddress(text) ? .ip(text) : .dns(text)
            }
        }

        package var description: String {
            switch self {
            case .ip(let text), .dns(let text): text
            case .unix(let path): "unix://\(path)"
            }
        }
    }

    /// Whether requests may go there (Envoy `HealthStatus`).
    package enum Health: Sendable, Hashable {
        case healthy
        /// Not ready; used only where the service publishes such endpoints.
        case unhealthy
        /// Terminating; takes no new sessions.
        case draining
    }

    /// Address.
    package var address: Address
    /// Port of the workload; 0 with a Unix socket.
    package var port: UInt32
    /// Name of the service port it stands behind.
    package var servicePortName = ""
    /// Number of the service port it stands behind.
    package var servicePort: UInt32 = 0
    /// Labels of the workload; subsets choose by them.
    package var labels: [String: String] = [:]
    /// Service account; empty when unknown.
    package var serviceAccount = ""
    /// Namespace of the workload.
    package var namespace = ""
    /// Name of the workload (the Deployment's for its pods); empty when unknown.
    package var workloadName = ""
    /// Object the endpoint is, `pod` or `workload entry` name; empty when given inline.
    package var objectName = ""
    /// Where it runs.
    package var locality = Locality()
    /// Weight, at least 1.
    package var weight: UInt32 = 1
    /// Network; empty for the default.
    package var network = ""
    /// Cluster ID; empty for workloads outside clusters.
    package var cluster = ""
    /// Node of Kubernetes; empty when unknown.
    package var nodeName = ""
    /// Health.
    package var health: Health = .healthy
    /// Value of label `security.istio.io/tlsMode`: `istio` where a sidecar answers mutual TLS, else `disabled`.
    package var tlsMode = "disabled"
    /// What the workload's port accepts by the PeerAuthentications; says nothing without a sidecar.
    package var acceptedTLS: MutualTLSMode = .permissive

    package init(address: Address, port: UInt32) {
        self.address = address
        self.port = port
    }

    /// Value of `tlsMode` for a sidecar that answers mutual TLS.
    static let mutualTLSLabel = "istio"

    /// Whether a caller may come with mutual TLS: a sidecar is there, and opens it on this port.
    package var answersMutualTLS: Bool { tlsMode == Self.mutualTLSLabel && acceptedTLS != .disable }

    /// Whether it is ready and not terminating.
    package var isReady: Bool { health == .healthy }
}

/// The endpoints of one port of a service, in a stable order.
package struct EndpointSet: Sendable, Hashable {
    /// Service.
    package var service: ServiceKey
    /// Number of the service port.
    package var port: UInt32
    /// Endpoints of any health, sorted by address and port.
    package var endpoints: [WorkloadEndpoint]
    /// Version of the snapshot in which the set last changed.
    package var version: UInt64 = 0

    package init(service: ServiceKey, port: UInt32, endpoints: [WorkloadEndpoint]) {
        self.service = service
        self.port = port
        self.endpoints = endpoints
    }
}
