internal import MeshConfig

/// Istio's `MeshConfig.defaultTrafficPolicy` in its JSON form.
extension MeshPage {
    struct TrafficPolicy: Encodable {
        struct ConnectionPool: Encodable {
            var tcp: TCP?
            var http: HTTP?
        }

        struct TCP: Encodable {
            var maxConnections: Int32
            var connectTimeout: String?
            var tcpKeepalive: Keepalive?
            var maxConnectionDuration: String?
            var idleTimeout: String?
        }

        struct HTTP: Encodable {
            struct KeepAlive: Encodable {
                var interval: String?
                var timeout: String?
            }

            var http1MaxPendingRequests: Int32
            var http2MaxRequests: Int32
            var maxRequestsPerConnection: Int32
            var maxRetries: Int32
            var idleTimeout: String?
            var h2UpgradePolicy: String
            var useClientProtocol: Bool
            var maxConcurrentStreams: Int32
            var http2KeepAlive: KeepAlive?
        }

        struct Outliers: Encodable {
            var splitExternalLocalOriginErrors: Bool
            var consecutiveLocalOriginFailures: UInt32?
            var consecutiveGatewayErrors: UInt32?
            var consecutive5xxErrors: UInt32?
            var consecutiveErrors: Int32
            var interval: String?
            var baseEjectionTime: String?
            var maxEjectionPercent: Int32
            var minHealthPercent: Int32
            var outlierDetectionHttpErrorCodes: [UInt32]
        }

        var connectionPool: ConnectionPool?
        var outlierDetection: Outliers?
    }
}

extension MeshPage.TrafficPolicy {
    init(_ policy: MeshConfiguration.DefaultTrafficPolicy) {
        self.init(
            connectionPool: policy.connectionPool.map {
                ConnectionPool(tcp: $0.tcp.map(TCP.init), http: $0.http.map(HTTP.init))
            },
            outlierDetection: policy.outlierDetection.map(Outliers.init)
        )
    }
}

extension MeshPage.Keepalive {
    init(_ keepalive: TCPKeepalive) {
        self.init(
            probes: keepalive.probes,
            time: keepalive.time?.protobufText,
            interval: keepalive.interval?.protobufText
        )
    }
}

extension MeshPage.TrafficPolicy.TCP {
    init(_ settings: TCPSettings) {
        self.init(
            maxConnections: settings.maxConnections,
            connectTimeout: settings.connectTimeout?.protobufText,
            tcpKeepalive: settings.tcpKeepalive.map(MeshPage.Keepalive.init),
            maxConnectionDuration: settings.maxConnectionDuration?.protobufText,
            idleTimeout: settings.idleTimeout?.protobufText
        )
    }
}

extension MeshPage.TrafficPolicy.HTTP {
    init(_ settings: HTTPSettings) {
        self.init(
            http1MaxPendingRequests: settings.http1MaxPendingRequests,
            http2MaxRequests: settings.http2MaxRequests,
            maxRequestsPerConnection: settings.maxRequestsPerConnection,
            maxRetries: settings.maxRetries,
            idleTimeout: settings.idleTimeout?.protobufText,
            h2UpgradePolicy: settings.h2UpgradePolicy.rawValue,
            useClientProtocol: settings.useClientProtocol,
            maxConcurrentStreams: settings.maxConcurrentStreams,
            http2KeepAlive: settings.http2KeepAlive.map {
                KeepAlive(interval: $0.interval?.protobufText, timeout: $0.timeout?.protobufText)
            }
        )
    }
}

extension MeshPage.TrafficPolicy.Outliers {
    init(_ rule: OutlierDetection) {
        self.init(
            splitExternalLocalOriginErrors: rule.splitExternalLocalOriginErrors,
            consecutiveLocalOriginFailures: rule.consecutiveLocalOriginFailures,
            consecutiveGatewayErrors: rule.consecutiveGatewayErrors,
            consecutive5xxErrors: rule.consecutive5xxErrors,
            consecutiveErrors: rule.consecutiveErrors,
            interval: rule.interval?.protobufText,
            baseEjectionTime: rule.baseEjectionTime?.protobufText,
            maxEjectionPercent: rule.maxEjectionPercent,
            minHealthPercent: rule.minHealthPercent,
            outlierDetectionHttpErrorCodes: rule.outlierDetectionHttpErrorCodes
        )
    }
}
