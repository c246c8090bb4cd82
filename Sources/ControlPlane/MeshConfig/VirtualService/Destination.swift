/// Where a request goes (Istio `Destination`).
package struct Destination: Sendable, Hashable {
    /// Host from the service registry; a short name is of the rule's namespace.
    package var host = ""
    /// Name of a subset of the host's DestinationRule; empty for the whole service.
    package var subset = ""
    /// Service port number; needed when the service has more than one port.
    package var port: PortSelector?

    package init(host: String = "", subset: String = "", port: UInt32? = nil) {
        self.host = host
        self.subset = subset
        self.port = port.map(PortSelector.init(number:))
    }
}

/// Chooses a port of a service (Istio `PortSelector`).
package struct PortSelector: Sendable, Hashable {
    /// Port number, 1...65535 once validated.
    package var number: UInt32

    package init(number: UInt32) {
        self.number = number
    }
}
