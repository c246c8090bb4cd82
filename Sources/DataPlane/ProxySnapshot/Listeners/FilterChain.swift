/// One way of treating a connection: the criteria it asks for and the network filter that takes the bytes.
package final class FilterChain: Sendable {
    /// The chain's name; empty if the configuration gave none.
    package let name: String
    /// What the connection must look like.
    package let match: FilterChainMatch
    /// What may refuse it first, in order.
    package let guards: [ConnectionGuard]
    /// What is done with it.
    package let networkFilter: NetworkFilter
    /// How its bytes are protected.
    package let transportSocket: TransportSocket

    package init(
        name: String,
        match: FilterChainMatch = FilterChainMatch(),
        guards: [ConnectionGuard] = [],
        networkFilter: NetworkFilter,
        transportSocket: TransportSocket = .rawBuffer
    ) {
        self.name = name
        self.match = match
        self.guards = guards
        self.networkFilter = networkFilter
        self.transportSocket = transportSocket
    }
}

/// A network filter before the terminal one: it lets a connection pass or closes it. Others are rejected at parse time.
package enum ConnectionGuard: Sendable {
    /// `envoy.filters.network.rbac`
    case authorization(AuthorizationFilter)
    /// `envoy.filters.network.ext_authz`
    case externalAuthorization(ExternalAuthorization)
}

/// The terminal network filter of a chain; there is exactly one.
package enum NetworkFilter: Sendable {
    case httpConnectionManager(HTTPConnectionManager)
    case tcpProxy(TCPProxy)
}

/// What a chain asks of a connection (`envoy.config.listener.v3.FilterChainMatch`); an empty criterion asks nothing.
package struct FilterChainMatch: Sendable, Equatable {
    /// The (original) destination port.
    package var destinationPort: UInt16?
    /// Ranges of the (original) destination address.
    package var prefixRanges: [CIDRRange]
    /// Ranges of the directly connected peer's address.
    package var directSourcePrefixRanges: [CIDRRange]
    /// Ranges of the (possibly PROXY-protocol) source address.
    package var sourcePrefixRanges: [CIDRRange]
    /// Source ports.
    package var sourcePorts: [UInt16]
    /// Whether the peer is on this machine.
    package var sourceType: ConnectionSourceType
    /// SNI, lower case; `*.` prefixes are suffix wildcards.
    package var serverNames: [String]
    /// `raw_buffer`, `tls`, or empty for any.
    package var transportProtocol: String
    /// ALPN, e.g. `h2`, `http/1.1`, `istio`.
    package var applicationProtocols: [String]

    package init(
        destinationPort: UInt16? = nil,
        prefixRanges: [CIDRRange] = [],
        directSourcePrefixRanges: [CIDRRange] = [],
        sourcePrefixRanges: [CIDRRange] = [],
        sourcePorts: [UInt16] = [],
        sourceType: ConnectionSourceType = .any,
        serverNames: [String] = [],
        transportProtocol: String = "",
        applicationProtocols: [String] = []
    ) {
        self.destinationPort = destinationPort
        self.prefixRanges = prefixRanges
        self.directSourcePrefixRanges = directSourcePrefixRanges
        self.sourcePrefixRanges = sourcePrefixRanges
        self.sourcePorts = sourcePorts
        self.sourceType = sourceType
        self.serverNames = serverNames
        self.transportProtocol = transportProtocol
        self.applicationProtocols = applicationProtocols
    }
}

/// `FilterChainMatch.ConnectionSourceType`.
package enum ConnectionSourceType: Sendable, Equatable {
    case any
    case sameAddressOrLoopback
    case external
}
