internal import MeshConfig

/// The mesh-wide settings in effect, in `/debug/mesh`: Istio's `MeshConfig` in its JSON form, defaults filled in.
struct MeshPage: Encodable {
    struct Mode: Encodable {
        var mode: String
    }

    struct Normalization: Encodable {
        var normalization: String
    }

    struct Retry: Encodable {
        var attempts: Int32
        var perTryTimeout: String?
        var retryOn: String
        var retryRemoteLocalities: Bool?
        var retryIgnorePreviousHosts: Bool?
        var backoff: String?
    }

    struct Localities: Encodable {
        struct Distribution: Encodable {
            var from: String
            var to: [String: UInt32]
        }

        struct Failover: Encodable {
            var from: String
            var to: String
        }

        var enabled: Bool?
        var distribute: [Distribution]
        var failover: [Failover]
        var failoverPriority: [String]
    }

    struct Zones: Encodable {
        var enabled: Bool?
        var failover: [Localities.Failover]
        var failoverPriority: [String]
        var minClusterSize: UInt32?
    }

    struct Keepalive: Encodable {
        var probes: UInt32
        var time: String?
        var interval: String?
    }

    struct Proxy: Encodable {
        var concurrency: Int32?
        var discoveryAddress: String
        var drainDuration: String
        var holdApplicationUntilProxyStarts: Bool
        var interceptionMode: String
        var proxyAdminPort: UInt32
        var proxyMetadata: [String: String]
        var statusPort: UInt32
        var terminationDrainDuration: String
    }

    var accessLogEncoding: String
    var accessLogFile: String
    var accessLogFormat: String
    var caCertificates: [Authorities]
    var connectTimeout: String
    var defaultConfig: Proxy
    var defaultDestinationRuleExportTo: [String]
    var defaultHttpRetryPolicy: Retry?
    var defaultInboundHttpRetryPolicy: Retry?
    var defaultServiceExportTo: [String]
    var defaultTrafficPolicy: TrafficPolicy
    var defaultVirtualServiceExportTo: [String]
    var dnsRefreshRate: String
    var enableAutoMtls: Bool
    var extensionProviders: [Provider]
    var h2UpgradePolicy: String
    var inboundClusterStatName: String
    var inboundTrafficPolicy: Mode
    var localityLbSetting: Localities
    var meshMTLS: TLS
    var outboundClusterStatName: String
    var outboundTrafficPolicy: Mode
    var pathNormalization: Normalization
    var protocolDetectionTimeout: String
    var proxyHttpPort: UInt32
    var proxyInboundListenPort: UInt32
    var proxyListenPort: UInt32
    var rootNamespace: String
    var tcpKeepalive: Keepalive?
    var tlsDefaults: TLS
    var trustDomain: String
    var trustDomainAliases: [String]
    var zoneAwareLbSetting: Zones?
}

extension MeshPage {
    init(_ mesh: MeshConfiguration) {
        self.init(
            accessLogEncoding: mesh.accessLogEncoding.rawValue,
            accessLogFile: mesh.accessLogFile,
            accessLogFormat: mesh.accessLogFormat,
            caCertificates: mesh.caCertificates.map(Authorities.init),
            connectTimeout: mesh.connectTimeout.protobufText,
            defaultConfig: Proxy(mesh.defaultConfig),
            defaultDestinationRuleExportTo: mesh.defaultDestinationRuleExportTo,
            defaultHttpRetryPolicy: mesh.defaultHttpRetryPolicy.map(Retry.init),
            defaultInboundHttpRetryPolicy: mesh.defaultInboundHttpRetryPolicy.map(Retry.init),
            defaultServiceExportTo: mesh.defaultServiceExportTo,
            defaultTrafficPolicy: TrafficPolicy(mesh.defaultTrafficPolicy),
            defaultVirtualServiceExportTo: mesh.defaultVirtualServiceExportTo,
            dnsRefreshRate: mesh.dnsRefreshRate.protobufText,
            enableAutoMtls: mesh.enableAutoMtls,
            extensionProviders: mesh.extensionProviders.map(Provider.init),
            // MeshConfig has names of its own for the two policies.
            h2UpgradePolicy: mesh.h2UpgradePolicy == .upgrade ? "UPGRADE" : "DO_NOT_UPGRADE",
            inboundClusterStatName: mesh.inboundClusterStatName,
            inboundTrafficPolicy: Mode(mode: mesh.inboundTrafficPolicy.rawValue),
            localityLbSetting: Localities(mesh.localityLbSetting),
            meshMTLS: TLS(mesh.meshMTLS),
            outboundClusterStatName: mesh.outboundClusterStatName,
            outboundTrafficPolicy: Mode(mode: mesh.outboundTrafficPolicy.rawValue),
            pathNormalization: Normalization(normalization: mesh.pathNormalization.rawValue),
            protocolDetectionTimeout: mesh.protocolDetectionTimeout.protobufText,
            proxyHttpPort: mesh.proxyHttpPort,
            proxyInboundListenPort: mesh.proxyInboundListenPort,
            proxyListenPort: mesh.proxyListenPort,
            rootNamespace: mesh.rootNamespace,
            tcpKeepalive: mesh.tcpKeepalive.map(Keepalive.init),
            tlsDefaults: TLS(mesh.tlsDefaults),
            trustDomain: mesh.trustDomain,
            trustDomainAliases: mesh.trustDomainAliases,
            zoneAwareLbSetting: mesh.zoneAwareLbSetting.map(Zones.init)
        )
    }
}

extension MeshPage.Retry {
    init(_ retry: HTTPRetry) {
        self.init(
            attempts: retry.attempts,
            perTryTimeout: retry.perTryTimeout?.protobufText,
            retryOn: retry.retryOn,
            retryRemoteLocalities: retry.retryRemoteLocalities,
            retryIgnorePreviousHosts: retry.retryIgnorePreviousHosts,
            backoff: retry.backoff?.protobufText
        )
    }
}

extension MeshPage.Localities {
    init(_ setting: LocalityLbSetting) {
        self.init(
            enabled: setting.enabled,
            distribute: setting.distribute.map { Distribution(from: $0.from, to: $0.to) },
            failover: setting.failover.map { Failover(from: $0.from, to: $0.to) },
            failoverPriority: setting.failoverPriority
        )
    }
}

extension MeshPage.Zones {
    init(_ setting: ZoneAwareLbSetting) {
        self.init(
            enabled: setting.enabled,
            failover: setting.failover.map { MeshPage.Localities.Failover(from: $0.from, to: $0.to) },
            failoverPriority: setting.failoverPriority,
            minClusterSize: setting.minClusterSize
        )
    }
}

extension MeshPage.Proxy {
    init(_ proxy: ProxyConfiguration) {
        self.init(
            concurrency: proxy.concurrency,
            discoveryAddress: proxy.discoveryAddress,
            drainDuration: proxy.drainDuration.protobufText,
            holdApplicationUntilProxyStarts: proxy.holdApplicationUntilProxyStarts,
            interceptionMode: proxy.interceptionMode.rawValue,
            proxyAdminPort: proxy.proxyAdminPort,
            proxyMetadata: proxy.proxyMetadata,
            statusPort: proxy.statusPort,
            terminationDrainDuration: proxy.terminationDrainDuration.protobufText
        )
    }
}

extension Duration {
    /// The JSON form of protobuf's `Duration`: `10s`, `0.025s`.
    var protobufText: String {
        let (whole, attoseconds) = components
        guard attoseconds != 0 else { return "\(whole)s" }
        var digits = String(abs(attoseconds) / 1_000_000_000)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(whole == 0 && attoseconds < 0 ? "-" : "")\(whole).\(digits)s"
    }
}
