/// What a mesh reads of a Kubernetes EndpointSlice; its service is the label `kubernetes.io/service-name`.
package struct EndpointSliceSpec: Sendable, Hashable {
    /// `addressType`.
    package enum AddressType: String, Sendable, Hashable, CaseIterable {
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"
        case fqdn = "FQDN"
    }

    /// The object behind an endpoint.
    package struct TargetReference: Sendable, Hashable {
        /// Kind, `Pod` as a rule.
        package var kind = ""
        /// Name.
        package var name = ""
        /// Namespace; empty for the slice's own.
        package var namespace = ""

        package init() {}
    }

    /// An endpoint.
    package struct Endpoint: Sendable, Hashable {
        /// Addresses; all of the same endpoint.
        package var addresses: [String] = []
        /// `conditions.ready`; nil counts as true.
        package var isReady: Bool?
        /// `conditions.serving`; nil counts as ready.
        package var isServing: Bool?
        /// `conditions.terminating`; nil counts as false.
        package var isTerminating: Bool?
        /// Object behind it.
        package var targetRef: TargetReference?
        /// Node; empty when not written.
        package var nodeName = ""
        /// Zone; empty when not written.
        package var zone = ""
        /// `hints.forZones[].name`.
        package var hintsForZones: [String] = []

        package init() {}
    }

    /// A port of all endpoints.
    package struct Port: Sendable, Hashable {
        /// Name, as the service port's.
        package var name = ""
        /// Port; nil for all ports.
        package var port: UInt32?
        /// Transport.
        package var `protocol`: TransportProtocol = .tcp
        /// Application protocol; empty when not written.
        package var appProtocol = ""

        package init() {}
    }

    /// Kind of the addresses.
    package var addressType: AddressType = .ipv4
    /// Endpoints.
    package var endpoints: [Endpoint] = []
    /// Ports.
    package var ports: [Port] = []

    package init() {}
}
