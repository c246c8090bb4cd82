import EnvoyAPI
import MeshConfig
import MeshTelemetry
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
            var format = mesh.accessLogFormat.isEmpty ? AccessLogFormat.istioText : mesh.accessLogFormat
            if !format.hasSuffix("\n") { format += "\n" }
            file.logFormat.textFormatSource.inlineString = format
        case .json:
            let own = try? Google_Protobuf_Struct(jsonString: mesh.accessLogFormat)
            file.logFormat.jsonFormat = own ?? Self.istioJSON
        }
        var log = XDS.AccessLog()
        log.name = ExtensionName.fileAccessLog
        log.typedConfig = .init(packing: file)
        filter = [log]
        log.filter.responseFlagFilter.flags = ["NR"]
        listener = [log]
    }

    private static let istioJSON = Google_Protobuf_Struct(
        fields: Dictionary(
            AccessLogFormat.istioJSON.map { ($0.key, Google_Protobuf_Value(stringValue: $0.format)) },
            uniquingKeysWith: { first, _ in first }
        )
    )
}
