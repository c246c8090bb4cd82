import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf

extension ClusterDraft {
    /// Limits, timeouts and protocol of connections (Istio `applyConnectionPool`).
    mutating func apply(_ settings: ConnectionPoolSettings?, retryBudget: RetryBudget?, mesh: MeshConfiguration) {
        var threshold = XDS.CircuitBreakers.Thresholds.unlimited
        if let retryBudget { threshold.retryBudget = .init(retryBudget) }
        let http = settings?.http
        let tcp = settings?.tcp
        if let limit = http?.http2MaxRequests, limit > 0 { threshold.maxRequests = .init(UInt32(clamping: limit)) }
        if let limit = http?.http1MaxPendingRequests, limit > 0 {
            threshold.maxPendingRequests = .init(UInt32(clamping: limit))
        }
        if let limit = http?.maxRetries, limit > 0 { threshold.maxRetries = .init(UInt32(clamping: limit)) }
        if let limit = tcp?.maxConnections, limit > 0 { threshold.maxConnections = .init(UInt32(clamping: limit)) }
        cluster.circuitBreakers.thresholds = [threshold]

        if let timeout = tcp?.connectTimeout, timeout.isPositive { cluster.connectTimeout = .init(timeout) }
        for keepalive in [mesh.tcpKeepalive, tcp?.tcpKeepalive] { if let keepalive { apply(keepalive) } }

        let idleTimeout = http?.idleTimeout ?? tcp?.idleTimeout
        let requests = UInt32(clamping: http?.maxRequestsPerConnection ?? 0)
        let streams = UInt32(clamping: http?.maxConcurrentStreams ?? 0)
        let pings = http?.http2KeepAlive
        if idleTimeout != nil || tcp?.maxConnectionDuration != nil || requests > 0 || streams > 0 || pings != nil {
            var options = httpOptions ?? .init()
            if let idleTimeout { options.commonHTTPProtocolOptions.idleTimeout = .init(idleTimeout) }
            if requests > 0 { options.commonHTTPProtocolOptions.maxRequestsPerConnection = .init(requests) }
            if let life = tcp?.maxConnectionDuration {
                options.commonHTTPProtocolOptions.maxConnectionDuration = .init(life)
            }
            if case .explicitHTTPConfig(var config) = options.upstreamProtocolOptions,
                case .http2ProtocolOptions(var http2) = config.protocolConfig
            {
                if streams > 0 { http2.maxConcurrentStreams = .init(min(streams, 2_147_483_647)) }
                if let pings { http2.connectionKeepalive.apply(pings) }
                config.http2ProtocolOptions = http2
                options.explicitHTTPConfig = config
            }
            httpOptions = options
        }
        if http?.useClientProtocol == true { followCaller() }
    }

    /// What is written replaces what was, value by value.
    private mutating func apply(_ keepalive: TCPKeepalive) {
        var options = cluster.upstreamConnectionOptions.tcpKeepalive
        if keepalive.probes > 0 { options.keepaliveProbes = .init(keepalive.probes) }
        if let time = keepalive.time { options.keepaliveTime = .init(UInt32(clamping: time.components.seconds)) }
        if let interval = keepalive.interval {
            options.keepaliveInterval = .init(UInt32(clamping: interval.components.seconds))
        }
        cluster.upstreamConnectionOptions.tcpKeepalive = options
    }

    /// HTTP/1.1 spoken as HTTP/2 upstream where a rule or the mesh asks for it (Istio `shouldH2Upgrade`).
    mutating func upgrade(_ settings: ConnectionPoolSettings?, port: PortProtocol, mesh: MeshConfiguration) {
        if settings?.http?.useClientProtocol == true { return }
        switch settings?.http?.h2UpgradePolicy ?? .default {
        case .upgrade: speakHTTP2()
        case .doNotUpgrade: return
        case .default: if mesh.h2UpgradePolicy == .upgrade && port.isHTTP { speakHTTP2() }
        }
    }
}

extension XDS.CircuitBreakers.Thresholds {
    /// No limit: the mesh's default for every threshold.
    static let unlimited: XDS.CircuitBreakers.Thresholds = {
        var threshold = XDS.CircuitBreakers.Thresholds()
        threshold.maxConnections = .init(.max)
        threshold.maxPendingRequests = .init(.max)
        threshold.maxRequests = .init(.max)
        threshold.maxRetries = .init(.max)
        threshold.trackRemaining = true
        return threshold
    }()
}

extension XDS.CircuitBreakers.Thresholds.RetryBudget {
    fileprivate init(_ budget: RetryBudget) {
        self.init()
        budgetPercent.value = max(0, min(100, budget.percent ?? 20))
        if let interval = budget.budgetInterval, interval.isPositive { budgetInterval = .init(interval) }
        minRetryConcurrency = .init(budget.minRetryConcurrency.flatMap { $0 > 0 ? $0 : nil } ?? 3)
    }
}

extension Envoy_Config_Core_V3_KeepaliveSettings {
    fileprivate mutating func apply(_ pings: HTTP2KeepAlive) {
        if let time = pings.interval { interval = .init(max(time, .milliseconds(1))) }
        // Envoy requires the time for the answer; its own documentation suggests the interval's scale.
        timeout = .init(max(pings.timeout ?? .seconds(10), .milliseconds(1)))
    }
}
