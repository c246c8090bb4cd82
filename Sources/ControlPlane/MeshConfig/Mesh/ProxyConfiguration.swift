/// Settings of the proxies themselves (Istio `mesh.v1alpha1.ProxyConfig`), as far as the mesh reads them.
package struct ProxyConfiguration: Sendable, Hashable {
    /// How traffic is captured (Istio `ProxyConfig.InboundInterceptionMode`).
    package enum InterceptionMode: String, Sendable, Hashable, CaseIterable {
        case redirect = "REDIRECT"
        case tproxy = "TPROXY"
        case none = "NONE"
    }

    /// Whether the application starts only once its proxy is ready.
    package var holdApplicationUntilProxyStarts = false
    /// Values added to the node's metadata.
    package var proxyMetadata: [String: String] = [:]
    /// Worker threads; nil for one a core, 0 for all cores.
    package var concurrency: Int32?
    /// Control plane, `host:port`; empty for the default.
    package var discoveryAddress = ""
    /// Time listeners drain.
    package var drainDuration: Duration = .seconds(45)
    /// Time the proxy lives on after SIGTERM.
    package var terminationDrainDuration: Duration = .seconds(5)
    /// Port of the proxy's admin interface.
    package var proxyAdminPort: UInt32 = 15000
    /// Port of the agent.
    package var statusPort: UInt32 = 15020
    /// Capture of traffic.
    package var interceptionMode: InterceptionMode = .redirect
    /// What stands before a gateway, and what of it is believed.
    package var gatewayTopology = GatewayTopology()

    package init() {}
}
