/// `/clusters` in Envoy's text and JSON forms.
enum ClustersPage {
    static func page(_ report: ProxyReport, _ request: AdminRequest) -> AdminResponse {
        request.query["format"] == "json" ? .json(json(report)) : AdminResponse(body: text(report))
    }

    static func text(_ report: ProxyReport) -> String {
        var out = ""
        for cluster in report.clusters {
            let name = cluster.name
            out += "\(name)::observability_name::\(name)\n"
            if cluster.hasOutlierDetection {
                // Success rates are not counted: what Envoy prints without any, too.
                for origin in ["", "local_origin_"] {
                    out += "\(name)::outlier::\(origin)success_rate_average::-1\n"
                    out += "\(name)::outlier::\(origin)success_rate_ejection_threshold::-1\n"
                }
            }
            out += "\(name)::default_priority::max_connections::\(cluster.maxConnections)\n"
            out += "\(name)::default_priority::max_pending_requests::\(cluster.maxPendingRequests)\n"
            out += "\(name)::default_priority::max_requests::\(cluster.maxRequests)\n"
            out += "\(name)::default_priority::max_retries::\(cluster.maxRetries)\n"
            out += "\(name)::added_via_api::true\n"
            for endpoint in cluster.endpoints {
                let prefix = "\(name)::\(endpoint.address)::"
                for (count, value) in endpoint.counts { out += "\(prefix)\(count)::\(value)\n" }
                out += "\(prefix)hostname::\(endpoint.hostname)\n"
                out += "\(prefix)health_flags::\(endpoint.healthFlags)\n"
                out += "\(prefix)weight::\(endpoint.weight)\n"
                out += "\(prefix)region::\(endpoint.region)\n"
                out += "\(prefix)zone::\(endpoint.zone)\n"
                out += "\(prefix)sub_zone::\(endpoint.subZone)\n"
                out += "\(prefix)canary::false\n"
                out += "\(prefix)priority::\(endpoint.priority)\n"
                out += "\(prefix)success_rate::-1\n"
                out += "\(prefix)local_origin_success_rate::-1\n"
            }
        }
        return out
    }

    private static func json(_ report: ProxyReport) -> JSONValue {
        .object([
            (
                "cluster_statuses",
                .array(
                    report.clusters.map { cluster in
                        .object([
                            ("name", .string(cluster.name)), ("added_via_api", .boolean(true)),
                            ("host_statuses", .array(cluster.endpoints.map(host))),
                        ])
                    }
                )
            )
        ])
    }

    private static func host(_ endpoint: EndpointReport) -> JSONValue {
        let colon = endpoint.address.lastIndex(of: ":") ?? endpoint.address.endIndex
        let port = Int64(endpoint.address[colon...].dropFirst()) ?? 0
        return .object([
            (
                "address",
                .object([
                    (
                        "socket_address",
                        .object([
                            ("address", .string(String(endpoint.address[..<colon]))), ("port_value", .number(port)),
                        ])
                    )
                ])
            ),
            (
                "stats",
                .array(endpoint.counts.map { .object([("name", .string($0.0)), ("value", .string("\($0.1)"))]) })
            ),
            (
                "health_status",
                .object(
                    (endpoint.isEjected ? [("failed_outlier_check", .boolean(true))] : [])
                        + [("eds_health_status", .string(endpoint.health.uppercased()))]
                )
            ),
            ("weight", .unsigned(UInt64(endpoint.weight))),
            ("priority", .number(Int64(endpoint.priority))),
            ("hostname", .string(endpoint.hostname)),
        ])
    }
}
