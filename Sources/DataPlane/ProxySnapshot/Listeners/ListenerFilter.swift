/// What looks at a connection before its chain is chosen.
package enum ListenerFilter: Sendable, Equatable {
    /// `envoy.filters.listener.original_dst`: takes the destination from the kernel (SO_ORIGINAL_DST).
    case originalDestination
    /// `envoy.filters.listener.original_src`: the endpoint is to see the caller's address.
    case originalSource
    /// `envoy.filters.listener.http_inspector`: recognises HTTP/1 and HTTP/2 preface in plaintext.
    case httpInspector(DisabledPorts)
    /// `envoy.filters.listener.tls_inspector`: reads SNI and ALPN from a ClientHello.
    case tlsInspector(DisabledPorts)
}

/// The destination ports on which a listener filter is skipped (`filter_disabled`).
package struct DisabledPorts: Sendable, Equatable {
    /// Half-open port ranges, as `destination_port_range` states them.
    package var ranges: [Range<Int>]
    /// True if the filter is disabled on every port (`any_match`).
    package var everywhere: Bool

    package init(ranges: [Range<Int>] = [], everywhere: Bool = false) {
        self.ranges = ranges
        self.everywhere = everywhere
    }

    /// Whether the filter is skipped for a connection to `port`.
    package func contains(_ port: UInt16) -> Bool {
        everywhere || ranges.contains { $0.contains(Int(port)) }
    }
}
