internal import EnvoyAPI
internal import SwiftProtobuf

/// The bootstrap file with which a real Envoy stands in for our engine: a delta ADS stream to the control plane, an admin
/// interface, and nothing else.
package enum EnvoyBootstrap {
    /// The bootstrap as JSON (`envoy.config.bootstrap.v3.Bootstrap`).
    ///
    /// - Throws: when the node cannot be written as JSON.
    package static func json(for configuration: AgentConfiguration) throws -> String {
        var node = configuration.node
        // Envoy names itself and says what it can do.
        node.userAgentName = ""
        return """
            {
              "node": \(try node.jsonString()),
              "admin": {"address": \(address(configuration.admin))},
              "layered_runtime": {"layers": [
                {"name": "deprecation", "static_layer": {
                  "envoy.reloadable_features.http_reject_path_with_fragment": false,
                  "re2.max_program_size.error_level": 32768
                }},
                {"name": "admin", "admin_layer": {}}
              ]},
              "stats_config": {"use_all_default_tags": true},
              "cluster_manager": {"outlier_detection": {}},
              "dynamic_resources": {
                "ads_config": {
                  "api_type": "DELTA_GRPC",
                  "transport_api_version": "V3",
                  "set_node_on_first_message_only": true,
                  "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-grpc"}}]
                },
                "lds_config": {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"},
                "cds_config": {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}
              },
              "static_resources": {"clusters": [{
                "name": "xds-grpc",
                "type": "STRICT_DNS",
                "respect_dns_ttl": true,
                "dns_lookup_family": "V4_PREFERRED",
                "connect_timeout": "1s",
                "lb_policy": "ROUND_ROBIN",
                "typed_extension_protocol_options": {
                  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config": {"http2_protocol_options": {}}
                  }
                },
                "upstream_connection_options": {"tcp_keepalive": {"keepalive_time": 300}},
                "load_assignment": {
                  "cluster_name": "xds-grpc",
                  "endpoints": [{"lb_endpoints": [{"endpoint": {"address": \(address(configuration.discovery))}}]}]
                }
              }]}
            }
            """
    }

    // A `HostPort` has no character that JSON would need escaped.
    private static func address(_ value: HostPort) -> String {
        #"{"socket_address": {"address": "\#(value.host)", "port_value": \#(value.port)}}"#
    }
}
