internal import EnvoyAPI
internal import ProxyIdentity
internal import SwiftProtobuf

/// The bootstrap file with which a real Envoy stands in for our engine: a delta ADS stream to the control plane, secrets
/// from the agent, an admin interface, and nothing else.
package enum EnvoyBootstrap {
    /// The bootstrap as JSON (`envoy.config.bootstrap.v3.Bootstrap`); `secretSocket` is where the agent serves SDS.
    ///
    /// - Throws: when the node cannot be written as JSON.
    package static func json(for configuration: AgentConfiguration, secretSocket: String? = nil) throws -> String {
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
              "cluster_manager": {\(localClusterName(configuration))"outlier_detection": {}},
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
              "static_resources": {\(podListeners(configuration))"clusters": [\(podClusters(configuration))\(localCluster(configuration))\(secretCluster(secretSocket)){
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
                "upstream_connection_options": {"tcp_keepalive": {"keepalive_time": 300}},\(discoverySocket(configuration, secretSocket))
                "load_assignment": {
                  "cluster_name": "xds-grpc",
                  "endpoints": [{"lb_endpoints": [{"endpoint": {"address": \(address(configuration.discovery))}}]}]
                }
              }]}
            }
            """
    }

    /// The probe's port leads to the agent, the scraper's to the admin interface; each serves one path.
    private static func podListeners(_ configuration: AgentConfiguration) -> String {
        guard let ports = configuration.podPorts else { return "" }
        let listeners = [
            listener(
                configuration.wildcard,
                port: ports.statistics,
                path: "/stats/prometheus",
                cluster: "prometheus_stats"
            ),
            listener(configuration.wildcard, port: ports.status, path: "/healthz/ready", cluster: "agent"),
        ]
        return #""listeners": [\#(listeners.joined(separator: ","))], "#
    }

    private static func podClusters(_ configuration: AgentConfiguration) -> String {
        guard let ports = configuration.podPorts else { return "" }
        let agent = HostPort(host: "127.0.0.1", port: Int(ports.agent))
        return [("prometheus_stats", configuration.admin), ("agent", agent)].map { name, address in
            """
            {"name": "\(name)", "type": "STATIC", "connect_timeout": "0.250s", "load_assignment": \
            {"cluster_name": "\(name)", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": \
            \(Self.address(address))}}]}]}},
            """
        }.joined()
    }

    /// Where every SDS configuration of the mesh leads (Istio's name).
    private static func secretCluster(_ socket: String?) -> String {
        guard let socket else { return "" }
        return """
            {"name": "sds-grpc", "type": "STATIC", "connect_timeout": "1s", "typed_extension_protocol_options": \
            {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {\
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", \
            "explicit_http_config": {"http2_protocol_options": {}}}}, "load_assignment": {"cluster_name": "sds-grpc", \
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": \(quoted(socket))}}}}]}]}},
            """
    }

    /// The control plane is verified by name and by the roots mounted for it, which the agent watches; the workload's
    /// certificate says who asks.
    private static func discoverySocket(_ configuration: AgentConfiguration, _ secretSocket: String?) -> String {
        guard let server = configuration.discoveryTLS, secretSocket != nil else { return "" }
        let roots = server.rootsFile.map { "file-root:\($0)" } ?? SecretName.roots
        return """

            "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {
              "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
              "sni": \(quoted(server.serverName)),
              "common_tls_context": {
                "alpn_protocols": ["h2"],
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "tls_certificate_sds_secret_configs": [\(secret(SecretName.workload))],
                "combined_validation_context": {
                  "default_validation_context": {"match_typed_subject_alt_names": [
                    {"san_type": "DNS", "matcher": {"exact": \(quoted(server.serverName))}}]},
                  "validation_context_sds_secret_config": \(secret(roots))
                }
              }}},
            """
    }

    private static func secret(_ name: String) -> String {
        """
        {"name": \(quoted(name)), "sds_config": {"resource_api_version": "V3", "initial_fetch_timeout": "0s", \
        "api_config_source": {"api_type": "GRPC", "transport_api_version": "V3", \
        "set_node_on_first_message_only": true, "grpc_services": [{"envoy_grpc": {"cluster_name": "sds-grpc"}}]}}}
        """
    }

    private static func quoted(_ text: String) -> String {
        (try? Google_Protobuf_Value(stringValue: text).jsonString()) ?? "\"\""
    }

    private static func localClusterName(_ configuration: AgentConfiguration) -> String {
        configuration.discoversItself ? #""local_cluster_name": "local_cluster", "# : ""
    }

    private static func localCluster(_ configuration: AgentConfiguration) -> String {
        guard configuration.discoversItself else { return "" }
        let source = #"{"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}"#
        return """
            {"name": "local_cluster", "alt_stat_name": "local_cluster;", "type": "EDS", "connect_timeout": "1s", \
            "lb_policy": "LEAST_REQUEST", "common_lb_config": {"zone_aware_lb_config": {"min_cluster_size": 1}}, \
            "eds_cluster_config": {"eds_config": \(source), "service_name": "local_cluster"}},
            """
    }

    private static func listener(_ host: String, port: UInt16, path: String, cluster: String) -> String {
        let manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
        let router = "envoy.extensions.filters.http.router.v3.Router"
        return """
            {"address": \(address(HostPort(host: host, port: Int(port)))),
             "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
              "@type": "type.googleapis.com/\(manager)", "stat_prefix": "\(cluster)",
              "route_config": {"virtual_hosts": [{"name": "backend", "domains": ["*"], "routes": [
               {"match": {"prefix": "\(path)"}, "route": {"cluster": "\(cluster)"}}]}]},
              "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
               "@type": "type.googleapis.com/\(router)"}}]}}]}]}
            """
    }

    // A `HostPort` has no character that JSON would need escaped.
    private static func address(_ value: HostPort) -> String {
        let both = value.host == "::" ? #", "ipv4_compat": true"# : ""
        return #"{"socket_address": {"address": "\#(value.host)", "port_value": \#(value.port)\#(both)}}"#
    }
}
