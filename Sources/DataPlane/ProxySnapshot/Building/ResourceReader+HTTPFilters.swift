import EnvoyAPI
import SwiftProtobuf

extension ResourceReader {
    mutating func fault(
        _ message: Envoy_Extensions_Filters_Http_Fault_V3_HTTPFault
    ) throws(InvalidResource) -> HTTPFault? {
        noteUnknownFields(message)
        var delay: FaultDelay?
        if message.hasDelay {
            guard case .fixedDelay(let duration)? = message.delay.faultDelaySecifier else {
                throw invalid("delay", "only fixed_delay is supported")
            }
            delay = FaultDelay(
                duration: try positiveDuration("delay.fixed_delay", duration),
                percentage: try percent(message.delay.percentage)
            )
        }
        var abort: FaultAbort?
        if message.hasAbort {
            let percentage = try percent(message.abort.percentage)
            switch message.abort.errorType {
            case .httpStatus(let status)?:
                guard (200..<600).contains(status) else { throw invalid("abort.http_status", "must be 200...599") }
                abort = FaultAbort(status: UInt16(status), percentage: percentage)
            case .grpcStatus(let status)?:
                abort = FaultAbort(status: 200, grpcStatus: status, percentage: percentage)
            case .headerAbort?, nil:
                throw invalid("abort", "only http_status and grpc_status are supported")
            }
        }
        let headers = try each("headers", message.headers) { reader, matcher throws(InvalidResource) in
            try reader.headerMatcher(matcher)
        }
        guard delay != nil || abort != nil else { return nil }
        return HTTPFault(
            delay: delay,
            abort: abort,
            headers: headers,
            upstreamCluster: message.upstreamCluster.isEmpty
                ? nil : try cluster("upstream_cluster", message.upstreamCluster)
        )
    }

    mutating func cors(
        _ message: Envoy_Extensions_Filters_Http_Cors_V3_CorsPolicy
    ) throws(InvalidResource) -> CORSPolicy {
        noteUnknownFields(message)
        let origins = try each("allow_origin_string_match", message.allowOriginStringMatch) {
            reader,
            matcher throws(InvalidResource) in
            try reader.stringMatcher("", matcher)
        }
        return CORSPolicy(
            allowOrigins: origins,
            allowMethods: message.allowMethods,
            allowHeaders: message.allowHeaders,
            exposeHeaders: message.exposeHeaders,
            maxAge: message.maxAge,
            allowCredentials: message.allowCredentials.value,
            forwardsNotMatchingPreflights: message.hasForwardNotMatchingPreflights
                ? message.forwardNotMatchingPreflights.value : true,
            isEnabled: message.hasFilterEnabled ? try percent(message.filterEnabled).numerator > 0 : true
        )
    }

    /// The per-route configuration of the filters this proxy has.
    struct PerRouteFilters {
        var fault: HTTPFault?
        var cors: CORSPolicy?
    }

    mutating func perRouteFilters(
        _ configurations: [String: Google_Protobuf_Any]
    ) throws(InvalidResource) -> PerRouteFilters {
        var result = PerRouteFilters()
        for (name, any) in configurations.sorted(by: { $0.key < $1.key }) {
            try within("typed_per_filter_config[\(name)]") { reader throws(InvalidResource) in
                if any.isA(Envoy_Extensions_Filters_Http_Fault_V3_HTTPFault.self) {
                    result.fault = try reader.fault(
                        try reader.unpack(any, Envoy_Extensions_Filters_Http_Fault_V3_HTTPFault.self)
                    )
                } else if any.isA(Envoy_Extensions_Filters_Http_Cors_V3_CorsPolicy.self) {
                    result.cors = try reader.cors(
                        try reader.unpack(any, Envoy_Extensions_Filters_Http_Cors_V3_CorsPolicy.self)
                    )
                } else {
                    throw reader.invalid("", "\(any.typeURL) is not supported")
                }
            }
        }
        return result
    }

    mutating func accessLogs(
        _ field: String,
        _ messages: [Envoy_Config_Accesslog_V3_AccessLog]
    ) throws(InvalidResource) -> [AccessLog] {
        var logs: [AccessLog] = []
        for (index, message) in messages.enumerated() {
            let place = "\(field)[\(index)]"
            let any = message.typedConfig
            let destination: AccessLogDestination
            let format: Envoy_Config_Core_V3_SubstitutionFormatString?
            if any.isA(Envoy_Extensions_AccessLoggers_File_V3_FileAccessLog.self) {
                let file = try unpack(any, Envoy_Extensions_AccessLoggers_File_V3_FileAccessLog.self)
                destination = Self.destination(file.path)
                if case .logFormat(let value)? = file.accessLogFormat { format = value } else { format = nil }
            } else if any.isA(Envoy_Extensions_AccessLoggers_Stream_V3_StdoutAccessLog.self) {
                let stream = try unpack(any, Envoy_Extensions_AccessLoggers_Stream_V3_StdoutAccessLog.self)
                destination = .standardOutput
                if case .logFormat(let value)? = stream.accessLogFormat { format = value } else { format = nil }
            } else {
                warn(place, "the access logger \"\(message.name)\" (\(any.typeURL)) is not supported and left out")
                continue
            }
            var flags: [String]?
            if message.hasFilter {
                guard case .responseFlagFilter(let filter)? = message.filter.filterSpecifier else {
                    throw invalid("\(place).filter", "only response_flag_filter is supported")
                }
                flags = filter.flags
            }
            var template = AccessLogTemplate.standard
            if let format { template = try logTemplate(place, format) }
            logs.append(AccessLog(destination: destination, format: template, responseFlags: flags))
        }
        return logs
    }

    private static func destination(_ path: String) -> AccessLogDestination {
        switch path {
        case "/dev/stdout": .standardOutput
        case "/dev/stderr": .standardError
        default: .file(path)
        }
    }

    private func logTemplate(
        _ field: String,
        _ format: Envoy_Config_Core_V3_SubstitutionFormatString
    ) throws(InvalidResource) -> AccessLogTemplate {
        switch format.format {
        case .textFormatSource(let source)?:
            guard case .inlineString(let text)? = source.specifier else {
                throw invalid("\(field).log_format", "only inline_string is supported")
            }
            return .text(text)
        case .jsonFormat(let object)?:
            return .json(Self.members(object))
        case nil:
            throw invalid("\(field).log_format", "is missing or of an unsupported kind")
        }
    }

    private static func members(_ object: Google_Protobuf_Struct) -> [AccessLogMember] {
        object.fields.sorted { $0.key < $1.key }.map { AccessLogMember(name: $0.key, value: value($0.value)) }
    }

    private static func value(_ value: Google_Protobuf_Value) -> AccessLogValue {
        switch value.kind {
        case .stringValue(let text)?: .text(text)
        case .numberValue(let number)?: .number(number)
        case .boolValue(let flag)?: .boolean(flag)
        case .structValue(let object)?: .object(members(object))
        case .listValue?, .nullValue?, nil: .null
        }
    }
}
