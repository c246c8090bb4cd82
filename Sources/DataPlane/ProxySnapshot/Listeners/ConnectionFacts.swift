/// What is known of a connection when its filter chain is chosen.
package struct ConnectionFacts: Sendable, Equatable {
    /// The destination, the original one if it was restored.
    package var destination: SocketAddressValue
    package var source: SocketAddressValue
    /// The directly connected peer; differs from `source` behind the PROXY protocol.
    package var directSource: SocketAddressValue
    /// SNI in lower case, empty without a TLS inspector or SNI.
    package var serverName: String
    /// `raw_buffer` or `tls`, as the TLS inspector found it.
    package var transportProtocol: String
    /// ALPN as offered, or what the HTTP inspector recognised (`http/1.0`, `http/1.1`, `h2c`).
    package var applicationProtocols: [String]

    package init(
        destination: SocketAddressValue,
        source: SocketAddressValue,
        directSource: SocketAddressValue? = nil,
        serverName: String = "",
        transportProtocol: String = "raw_buffer",
        applicationProtocols: [String] = []
    ) {
        self.destination = destination
        self.source = source
        self.directSource = directSource ?? source
        self.serverName = serverName
        self.transportProtocol = transportProtocol
        self.applicationProtocols = applicationProtocols
    }
}

/// The outcome of choosing a filter chain.
package enum FilterChainSelection: Sendable {
    /// A chain that asked for what the connection is.
    case matched(FilterChain)
    /// No chain matched and there is a default one.
    case defaultChain(FilterChain)
    /// More than one chain is left; Envoy refuses such listeners, so this is found only in simulation of foreign ones.
    case ambiguous([FilterChain])
    /// No chain matched and there is no default one: close the connection.
    case none
}
