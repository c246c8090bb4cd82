/// Settings of the whole mesh (Istio `mesh.v1alpha1.MeshConfig`); the initial value is Istio's default.
package struct MeshConfiguration: Sendable, Hashable {
    /// Calls to unknown services.
    package var outboundTrafficPolicy: OutboundMode = .allowAny
    /// Calls to ports of a workload that no service names.
    package var inboundTrafficPolicy: InboundMode = .passthrough
    /// File of the access log; empty for none.
    package var accessLogFile = ""
    /// Format of a line, text or JSON after `accessLogEncoding`; empty for the default.
    package var accessLogFormat = ""
    /// Encoding of a line.
    package var accessLogEncoding: AccessLogEncoding = .text
    /// Namespace of mesh-wide rules.
    package var rootNamespace = "istio-system"
    /// Trust domain of identities.
    package var trustDomain = "cluster.local"
    /// Further names of the trust domain: identities of these are ours too.
    package var trustDomainAliases: [String] = []
    /// Whether proxies speak mutual TLS to every endpoint that can, where no DestinationRule says otherwise.
    package var enableAutoMtls = true
    /// Mutual TLS within the mesh.
    package var meshMTLS = MeshTLSConfiguration()
    /// TLS that proxies terminate or originate by rules of their own.
    package var tlsDefaults = MeshTLSConfiguration()
    /// Authorities that workloads trust besides the mesh's own.
    package var caCertificates: [CertificateAuthorityData] = []
    /// Visibility of services that say nothing; never empty.
    package var defaultServiceExportTo = ["*"]
    /// Visibility of VirtualServices that say nothing; never empty.
    package var defaultVirtualServiceExportTo = ["*"]
    /// Visibility of DestinationRules that say nothing; never empty.
    package var defaultDestinationRuleExportTo = ["*"]
    /// Time to connect upstream.
    package var connectTimeout: Duration = .seconds(10)
    /// Time to guess a protocol; zero waits without end.
    package var protocolDetectionTimeout: Duration = .zero
    /// Retry policy of routes that say nothing; nil is Istio's built-in one.
    package var defaultHttpRetryPolicy: HTTPRetry?
    /// Retry policy of the route to the workload itself; nil is Istio's built-in one. Only `attempts`, `retryOn` and
    /// `backoff` count there.
    package var defaultInboundHttpRetryPolicy: HTTPRetry?
    /// Policy of what DestinationRules leave out.
    package var defaultTrafficPolicy = DefaultTrafficPolicy()
    /// Port of the outbound listener.
    package var proxyListenPort: UInt32 = 15001
    /// Port of the inbound listener.
    package var proxyInboundListenPort: UInt32 = 15006
    /// Port of an explicit HTTP proxy; 0 for none.
    package var proxyHttpPort: UInt32 = 0
    /// Settings of the proxies themselves.
    package var defaultConfig = ProxyConfiguration()
    /// Localities.
    package var localityLbSetting: LocalityLbSetting = {
        var setting = LocalityLbSetting()
        setting.enabled = true
        return setting
    }()
    /// Zones; nil leaves the choice to `localityLbSetting`, which it precedes.
    package var zoneAwareLbSetting: ZoneAwareLbSetting?
    /// Name of inbound clusters in statistics and logs, with placeholders such as `%SERVICE%`; empty for the cluster's.
    package var inboundClusterStatName = ""
    /// The same for outbound clusters.
    package var outboundClusterStatName = ""
    /// Normalization of paths before routing.
    package var pathNormalization: PathNormalization = .default
    /// Time between DNS queries that failed; answers are kept for their TTL.
    package var dnsRefreshRate: Duration = .seconds(60)
    /// Keepalive probes of the kernel; nil for none.
    package var tcpKeepalive: TCPKeepalive?
    /// Systems that policies name.
    package var extensionProviders: [ExtensionProvider] = []
    /// Upgrade of HTTP/1.1 to HTTP/2 between sidecars.
    package var h2UpgradePolicy: HTTPSettings.H2UpgradePolicy = .default

    package init() {}

    /// The provider of a name; nil when there is none. Cost: linear in the providers.
    package func extensionProvider(named name: String) -> ExtensionProvider? {
        extensionProviders.first { $0.name == name }
    }
}

extension MeshConfiguration {
    /// Calls to services the registry does not know (Istio `MeshConfig.OutboundTrafficPolicy.Mode`).
    package enum OutboundMode: String, Sendable, Hashable, CaseIterable {
        case registryOnly = "REGISTRY_ONLY"
        case allowAny = "ALLOW_ANY"
        case allowAnyDynamicDNS = "ALLOW_ANY_DYNAMIC_DNS"
    }

    /// Calls to ports no service names (Istio `MeshConfig.InboundTrafficPolicy.Mode`).
    package enum InboundMode: String, Sendable, Hashable, CaseIterable {
        case passthrough = "PASSTHROUGH"
        case localhost = "LOCALHOST"
    }

    /// Policy of every host and port that no DestinationRule speaks of (Istio `MeshConfig.DefaultTrafficPolicy`).
    ///
    /// A rule that has one of the blocks replaces it whole.
    package struct DefaultTrafficPolicy: Sendable, Hashable {
        /// Limits and timeouts of connections, towards the workload too.
        package var connectionPool: ConnectionPoolSettings?
        /// Ejection of endpoints that fail.
        package var outlierDetection: OutlierDetection?

        package init() {}
    }

    /// Encoding of access log lines (Istio `MeshConfig.AccessLogEncoding`).
    package enum AccessLogEncoding: String, Sendable, Hashable, CaseIterable {
        case text = "TEXT"
        case json = "JSON"
    }

    /// Normalization of paths (Istio `MeshConfig.ProxyPathNormalization.NormalizationType`).
    package enum PathNormalization: String, Sendable, Hashable, CaseIterable {
        /// As `BASE`.
        case `default` = "DEFAULT"
        case none = "NONE"
        case base = "BASE"
        case mergeSlashes = "MERGE_SLASHES"
        case decodeAndMergeSlashes = "DECODE_AND_MERGE_SLASHES"
    }
}
