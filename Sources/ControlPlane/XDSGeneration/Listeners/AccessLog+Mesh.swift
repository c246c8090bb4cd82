import EnvoyAPI
import MeshConfig
import SwiftProtobuf

/// Access logs the mesh configuration asks for (Istio `AccessLogBuilder`).
struct AccessLogs {
    /// For connection managers and TCP proxies.
    var filter: [XDS.AccessLog]
    /// For listeners: only connections that found no filter chain, which no filter can log.
    var listener: [XDS.AccessLog]

    init(_ mesh: MeshConfiguration) {
        guard !mesh.accessLogFile.isEmpty else {
            filter = []
            listener = []
            return
        }
        var file = Envoy_Extensions_AccessLoggers_File_V3_FileAccessLog()
        file.path = mesh.accessLogFile
        switch mesh.accessLogEncoding {
        case .text:
            var format = mesh.accessLogFormat.isEmpty ? AccessLogFormat.text : mesh.accessLogFormat
            if !format.hasSuffix("\n") { format += "\n" }
            file.logFormat.textFormatSource.inlineString = format
        case .json:
            let own = try? Google_Protobuf_Struct(jsonString: mesh.accessLogFormat)
            file.logFormat.jsonFormat = own ?? AccessLogFormat.json
        }
        var log = XDS.AccessLog()
        log.name = ExtensionName.fileAccessLog
        log.typedConfig = .init(packing: file)
        filter = [log]
        log.filter.responseFlagFilter.flags = ["NR"]
        listener = [log]
    }
}

/// Istio's formats, field by field as dashboards and log parsers expect them (Istio `EnvoyTextLogFormat`).
enum AccessLogFormat {
    static let text =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% "
        + "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "
        + "\"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" "
        + "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% "
        + "%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "
        + "%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n"

    /// Fields of the JSON form by name (Istio `EnvoyJSONLogFormatIstio`).
    static let json: Google_Protobuf_Struct = {
        let fields = [
            "start_time": "START_TIME", "route_name": "ROUTE_NAME", "method": "REQ(:METHOD)",
            "path": "REQ(X-ENVOY-ORIGINAL-PATH?:PATH)", "protocol": "PROTOCOL", "response_code": "RESPONSE_CODE",
            "response_flags": "RESPONSE_FLAGS", "response_code_details": "RESPONSE_CODE_DETAILS",
            "connection_termination_details": "CONNECTION_TERMINATION_DETAILS", "bytes_received": "BYTES_RECEIVED",
            "bytes_sent": "BYTES_SENT", "duration": "DURATION",
            "upstream_service_time": "RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)", "x_forwarded_for": "REQ(X-FORWARDED-FOR)",
            "user_agent": "REQ(USER-AGENT)", "request_id": "REQ(X-REQUEST-ID)", "authority": "REQ(:AUTHORITY)",
            "upstream_host": "UPSTREAM_HOST", "upstream_cluster": "UPSTREAM_CLUSTER_RAW",
            "upstream_local_address": "UPSTREAM_LOCAL_ADDRESS",
            "downstream_local_address": "DOWNSTREAM_LOCAL_ADDRESS",
            "downstream_remote_address": "DOWNSTREAM_REMOTE_ADDRESS", "requested_server_name": "REQUESTED_SERVER_NAME",
            "upstream_transport_failure_reason": "UPSTREAM_TRANSPORT_FAILURE_REASON",
        ]
        return Google_Protobuf_Struct(fields: fields.mapValues { .init(stringValue: "%\($0)%") })
    }()
}
