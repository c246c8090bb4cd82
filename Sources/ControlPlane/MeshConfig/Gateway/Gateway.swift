/// Ports of a proxy at the edge (Istio `networking.v1alpha3.Gateway`).
package struct Gateway: Sendable, Hashable {
    /// Labels of the proxies it configures, in any namespace.
    package var selector: [String: String] = [:]
    /// Servers.
    package var servers: [Server] = []

    package init() {}
}

/// A port of a Gateway and the hosts it exposes (Istio `Server`).
package struct Server: Sendable, Hashable {
    /// Port of a Gateway (Istio `Port`).
    package struct Port: Sendable, Hashable {
        /// Port, 1...65535 once validated.
        package var number: UInt32 = 0
        /// Protocol by Istio's name, in any case.
        package var `protocol` = ""
        /// Name.
        package var name = ""
        /// Deprecated and without effect.
        package var targetPort: UInt32 = 0

        package init() {}
    }

    /// Port listened on.
    package var port: Port?
    /// Address listened on; empty for all.
    package var bind = ""
    /// `namespace/dnsName`, `./x`, `*/x` or `dnsName`.
    package var hosts: [String] = []
    /// TLS of the port.
    package var tls: ServerTLSSettings?
    /// Hidden in Istio's API.
    package var defaultEndpoint = ""
    /// Name for people, unique over all Gateways of a proxy.
    package var name = ""
    /// Where the server begins.
    package var source: SourceLocation?

    package init() {}
}
