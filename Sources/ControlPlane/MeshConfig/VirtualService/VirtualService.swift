/// How requests to hosts are routed (Istio `networking.v1alpha3.VirtualService`).
package struct VirtualService: Sendable, Hashable {
    /// FQDNs, short names (of the rule's namespace), IP addresses, `*.x` or `*`; empty makes it a delegate.
    package var hosts: [String] = []
    /// `namespace/name`, `name` (of the rule's namespace) or `mesh`; empty means `mesh`.
    package var gateways: [String] = []
    /// HTTP routes; the first that matches wins.
    package var http: [HTTPRoute] = []
    /// Routes for TLS that is not terminated, by SNI; the first that matches wins.
    package var tls: [TLSRoute] = []
    /// Routes for opaque TCP; the first that matches wins.
    package var tcp: [TCPRoute] = []
    /// Namespaces that see the rule: `*`, `.`, `~` or names; empty takes the mesh-wide default.
    package var exportTo: [String] = []

    package init() {}
}
