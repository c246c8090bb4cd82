package import MeshConfig

/// Identity of a service: the same host may exist in several namespaces.
package struct ServiceKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Host.
    package var hostname: Hostname
    /// Namespace of the object that defines it.
    package var namespace: String

    package init(hostname: Hostname, namespace: String) {
        self.hostname = hostname
        self.namespace = namespace
    }

    package var description: String { "\(namespace)/\(hostname)" }

    /// By host, then namespace.
    package static func < (left: ServiceKey, right: ServiceKey) -> Bool {
        (left.hostname.text, left.namespace) < (right.hostname.text, right.namespace)
    }
}

/// A service of the registry: one host of a Kubernetes Service or a ServiceEntry (Istio `model.Service`).
package struct Service: Sendable, Hashable {
    /// Where a service was defined (Istio `provider.ID`).
    package enum Registry: String, Sendable, Hashable {
        case kubernetes = "Kubernetes"
        case external = "External"
    }

    /// How endpoints are found (Istio `model.Resolution`; the comments name Envoy's cluster type).
    package enum Resolution: Sendable, Hashable {
        /// From the control plane: EDS (Istio `ClientSideLB`).
        case eds
        /// All addresses DNS answers: STRICT_DNS (Istio `DNSLB`).
        case strictDNS
        /// One address at a time: LOGICAL_DNS (Istio `DNSRoundRobinLB`).
        case logicalDNS
        /// The address the caller chose: ORIGINAL_DST (Istio `Passthrough`).
        case originalDestination
        /// DNS by the request's host (Istio `DynamicDNS`).
        case dynamicForwardProxy
        /// Another service under a second name; see `Service.externalName` (Istio `Alias`).
        case alias
    }

    /// A port of a service (Istio `model.Port`).
    package struct Port: Sendable, Hashable {
        /// Name; empty when the port has none.
        package var name: String
        /// Port callers use, 1...65535.
        package var number: UInt32
        /// Protocol.
        package var `protocol`: PortProtocol
        /// Port of the workloads as declared; `.int(number)` when nothing else was. Endpoints carry their own.
        package var targetPort: IntOrString

        package init(name: String, number: UInt32, protocol: PortProtocol, targetPort: IntOrString? = nil) {
            self.name = name
            self.number = number
            self.protocol = `protocol`
            self.targetPort = targetPort ?? .int(number)
        }
    }

    /// Host and namespace.
    package var key: ServiceKey
    /// Name of the object that defines it.
    package var name: String
    /// Where it was defined.
    package var registry: Registry
    /// Ports in the object's order.
    package var ports: [Port] = []
    /// Virtual addresses (IP or CIDR); empty when there is none (headless, or a ServiceEntry without).
    package var addresses: [String] = []
    /// Virtual address handed out because the ServiceEntry has none, in 240.240.0.0/16; nil otherwise.
    ///
    /// It is what the DNS proxy answers; see `effectiveAddresses`.
    package var autoAllocatedAddress: String?
    /// How endpoints are found.
    package var resolution: Resolution = .eds
    /// Whether it is a Kubernetes service without virtual address.
    package var isHeadless = false
    /// Whether it lies outside the mesh (ServiceEntry `MESH_EXTERNAL`, Kubernetes ExternalName).
    package var isMeshExternal = false
    /// Namespaces that see it.
    package var exportTo: Visibility = .everywhere
    /// Labels of the workloads behind it; empty for none.
    package var selector: [String: String] = [:]
    /// DNS name of an ExternalName service, as written.
    package var externalName = ""
    /// The service an alias stands for in the end; nil when it is no alias or the chain ends outside the registry.
    package var aliasTarget: ServiceKey?
    /// Hosts that are aliases of this service, sorted.
    package var aliases: [Hostname] = []
    /// Seconds since 1970; nil from files. Nil counts as older than any time.
    package var creationTime: Int64?
    /// Whether endpoints that are not ready are used.
    package var publishesNotReady = false
    /// Whether callers keep to their own node (`internalTrafficPolicy: Local`).
    package var isNodeLocal = false
    /// Endpoints that callers prefer; nil for none.
    package var trafficDistribution: TrafficDistribution?
    /// Names of which a server's certificate must carry one (ServiceEntry `subjectAltNames`).
    package var subjectAltNames: [String] = []
    /// Who its endpoints run as, on any port, sorted; a server must show one of these identities. No part of the
    /// definition: `version` does not tell of them.
    package var identities: [WorkloadIdentity] = []
    /// Labels of the object.
    package var labels: [String: String] = [:]
    /// Object that defines it.
    package var source: ObjectKey
    /// Where that object begins.
    package var location: SourceLocation?
    /// Version of the snapshot in which the definition last changed.
    package var version: UInt64 = 0

    package init(key: ServiceKey, name: String, registry: Registry, source: ObjectKey) {
        self.key = key
        self.name = name
        self.registry = registry
        self.source = source
    }

    /// Host.
    package var hostname: Hostname { key.hostname }
    /// Namespace.
    package var namespace: String { key.namespace }
    /// Addresses callers may use: `addresses`, else the allocated one.
    package var effectiveAddresses: [String] {
        addresses.isEmpty ? autoAllocatedAddress.map { [$0] } ?? [] : addresses
    }

    /// Port by number; nil when the service has none. Cost: linear in the ports.
    package func port(_ number: UInt32) -> Port? { ports.first { $0.number == number } }
    /// Port by name; nil when the service has none. Cost: linear in the ports.
    package func port(named name: String) -> Port? { ports.first { $0.name == name } }
}

extension Service {
    /// Whether this service comes first where services collide: older, then `name.namespace`
    /// (Istio `SortServicesByCreationTime`). Objects from files carry no time and are ordered by name alone.
    package func precedes(_ other: Service) -> Bool {
        let times = (creationTime ?? .min, other.creationTime ?? .min)
        if times.0 != times.1 { return times.0 < times.1 }
        let names = ("\(name).\(namespace)", "\(other.name).\(other.namespace)")
        return names.0 == names.1 ? key < other.key : names.0 < names.1
    }
}
