/// A validated `envoy.config.listener.v3.Listener`: where connections come in and which chain takes them.
///
/// A new object means that the resource changed; connections keep the one they were accepted with.
package final class Listener: Sendable {
    /// The resource name, e.g. `virtualOutbound`.
    package let name: String
    /// The address connections are addressed to (and bound to when `bindsToPort`).
    package let address: SocketAddressValue
    /// Further addresses the same listener answers on.
    package let additionalAddresses: [SocketAddressValue]
    /// False for listeners reached only by hand-off from one that uses the original destination.
    package let bindsToPort: Bool
    /// True if a connection is handed to the listener of its original destination.
    package let usesOriginalDestination: Bool
    /// True if the socket takes connections to addresses of others, as TPROXY leads them here (`transparent`); their
    /// local address is the original destination.
    package let isTransparent: Bool
    /// What looks at a connection before a chain is chosen, in order.
    package let listenerFilters: [ListenerFilter]
    /// How long listener filters may wait for bytes; `nil` is for ever.
    package let listenerFiltersTimeout: Duration?
    /// True if a timed-out inspection still goes on to chain matching.
    package let continuesOnListenerFiltersTimeout: Bool
    /// The chains in configuration order; choose with `filterChain(for:)`.
    package let filterChains: [FilterChain]
    /// The chain for connections that no other matches.
    package let defaultFilterChain: FilterChain?
    /// Which way traffic runs, for statistics.
    package let trafficDirection: TrafficDirection
    /// Logs of connections that no chain took.
    package let accessLogs: [AccessLog]
    /// The soft read and write buffer limit, in bytes.
    package let perConnectionBufferLimit: Int

    package init(
        name: String,
        address: SocketAddressValue,
        additionalAddresses: [SocketAddressValue] = [],
        bindsToPort: Bool = true,
        usesOriginalDestination: Bool = false,
        isTransparent: Bool = false,
        listenerFilters: [ListenerFilter] = [],
        listenerFiltersTimeout: Duration? = .seconds(15),
        continuesOnListenerFiltersTimeout: Bool = false,
        filterChains: [FilterChain] = [],
        defaultFilterChain: FilterChain? = nil,
        trafficDirection: TrafficDirection = .unspecified,
        accessLogs: [AccessLog] = [],
        perConnectionBufferLimit: Int = 1 << 20
    ) {
        self.name = name
        self.address = address
        self.additionalAddresses = additionalAddresses
        self.bindsToPort = bindsToPort
        self.usesOriginalDestination = usesOriginalDestination
        self.isTransparent = isTransparent
        self.listenerFilters = listenerFilters
        self.listenerFiltersTimeout = listenerFiltersTimeout
        self.continuesOnListenerFiltersTimeout = continuesOnListenerFiltersTimeout
        self.filterChains = filterChains
        self.defaultFilterChain = defaultFilterChain
        self.trafficDirection = trafficDirection
        self.accessLogs = accessLogs
        self.perConnectionBufferLimit = perConnectionBufferLimit
    }
}

/// `envoy.config.core.v3.TrafficDirection`.
package enum TrafficDirection: Sendable, Equatable {
    case unspecified
    case inbound
    case outbound
}
