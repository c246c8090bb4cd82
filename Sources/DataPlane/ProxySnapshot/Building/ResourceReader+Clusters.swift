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
        let (socket, socketMatches) = try transportSockets(message)
        let kind = try kind(message)
        let options = try protocolOptions(message)
        let thresholds = try thresholds(message.circuitBreakers)
        let panicThreshold = try panicThreshold(message.commonLbConfig)
        noteUnknownFields(message.commonLbConfig)
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
            slowStart: try slowStart(message),
            endpoints: endpoints,
            defaultThresholds: thresholds.default,
            highThresholds: thresholds.high,
            outlierDetection: message.hasOutlierDetection
                ? try outlierDetection(message.outlierDetection, errorStatuses: options.errorStatuses) : nil,
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
            zoneAwareRouting: try zoneAwareRouting(message.commonLbConfig),
            clientSideWeights: try clientSideWeights(message),
            transportSocket: socket,
            transportSocketMatches: socketMatches,
            metadataService: services(message.metadata),
            configSource: source.isEmpty ? nil : source,
            configRule: rule.isEmpty ? nil : rule
        )
    }

    private mutating func transportSockets(
        _ message: Envoy_Config_Cluster_V3_Cluster
    ) throws(InvalidResource) -> (TransportSocket, [TransportSocketMatch]) {
        var socket = TransportSocket.rawBuffer
        if message.hasTransportSocket {
            socket = try within("transport_socket") { reader throws(InvalidResource) in
                try reader.upstreamSocket(message.transportSocket)
            }
        }
        let matches = try each("transport_socket_matches", message.transportSocketMatches) {
            reader,
            match throws(InvalidResource) in
            var mode: String?
            for (key, value) in match.match.fields {
                guard key == "tlsMode", case .stringValue(let text) = value.kind else {
                    throw reader.invalid("match", "only the key tlsMode with a text is supported, not \(key)")
                }
                mode = text
            }
            return TransportSocketMatch(
                name: match.name,
                tlsMode: mode,
                socket: try reader.upstreamSocket(match.transportSocket)
            )
        }
        return (socket, matches)
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
