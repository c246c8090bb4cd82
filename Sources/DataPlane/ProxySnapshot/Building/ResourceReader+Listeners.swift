import EnvoyAPI
import SwiftProtobuf

extension ResourceReader {
    mutating func listener(from message: Envoy_Config_Listener_V3_Listener) throws(InvalidResource) -> Listener {
        noteUnknownFields(message)
        let address = try listenerAddress("address", message.address)
        var additional: [SocketAddressValue] = []
        for extra in message.additionalAddresses {
            additional.append(try listenerAddress("additional_addresses", extra.address))
        }
        let filters = try each("listener_filters", message.listenerFilters) { reader, filter throws(InvalidResource) in
            try reader.listenerFilter(filter)
        }
        let chains = try each("filter_chains", message.filterChains) { reader, chain throws(InvalidResource) in
            try reader.filterChain(chain)
        }
        var defaultChain: FilterChain?
        if message.hasDefaultFilterChain {
            defaultChain = try within("default_filter_chain") { reader throws(InvalidResource) in
                try reader.filterChain(message.defaultFilterChain)
            }
        }
        guard !chains.isEmpty || defaultChain != nil else { throw invalid("filter_chains", "there are none") }
        for (index, chain) in chains.enumerated() {
            for other in chains[..<index] where other.match == chain.match {
                throw invalid(
                    "filter_chains[\(index)]",
                    "\"\(chain.name)\" has the same matching rules as \"\(other.name)\""
                )
            }
        }
        var timeout: Duration? = .seconds(15)
        if message.hasListenerFiltersTimeout {
            timeout = try optionalDuration("listener_filters_timeout", message.listenerFiltersTimeout)
        }
        let direction: TrafficDirection =
            switch message.trafficDirection {
            case .inbound: .inbound
            case .outbound: .outbound
            case .unspecified, .UNRECOGNIZED: .unspecified
            }
        return Listener(
            name: message.name,
            address: address,
            additionalAddresses: additional,
            bindsToPort: message.hasBindToPort ? message.bindToPort.value : true,
            usesOriginalDestination: message.useOriginalDst.value,
            isTransparent: message.transparent.value,
            listenerFilters: filters,
            listenerFiltersTimeout: timeout,
            continuesOnListenerFiltersTimeout: message.continueOnListenerFiltersTimeout,
            filterChains: chains,
            defaultFilterChain: defaultChain,
            trafficDirection: direction,
            accessLogs: try accessLogs("access_log", message.accessLog),
            perConnectionBufferLimit: message.hasPerConnectionBufferLimitBytes
                ? Int(message.perConnectionBufferLimitBytes.value) : 1 << 20
        )
    }

    private mutating func listenerFilter(
        _ message: Envoy_Config_Listener_V3_ListenerFilter
    ) throws(InvalidResource) -> ListenerFilter {
        try refuseUnknownFields(message)
        var disabled = DisabledPorts()
        if message.hasFilterDisabled {
            disabled = try within("filter_disabled") { reader throws(InvalidResource) in
                try reader.disabledPorts(message.filterDisabled)
            }
        }
        let any = message.typedConfig
        if any.isA(Envoy_Extensions_Filters_Listener_OriginalDst_V3_OriginalDst.self) {
            return .originalDestination
        }
        if any.isA(Envoy_Extensions_Filters_Listener_OriginalSrc_V3_OriginalSrc.self) { return .originalSource }
        if any.isA(Envoy_Extensions_Filters_Listener_HttpInspector_V3_HttpInspector.self) {
            return .httpInspector(disabled)
        }
        if any.isA(Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector.self) {
            noteUnknownFields(try unpack(any, Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector.self))
            return .tlsInspector(disabled)
        }
        throw invalid("", "the listener filter \"\(message.name)\" (\(any.typeURL)) is not supported")
    }

    private mutating func disabledPorts(
        _ predicate: Envoy_Config_Listener_V3_ListenerFilterChainMatchPredicate
    ) throws(InvalidResource) -> DisabledPorts {
        switch predicate.rule {
        case .anyMatch(let everywhere)?:
            return DisabledPorts(everywhere: everywhere)
        case .destinationPortRange(let range)?:
            guard range.start < range.end else { throw invalid("destination_port_range", "the range is empty") }
            return DisabledPorts(ranges: [Int(range.start)..<Int(range.end)])
        case .orMatch(let set)?:
            let parts = try each("or_match", set.rules) { reader, rule throws(InvalidResource) in
                try reader.disabledPorts(rule)
            }
            return DisabledPorts(ranges: parts.flatMap(\.ranges), everywhere: parts.contains(where: \.everywhere))
        case .andMatch?, .notMatch?, nil:
            throw invalid("", "only any_match, or_match and destination_port_range are supported")
        }
    }

    private mutating func filterChain(
        _ message: Envoy_Config_Listener_V3_FilterChain
    ) throws(InvalidResource) -> FilterChain {
        noteUnknownFields(message)
        var socket = TransportSocket.rawBuffer
        if message.hasTransportSocket {
            socket = try within("transport_socket") { reader throws(InvalidResource) in
                try reader.downstreamSocket(message.transportSocket)
            }
        }
        let match = try within("filter_chain_match") { reader throws(InvalidResource) in
            try reader.filterChainMatch(message.filterChainMatch)
        }
        guard let last = message.filters.last else { throw invalid("filters", "the chain has no filters") }
        let guards = try each("filters", message.filters.dropLast()) { reader, filter throws(InvalidResource) in
            try reader.connectionGuard(filter)
        }
        let filter = try within("filters[\(message.filters.count - 1)]") { reader throws(InvalidResource) in
            try reader.networkFilter(last)
        }
        if case .httpConnectionManager = filter {
            for (index, guardian) in guards.enumerated() {
                guard case .externalAuthorization = guardian else { continue }
                throw invalid("filters[\(index)]", "ext_authz is supported before tcp_proxy, or as an HTTP filter")
            }
        }
        return FilterChain(
            name: message.name,
            match: match,
            guards: guards,
            networkFilter: filter,
            transportSocket: socket
        )
    }

    private mutating func networkFilter(
        _ message: Envoy_Config_Listener_V3_Filter
    ) throws(InvalidResource) -> NetworkFilter {
        let any = message.typedConfig
        typealias Manager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
        typealias Proxy = Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy
        if any.isA(Manager.self) {
            return .httpConnectionManager(try connectionManager(try unpack(any, Manager.self)))
        }
        if any.isA(Proxy.self) {
            return .tcpProxy(try tcpProxy(try unpack(any, Proxy.self)))
        }
        throw invalid("", "the network filter \"\(message.name)\" (\(any.typeURL)) is not supported")
    }

    private func filterChainMatch(
        _ message: Envoy_Config_Listener_V3_FilterChainMatch
    ) throws(InvalidResource) -> FilterChainMatch {
        try refuseUnknownFields(message)
        guard message.addressSuffix.isEmpty, !message.hasSuffixLen else {
            throw invalid("address_suffix", "is not implemented")
        }
        var ports: [UInt16] = []
        for value in message.sourcePorts { ports.append(try port("source_ports", value)) }
        for name in message.serverNames where name.dropFirst().contains("*") || name == "*" {
            throw invalid("server_names", "\"\(name)\": partial wildcards are not supported")
        }
        let sourceType: ConnectionSourceType
        switch message.sourceType {
        case .any: sourceType = .any
        case .sameIpOrLoopback: sourceType = .sameAddressOrLoopback
        case .external: sourceType = .external
        case .UNRECOGNIZED: throw invalid("source_type", "is not known")
        }
        return FilterChainMatch(
            destinationPort: message.hasDestinationPort
                ? try port("destination_port", message.destinationPort.value) : nil,
            prefixRanges: try cidrRanges("prefix_ranges", message.prefixRanges),
            directSourcePrefixRanges: try cidrRanges("direct_source_prefix_ranges", message.directSourcePrefixRanges),
            sourcePrefixRanges: try cidrRanges("source_prefix_ranges", message.sourcePrefixRanges),
            sourcePorts: ports,
            sourceType: sourceType,
            serverNames: message.serverNames.map { $0.lowercased() },
            transportProtocol: message.transportProtocol,
            applicationProtocols: message.applicationProtocols
        )
    }

    private mutating func tcpProxy(
        _ message: Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy
    ) throws(InvalidResource) -> TCPProxy {
        noteUnknownFields(message)
        let target: TCPClusterTarget
        switch message.clusterSpecifier {
        case .cluster(let name)?:
            target = .cluster(try cluster("cluster", name))
        case .weightedClusters(let split)?:
            var entries: [WeightedTCPCluster] = []
            for entry in split.clusters {
                guard entry.weight > 0 else { throw invalid("weighted_clusters", "weights must be at least 1") }
                let index = try cluster("weighted_clusters", entry.name)
                entries.append(WeightedTCPCluster(cluster: index, weight: entry.weight))
            }
            guard !entries.isEmpty, entries.reduce(UInt64(0), { $0 + UInt64($1.weight) }) <= UInt64(UInt32.max) else {
                throw invalid("weighted_clusters", "needs clusters whose weights sum up to at most 4294967295")
            }
            target = .weighted(entries)
        case nil:
            throw invalid("cluster_specifier", "is missing or of an unsupported kind")
        }
        var idle: Duration? = .seconds(3600)
        if message.hasIdleTimeout { idle = try optionalDuration("idle_timeout", message.idleTimeout) }
        let attempts = message.hasMaxConnectAttempts ? message.maxConnectAttempts.value : 1
        guard attempts >= 1 else { throw invalid("max_connect_attempts", "must be at least 1") }
        return TCPProxy(
            statPrefix: message.statPrefix,
            cluster: target,
            idleTimeout: idle,
            maxDownstreamConnectionDuration: message.hasMaxDownstreamConnectionDuration
                ? try positiveDuration(
                    "max_downstream_connection_duration",
                    message.maxDownstreamConnectionDuration
                ) : nil,
            hashesSourceAddress: message.hashPolicy.contains {
                if case .sourceIp? = $0.policySpecifier { true } else { false }
            },
            maxConnectAttempts: Int(attempts),
            accessLogs: try accessLogs("access_log", message.accessLog)
        )
    }
}
