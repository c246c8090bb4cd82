internal import EnvoyAPI
internal import Foundation
internal import MeshModel
internal import SwiftProtobuf
internal import XDSGeneration

/// What a proxy is to have now, in the form of Envoy's admin interface (`envoy.admin.v3.ConfigDump`), as JSON.
struct ConfigDump {
    let generator: ResourceGenerator
    let snapshot: MeshSnapshot

    /// The dump for a proxy; routes and endpoints are all that its listeners and clusters refer to.
    func json(for node: ProxyNode) -> String {
        let configs = [
            section("Clusters", "version_info", "dynamic_active_clusters", .cluster, "cluster", node),
            listeners(node),
            section("Routes", nil, "dynamic_route_configs", .route, "route_config", node),
            section("Endpoints", nil, "dynamic_endpoint_configs", .endpoint, "endpoint_config", node),
        ]
        return #"{"configs":["# + configs.joined(separator: ",") + "]}"
    }

    private func section(
        _ name: String,
        _ version: String?,
        _ list: String,
        _ kind: ResourceKind,
        _ field: String,
        _ node: ProxyNode
    ) -> String {
        let entries = resources(kind, node).map { resource in
            #"{"version_info":"\#(resource.version)","\#(field)":\#(Self.json(resource))}"#
        }
        let head = version.map { #""\#($0)":"\#(snapshot.version)","# } ?? ""
        return Self.open(name) + head + #""\#(list)":["# + entries.joined(separator: ",") + "]}"
    }

    private func listeners(_ node: ProxyNode) -> String {
        let entries = resources(.listener, node).map { resource in
            #"{"name":\#(Self.quoted(resource.name)),"active_state":{"version_info":"\#(resource.version)","#
                + #""listener":\#(Self.json(resource))}}"#
        }
        return Self.open("Listeners") + #""version_info":"\#(snapshot.version)","dynamic_listeners":["#
            + entries.joined(separator: ",") + "]}"
    }

    private func resources(_ kind: ResourceKind, _ node: ProxyNode) -> [GeneratedResource] {
        generator.generate(kind, for: node, in: snapshot)
    }

    private static func open(_ name: String) -> String {
        #"{"@type":"type.googleapis.com/envoy.admin.v3.\#(name)ConfigDump","#
    }

    /// A resource as JSON with proto field names, as Envoy's admin interface prints it.
    private static func json(_ resource: GeneratedResource) -> String {
        _ = registration
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        do {
            return try resource.body.jsonString(options: options)
        } catch {
            // A type nobody registered inside; the bytes are better than nothing.
            let bytes = resource.body.value.base64EncodedString()
            return #"{"@type":"\#(resource.body.typeURL)","name":\#(quoted(resource.name)),"value":"\#(bytes)"}"#
        }
    }

    private static func quoted(_ text: String) -> String {
        guard let data = try? JSONEncoder().encode(text) else { return "\"\"" }
        return String(decoding: data, as: UTF8.self)
    }

    /// Everything that appears in an `Any`; registered once per process.
    private static let registration: Bool = {
        let types: [any Message.Type] = [
            Envoy_Config_Listener_V3_Listener.self,
            Envoy_Config_Route_V3_RouteConfiguration.self,
            Envoy_Config_Cluster_V3_Cluster.self,
            Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self,
            Envoy_Extensions_AccessLoggers_File_V3_FileAccessLog.self,
            Envoy_Extensions_AccessLoggers_Stream_V3_StdoutAccessLog.self,
            Envoy_Extensions_Filters_Http_Cors_V3_Cors.self,
            Envoy_Extensions_Filters_Http_Cors_V3_CorsPolicy.self,
            Envoy_Extensions_Filters_Http_Fault_V3_HTTPFault.self,
            Envoy_Extensions_Filters_Http_Router_V3_Router.self,
            Envoy_Extensions_Filters_Http_SetFilterState_V3_Config.self,
            Envoy_Extensions_Filters_Listener_HttpInspector_V3_HttpInspector.self,
            Envoy_Extensions_Filters_Listener_OriginalDst_V3_OriginalDst.self,
            Envoy_Extensions_Filters_Listener_OriginalSrc_V3_OriginalSrc.self,
            Envoy_Extensions_Filters_Listener_TlsInspector_V3_TlsInspector.self,
            Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager.self,
            Envoy_Extensions_Filters_Network_TcpProxy_V3_TcpProxy.self,
            Envoy_Extensions_Retry_Host_PreviousHosts_V3_PreviousHostsPredicate.self,
            Envoy_Extensions_Retry_Priority_PreviousPriorities_V3_PreviousPrioritiesConfig.self,
            Envoy_Extensions_TransportSockets_Tls_V3_DownstreamTlsContext.self,
            Envoy_Extensions_TransportSockets_Tls_V3_UpstreamTlsContext.self,
            Envoy_Extensions_Upstreams_Http_V3_HttpProtocolOptions.self,
            RawBuffer.self,
        ]
        return types.reduce(true) { Google_Protobuf_Any.register(messageType: $1) && $0 }
    }()
}
