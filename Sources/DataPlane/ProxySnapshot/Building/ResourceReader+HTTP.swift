import EnvoyAPI
import SwiftProtobuf

private typealias Manager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager

extension ResourceReader {
    mutating func connectionManager(
        _ message: Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
    ) throws(InvalidResource) -> HTTPConnectionManager {
        noteUnknownFields(message)
        let common = message.commonHTTPProtocolOptions
        let headersKB = message.hasMaxRequestHeadersKb ? message.maxRequestHeadersKb.value : 60
        guard (1...8192).contains(headersKB) else { throw invalid("max_request_headers_kb", "must be 1...8192") }
        let headersCount = common.hasMaxHeadersCount ? common.maxHeadersCount.value : 100
        guard (1...100_000).contains(headersCount) else { throw invalid("max_headers_count", "must be 1...100000") }
        if message.addUserAgent.value { warn("add_user_agent", "is not done") }
        if message.representIpv4RemoteAddressAsIpv4MappedIpv6 {
            warn("represent_ipv4_remote_address_as_ipv4_mapped_ipv6", "is not done")
        }
        var timeouts = ManagerTimeouts()
        try timeouts.read(message, self)
        return HTTPConnectionManager(
            statPrefix: message.statPrefix,
            routeSource: try routeSource(message),
            httpFilters: try httpFilters(message.httpFilters),
            codec: try codec(message.codecType),
            serverName: message.serverName.isEmpty ? "envoy" : message.serverName,
            serverHeaderTransformation: try serverHeader(message.serverHeaderTransformation),
            usesRemoteAddress: message.useRemoteAddress.value,
            xffTrustedHops: Int(message.xffNumTrustedHops),
            skipsXFFAppend: message.skipXffAppend,
            generatesRequestID: message.hasGenerateRequestID ? message.generateRequestID.value : true,
            preservesExternalRequestID: message.preserveExternalRequestID,
            alwaysSetsRequestIDInResponse: message.alwaysSetRequestIDInResponse,
            normalizesPath: message.normalizePath.value,
            mergesSlashes: message.mergeSlashes,
            escapedSlashesAction: try escapedSlashes(message.pathWithEscapedSlashesAction),
            streamIdleTimeout: timeouts.streamIdle,
            requestTimeout: timeouts.request,
            requestHeadersTimeout: timeouts.requestHeaders,
            idleTimeout: timeouts.idle,
            maxConnectionDuration: timeouts.maxConnection,
            maxStreamDuration: timeouts.maxStream,
            drainTimeout: timeouts.drain,
            delayedCloseTimeout: timeouts.delayedClose,
            maxRequestHeadersKB: Int(headersKB),
            maxHeadersCount: Int(headersCount),
            maxRequestsPerConnection: common.hasMaxRequestsPerConnection
                ? Int(common.maxRequestsPerConnection.value) : 0,
            forwardClientCertificate: try clientCertificate(message.forwardClientCertDetails),
            clientCertificateDetails: try clientCertificateDetails(message.setCurrentClientCertDetails),
            via: message.via,
            stripsAnyHostPort: message.stripAnyHostPort,
            upgradeTypes: message.upgradeConfigs.filter { !$0.hasEnabled || $0.enabled.value }
                .map { $0.upgradeType.lowercased() },
            acceptsHTTP10: message.httpProtocolOptions.acceptHTTP10,
            proxies100Continue: message.proxy100Continue,
            accessLogs: try accessLogs("access_log", message.accessLog)
        )
    }

    private mutating func routeSource(
        _ message: Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
    ) throws(InvalidResource) -> RouteSource {
        switch message.routeSpecifier {
        case .rds(let rds)?:
            guard !rds.routeConfigName.isEmpty else { throw invalid("rds.route_config_name", "is empty") }
            guard case .ads? = rds.configSource.configSourceSpecifier else {
                throw invalid("rds.config_source", "only ADS is supported")
            }
            wantedRoutes.insert(rds.routeConfigName)
            let index = RouteConfigurationIndex(rawValue: routeSlots.slot(for: rds.routeConfigName))
            return .rds(name: rds.routeConfigName, index: index)
        case .routeConfig(let table)?:
            return .inline(
                try within("route_config") { reader throws(InvalidResource) in
                    try reader.routeConfiguration(from: table)
                }
            )
        case nil:
            throw invalid("route_specifier", "is missing or of an unsupported kind")
        }
    }

    private mutating func httpFilters(
        _ messages: [Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter]
    ) throws(InvalidResource) -> [HTTPFilter] {
        var filters: [HTTPFilter] = []
        for (index, message) in messages.enumerated() where !message.disabled {
            let filter = try within("http_filters[\(index)]") { reader throws(InvalidResource) in
                try reader.httpFilter(message)
            }
            if let filter { filters.append(filter) }
        }
        for (index, filter) in filters.enumerated() {
            guard case .router = filter else { continue }
            guard index == filters.count - 1 else { throw invalid("http_filters", "filters follow the router") }
            return filters
        }
        throw invalid("http_filters", "the last filter must be envoy.filters.http.router")
    }

    private mutating func httpFilter(
        _ message: Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter
    ) throws(InvalidResource) -> HTTPFilter? {
        let any = message.typedConfig
        if any.isA(Envoy_Extensions_Filters_Http_Router_V3_Router.self) {
            let router = try unpack(any, Envoy_Extensions_Filters_Http_Router_V3_Router.self)
            noteUnknownFields(router)
            if !router.strictCheckHeaders.isEmpty { warn("strict_check_headers", "is not done") }
            if router.respectExpectedRqTimeout { warn("respect_expected_rq_timeout", "is not done") }
            return .router(RouterOptions(suppressesEnvoyHeaders: router.suppressEnvoyHeaders))
        }
        if any.isA(Envoy_Extensions_Filters_Http_Fault_V3_HTTPFault.self) {
            return .fault(try fault(try unpack(any, Envoy_Extensions_Filters_Http_Fault_V3_HTTPFault.self)))
        }
        if any.isA(Envoy_Extensions_Filters_Http_Cors_V3_Cors.self) { return .cors }
        if let filter = try securityFilter(any) { return filter }
        if any.isA(Envoy_Extensions_Filters_Http_SetFilterState_V3_Config.self) {
            try checkFilterState(try unpack(any, Envoy_Extensions_Filters_Http_SetFilterState_V3_Config.self))
            return nil
        }
        guard message.isOptional else {
            throw invalid("", "the required HTTP filter \"\(message.name)\" (\(any.typeURL)) is not supported")
        }
        warn("", "the optional HTTP filter \"\(message.name)\" (\(any.typeURL)) is not supported and left out")
        return nil
    }

    private func codec(
        _ type: Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager.CodecType
    ) throws(InvalidResource) -> DownstreamCodec {
        switch type {
        case .auto: return .auto
        case .http1: return .http1
        case .http2: throw invalid("codec_type", "HTTP/2 alone is not supported by this proxy yet")
        case .http3, .UNRECOGNIZED: throw invalid("codec_type", "HTTP/3 is not supported")
        }
    }

    private func serverHeader(
        _ value: Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
            .ServerHeaderTransformation
    ) throws(InvalidResource) -> ServerHeaderTransformation {
        switch value {
        case .overwrite: return .overwrite
        case .appendIfAbsent: return .appendIfAbsent
        case .passThrough: return .passThrough
        case .UNRECOGNIZED: throw invalid("server_header_transformation", "is not known")
        }
    }

    private func escapedSlashes(
        _ value: Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
            .PathWithEscapedSlashesAction
    ) throws(InvalidResource) -> EscapedSlashesAction {
        switch value {
        case .implementationSpecificDefault, .keepUnchanged: return .keepUnchanged
        case .rejectRequest: return .rejectRequest
        case .unescapeAndRedirect: return .unescapeAndRedirect
        case .unescapeAndForward: return .unescapeAndForward
        case .UNRECOGNIZED: throw invalid("path_with_escaped_slashes_action", "is not known")
        }
    }

    private func clientCertificate(
        _ value: Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
            .ForwardClientCertDetails
    ) throws(InvalidResource) -> ForwardClientCertificate {
        switch value {
        case .sanitize: return .sanitize
        case .forwardOnly: return .forwardOnly
        case .appendForward: return .appendForward
        case .sanitizeSet: return .sanitizeSet
        case .alwaysForwardOnly: return .alwaysForwardOnly
        case .UNRECOGNIZED: throw invalid("forward_client_cert_details", "is not known")
        }
    }
}

/// The timeouts of a connection manager with Envoy's defaults; `nil` is off.
private struct ManagerTimeouts {
    var streamIdle: Duration? = .seconds(300)
    var request: Duration?
    var requestHeaders: Duration?
    var idle: Duration? = .seconds(3600)
    var maxConnection: Duration?
    var maxStream: Duration?
    var drain: Duration = .seconds(5)
    var delayedClose: Duration? = .seconds(1)

    mutating func read(_ message: Manager, _ reader: ResourceReader) throws(InvalidResource) {
        if message.hasStreamIdleTimeout {
            streamIdle = try reader.optionalDuration("stream_idle_timeout", message.streamIdleTimeout)
        }
        request = try reader.optionalDuration("request_timeout", message.requestTimeout)
        requestHeaders = try reader.optionalDuration("request_headers_timeout", message.requestHeadersTimeout)
        if message.hasDrainTimeout { drain = try reader.duration("drain_timeout", message.drainTimeout) }
        if message.hasDelayedCloseTimeout {
            delayedClose = try reader.optionalDuration("delayed_close_timeout", message.delayedCloseTimeout)
        }
        let common = message.commonHTTPProtocolOptions
        if common.hasIdleTimeout { idle = try reader.optionalDuration("idle_timeout", common.idleTimeout) }
        maxConnection = try reader.optionalDuration("max_connection_duration", common.maxConnectionDuration)
        maxStream = try reader.optionalDuration("max_stream_duration", common.maxStreamDuration)
    }
}
