/// A rule for TLS that is not terminated (Istio `TLSRoute`).
package struct TLSRoute: Sendable, Hashable {
    /// Alternatives, any of which matches.
    package var match: [TLSMatchAttributes] = []
    /// Weighted destinations.
    package var route: [RouteDestination] = []
    /// Where the rule begins.
    package var source: SourceLocation?

    package init() {}
}

/// A rule for opaque TCP (Istio `TCPRoute`).
package struct TCPRoute: Sendable, Hashable {
    /// Alternatives, any of which matches; empty matches every connection.
    package var match: [L4MatchAttributes] = []
    /// Weighted destinations.
    package var route: [RouteDestination] = []
    /// Where the rule begins.
    package var source: SourceLocation?

    package init() {}
}

/// A weighted destination of a TLS or TCP route (Istio `RouteDestination`).
package struct RouteDestination: Sendable, Hashable {
    /// Where the connections go.
    package var destination: Destination
    /// Share relative to the sum of the weights; 0 gets nothing unless it is the only destination.
    package var weight: Int32
    /// Where the destination begins.
    package var source: SourceLocation?

    package init(destination: Destination = Destination(), weight: Int32 = 0) {
        self.destination = destination
        self.weight = weight
    }
}

/// Conditions on a TLS connection that must all hold (Istio `TLSMatchAttributes`).
package struct TLSMatchAttributes: Sendable, Hashable {
    /// Server names; `*.x` is a suffix; each must lie within the rule's hosts.
    package var sniHosts: [String] = []
    /// Destination addresses, with optional prefix length.
    package var destinationSubnets: [String] = []
    /// Port the connection was sent to; nil for any.
    package var port: UInt32?
    /// Labels the calling workload must carry.
    package var sourceLabels: [String: String] = [:]
    /// Gateways the match applies to; replaces the rule's `gateways` when not empty.
    package var gateways: [String] = []
    /// Namespace of the calling workload; empty for any.
    package var sourceNamespace = ""
    /// Where the match begins.
    package var source: SourceLocation?

    package init() {}
}

/// Conditions on a TCP connection that must all hold (Istio `L4MatchAttributes`).
package struct L4MatchAttributes: Sendable, Hashable {
    /// Destination addresses, with optional prefix length.
    package var destinationSubnets: [String] = []
    /// Port the connection was sent to; nil for any.
    package var port: UInt32?
    /// Source address with optional prefix length; hidden in Istio's API and acted on by nobody.
    package var sourceSubnet = ""
    /// Labels the calling workload must carry.
    package var sourceLabels: [String: String] = [:]
    /// Gateways the match applies to; replaces the rule's `gateways` when not empty.
    package var gateways: [String] = []
    /// Namespace of the calling workload; empty for any.
    package var sourceNamespace = ""
    /// Where the match begins.
    package var source: SourceLocation?

    package init() {}
}
