import EnvoyAPI
import HTTPWire
import SwiftProtobuf

extension ResourceReader {
    mutating func cluster(
        from message: Envoy_Config_Cluster_V3_Cluster,
        settingsRevision: UInt64
    ) throws(InvalidResource) -> Cluster {
        noteUnknownFields(message)
        let index = try cluster("name", message.name)
        try refuseTLS(message)
        let kind = try kind(message)
        let options = try protocolOptions(message)
        let thresholds = try thresholds(message.circuitBreakers)
        var panicThreshold = 50.0
        if message.commonLbConfig.hasHealthyPanicThreshold {
            panicThreshold = message.commonLbConfig.healthyPanicThreshold.value
            guard (0...100).contains(panicThreshold) else {
                throw invalid("common_lb_config.healthy_panic_threshold", "must be 0...100")
            }
        }
        noteUnknownFields(message.commonLbConfig)
        if message.hasOutlierDetection { warn("outlier_detection", "is not done yet; no endpoint is ejected") }
        var endpoints = LoadAssignment()
        if message.hasLoadAssignment {
            if case .eds = kind {
                throw invalid("load_assignment", "may not be set for an EDS cluster")
            }
            let allowsNames = kind.resolvesNames
            endpoints = try within("load_assignment") { reader throws(InvalidResource) in
                try reader.loadAssignment(message.loadAssignment, allowsNames: allowsNames)
            }
        }
        if case .logicalDNS = kind, endpoints.endpoints.count != 1 {
            throw invalid("load_assignment", "a LOGICAL_DNS cluster has exactly one endpoint")
        }
        let own = message.metadata.text("martlet", "config")
        let source = own.isEmpty ? message.metadata.text("istio", "config") : own
        let rule = message.metadata.text("martlet", "rule")
        return Cluster(
            name: message.name,
            index: index,
            settingsRevision: settingsRevision,
            altStatName: message.altStatName,
            kind: kind,
            connectTimeout: message.hasConnectTimeout
                ? try positiveDuration("connect_timeout", message.connectTimeout) : .seconds(5),
            balancing: try balancing(message),
            endpoints: endpoints,
            defaultThresholds: thresholds.default,
            highThresholds: thresholds.high,
            outlierDetection: message.hasOutlierDetection ? try outlierDetection(message.outlierDetection) : nil,
            maxRequestsPerConnection: options.maxRequestsPerConnection,
            upstreamProtocol: options.upstreamProtocol,
            idleTimeout: options.idleTimeout,
            maxConnectionDuration: options.maxConnectionDuration,
            upstreamBindAddress: message.upstreamBindConfig.hasSourceAddress
                ? try socketAddress(
                    "upstream_bind_config.source_address",
                    message.upstreamBindConfig.sourceAddress,
                    allowingPortZero: true
                ) : nil,
            tcpKeepalive: message.upstreamConnectionOptions.hasTcpKeepalive
                ? keepalive(message.upstreamConnectionOptions.tcpKeepalive) : nil,
            perConnectionBufferLimit: message.hasPerConnectionBufferLimitBytes
                ? Int(message.perConnectionBufferLimitBytes.value) : 1 << 20,
            panicThreshold: panicThreshold,
            isLocalityWeighted: message.commonLbConfig.weighsLocalities,
            metadataService: services(message.metadata),
            configSource: source.isEmpty ? nil : source,
            configRule: rule.isEmpty ? nil : rule
        )
    }

    private func refuseTLS(_ message: Envoy_Config_Cluster_V3_Cluster) throws(InvalidResource) {
        let sockets =
            (message.hasTransportSocket ? [message.transportSocket] : [])
            + message.transportSocketMatches.map(\.transportSocket)
        for socket in sockets where !socket.isRawBuffer {
            throw invalid("transport_socket", "\"\(socket.name)\": TLS is not supported by this proxy yet")
        }
    }

    private mutating func kind(_ message: Envoy_Config_Cluster_V3_Cluster) throws(InvalidResource) -> ClusterKind {
        let type: Envoy_Config_Cluster_V3_Cluster.DiscoveryType
        switch message.clusterDiscoveryType {
        case .type(let value)?: type = value
        case nil: type = .static
        }
        let dns = DNSOptions(
            refreshRate: message.hasDnsRefreshRate
                ? try positiveDuration("dns_refresh_rate", message.dnsRefreshRate) : .seconds(5),
            respectsTTL: message.respectDnsTtl,
            family: try dnsFamily(message.dnsLookupFamily)
        )
        switch type {
        case .static: return .static
        case .strictDns: return .strictDNS(dns)
        case .logicalDns: return .logicalDNS(dns)
        case .eds:
            guard message.hasEdsClusterConfig else { throw invalid("eds_cluster_config", "is missing") }
            guard case .ads? = message.edsClusterConfig.edsConfig.configSourceSpecifier else {
                throw invalid("eds_cluster_config.eds_config", "only ADS is supported")
            }
            let service = message.edsClusterConfig.serviceName
            return .eds(serviceName: service.isEmpty ? message.name : service)
        case .originalDst:
            guard message.lbPolicy == .clusterProvided else {
                throw invalid("lb_policy", "must be CLUSTER_PROVIDED for ORIGINAL_DST clusters")
            }
            let options = message.originalDstLbConfig
            guard options.useHTTPHeader else { return .originalDestination(header: nil) }
            let header = options.httpHeaderName.isEmpty ? "x-envoy-original-dst-host" : options.httpHeaderName
            return .originalDestination(header: HeaderName(header))
        case .UNRECOGNIZED(let value): throw invalid("type", "\(value) is not known")
        }
    }

    private func dnsFamily(_ value: Envoy_Config_Cluster_V3_Cluster.DnsLookupFamily) throws(InvalidResource)
        -> DNSLookupFamily
    {
        switch value {
        case .auto: return .auto
        case .v4Only: return .v4Only
        case .v6Only: return .v6Only
        case .v4Preferred: return .v4Preferred
        case .all: return .all
        case .UNRECOGNIZED: throw invalid("dns_lookup_family", "is not known")
        }
    }

    private mutating func balancing(_ message: Envoy_Config_Cluster_V3_Cluster) throws(InvalidResource)
        -> BalancingPolicy
    {
        if message.roundRobinLbConfig.hasSlowStartConfig || message.leastRequestLbConfig.hasSlowStartConfig {
            warn("slow_start_config", "slow start is not done yet; new endpoints get their full share at once")
        }
        if message.hasLoadBalancingPolicy { warn("load_balancing_policy", "is not done yet; lb_policy counts") }
        switch message.lbPolicy {
        case .roundRobin: return .roundRobin
        case .leastRequest:
            let options = message.leastRequestLbConfig
            let choices = options.hasChoiceCount ? options.choiceCount.value : 2
            guard choices >= 2 else { throw invalid("least_request_lb_config.choice_count", "must be at least 2") }
            let bias = options.hasActiveRequestBias ? options.activeRequestBias.defaultValue : 1
            guard bias >= 0, bias.isFinite else {
                throw invalid("least_request_lb_config.active_request_bias", "must not be negative")
            }
            return .leastRequest(choices: Int(choices), activeRequestBias: bias)
        case .random: return .random
        case .ringHash:
            let options = message.ringHashLbConfig
            let minimum = options.hasMinimumRingSize ? options.minimumRingSize.value : 1024
            let maximum = options.hasMaximumRingSize ? options.maximumRingSize.value : 8 << 20
            guard minimum <= maximum, maximum <= 8 << 20 else {
                throw invalid("ring_hash_lb_config", "the ring sizes must be 0...8388608, minimum before maximum")
            }
            warn("lb_policy", "RING_HASH is not done yet; endpoints are chosen at random")
            return .ringHash(minimumSize: minimum, maximumSize: maximum)
        case .maglev:
            let size = message.maglevLbConfig.hasTableSize ? message.maglevLbConfig.tableSize.value : 65_537
            guard (1...5_000_011).contains(size) else {
                throw invalid("maglev_lb_config.table_size", "must be 1...5000011")
            }
            warn("lb_policy", "MAGLEV is not done yet; endpoints are chosen at random")
            return .maglev(tableSize: size)
        case .clusterProvided: return .clusterProvided
        case .loadBalancingPolicyConfig: throw invalid("lb_policy", "LOAD_BALANCING_POLICY_CONFIG is not supported")
        case .UNRECOGNIZED(let value): throw invalid("lb_policy", "\(value) is not known")
        }
    }

    private func services(_ metadata: Envoy_Config_Core_V3_Metadata) -> [String] {
        guard case .listValue(let list)? = metadata.filterMetadata["istio"]?.fields["services"]?.kind else { return [] }
        return list.values.compactMap { value in
            guard case .structValue(let service) = value.kind else { return nil }
            return service.fields["host"]?.stringValue
        }
    }
}

extension ClusterKind {
    var resolvesNames: Bool {
        switch self {
        case .strictDNS, .logicalDNS: true
        case .eds, .static, .originalDestination: false
        }
    }
}

extension Envoy_Config_Cluster_V3_Cluster.CommonLbConfig {
    /// Zones are another way to prefer endpoints, and weigh nothing.
    fileprivate var weighsLocalities: Bool {
        if case .localityWeightedLbConfig = localityConfigSpecifier { true } else { false }
    }
}

extension Envoy_Config_Core_V3_TransportSocket {
    var isRawBuffer: Bool {
        name == "envoy.transport_sockets.raw_buffer" || name == "raw_buffer"
            || typedConfig.typeURL.hasSuffix("transport_sockets.raw_buffer.v3.RawBuffer")
    }
}
