/// Names that Istio's users, dashboards and EnvoyFilters know by heart; they are a de facto API.
enum WellKnownName {
    static let blackHoleCluster = "BlackHoleCluster"
    static let passthroughCluster = "PassthroughCluster"
    static let inboundPassthroughCluster = "InboundPassthroughCluster"
    /// Cluster of an Envoy's bootstrap that holds the proxy and its like, by which it weighs zones.
    static let localCluster = "local_cluster"
    /// Virtual host and route for unknown hosts that are let through.
    static let allowAny = "allow_any"
    /// Virtual host and route for unknown hosts that are refused.
    static let blockAll = "block_all"
    static let virtualOutbound = "virtualOutbound"
    static let virtualInbound = "virtualInbound"
    static let virtualOutboundBlackhole = "virtualOutbound-blackhole"
    static let virtualOutboundCatchAllTCP = "virtualOutbound-catchall-tcp"
    static let virtualInboundBlackhole = "virtualInbound-blackhole"
    static let virtualInboundCatchAllHTTP = "virtualInbound-catchall-http"
    static let passthroughFilterChain = "PassthroughFilterChain"
    static let defaultRoute = "default"
    static let httpProxyRoutes = "http_proxy"
}

/// Names under which Envoy's extensions are configured.
enum ExtensionName {
    static let httpConnectionManager = "envoy.filters.network.http_connection_manager"
    static let tcpProxy = "envoy.filters.network.tcp_proxy"
    static let router = "envoy.filters.http.router"
    static let fault = "envoy.filters.http.fault"
    static let cors = "envoy.filters.http.cors"
    static let originalDestination = "envoy.filters.listener.original_dst"
    static let originalSource = "envoy.filters.listener.original_src"
    static let tlsInspector = "envoy.filters.listener.tls_inspector"
    static let httpInspector = "envoy.filters.listener.http_inspector"
    static let setFilterState = "envoy.filters.http.set_filter_state"
    static let tlsTransportSocket = "envoy.transport_sockets.tls"
    static let rawBufferTransportSocket = "envoy.transport_sockets.raw_buffer"
    static let fileAccessLog = "envoy.access_loggers.file"
    static let previousHosts = "envoy.retry_host_predicates.previous_hosts"
    static let previousPriorities = "envoy.retry_priorities.previous_priorities"
    static let clientSideWeightedRoundRobin = "envoy.load_balancing_policies.client_side_weighted_round_robin"
    static let upstreamHTTPProtocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
}
