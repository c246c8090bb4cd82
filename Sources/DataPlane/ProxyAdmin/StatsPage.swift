internal import MeshTelemetry
internal import NIOCore
internal import RegularExpressions

/// `/stats` in Envoy's text, JSON and Prometheus forms.
enum StatsPage {
    /// One statistic under its full name, with what Prometheus calls it.
    struct Line: Sendable {
        var name: String
        var family: String
        var labels: [(String, String)]
        var isGauge: Bool
        var value: UInt64
    }

    static func lines(_ report: ProxyReport, isLive: Bool, uptime: Int64) -> [Line] {
        var lines: [Line] = []
        for cluster in report.clusters {
            for statistic in cluster.statistics {
                lines.append(clusterLine(cluster.name, statistic))
            }
            lines.append(contentsOf: membership(cluster))
        }
        for manager in report.connectionManagers {
            for statistic in manager.statistics {
                lines.append(
                    line(
                        "http.\(manager.prefix).",
                        "envoy_http_",
                        ("envoy_http_conn_manager_prefix", manager.prefix),
                        statistic
                    )
                )
            }
        }
        for statistic in report.networkFilters {
            let family = "envoy_\(statistic.name)"
            lines.append(
                Line(name: statistic.name, family: family, labels: [], isGauge: false, value: statistic.value)
            )
        }
        for route in report.routes {
            let scope = "vhost.\(route.virtualHost).route.\(route.prefix)."
            for statistic in route.statistics {
                var entry = line(scope, "envoy_vhost_route_", ("envoy_route", route.prefix), statistic)
                entry.labels.append(("envoy_virtual_host", route.virtualHost))
                lines.append(entry)
            }
        }
        for listener in report.listeners {
            let values = [
                ("downstream_cx_total", false, listener.connectionTotal),
                ("downstream_cx_active", true, listener.connectionActive),
            ]
            for statistic in values.map(StatisticReport.init) + listener.statistics {
                let label = ("envoy_listener_address", listener.address)
                let scope = "listener.\(listener.address.replacing(":", with: "_"))."
                lines.append(line(scope, "envoy_listener_", label, statistic))
            }
        }
        let server: [(name: String, family: String, value: UInt64)] = [
            ("server.live", MetricName.serverLive, isLive ? 1 : 0),
            ("server.state", MetricName.serverState, isLive ? 0 : 2),
            ("server.uptime", MetricName.serverUptime, UInt64(max(0, uptime))),
        ]
        lines += server.map { Line(name: $0.name, family: $0.family, labels: [], isGauge: true, value: $0.value) }
        return lines.sorted { $0.name < $1.name }
    }

    private static func clusterLine(_ cluster: String, _ statistic: StatisticReport) -> Line {
        line("cluster.\(cluster).", "envoy_cluster_", ("envoy_cluster_name", cluster), statistic)
    }

    private static func membership(_ cluster: ClusterReport) -> [Line] {
        [
            ("membership_total", cluster.endpoints.count),
            ("membership_healthy", cluster.endpoints.count { $0.isHealthy }),
            ("membership_degraded", cluster.endpoints.count { $0.health == "degraded" && !$0.isEjected }),
            ("membership_excluded", cluster.endpoints.count { $0.health == "draining" }),
        ].map {
            clusterLine(cluster.name, StatisticReport(name: $0.0, isGauge: true, value: UInt64($0.1)))
        }
    }

    private static func line(
        _ scope: String,
        _ family: String,
        _ label: (String, String),
        _ statistic: StatisticReport
    ) -> Line {
        var labels = [label]
        var familyName = family + statistic.name
        // Envoy turns the class at the end of `upstream_rq_2xx` into a label, that of `ejections_consecutive_5xx` not.
        if statistic.name.hasSuffix("xx"), statistic.name.dropLast(3).hasSuffix("_rq_"),
            let digit = statistic.name.dropLast(2).last, digit.isNumber
        {
            labels.append(("envoy_response_code_class", String(digit)))
            familyName = family + statistic.name.dropLast(3) + "xx"
        }
        return Line(
            name: scope + statistic.name,
            family: familyName,
            labels: labels,
            isGauge: statistic.isGauge,
            value: statistic.value
        )
    }

    static func page(_ all: [Line], _ request: AdminRequest) -> AdminResponse {
        var lines = all
        if request.query["usedonly"] != nil { lines.removeAll { $0.value == 0 } }
        if let filter = request.query["filter"], !filter.isEmpty {
            guard let pattern = try? RegularExpression(".*(?:\(filter)).*") else {
                return AdminResponse(status: 400, body: "Invalid re2 regex\n")
            }
            lines = lines.filter { pattern.matchesAll(of: $0.name) }
        }
        switch request.query["format"] {
        case "prometheus": return prometheus(lines)
        case "json":
            let values = lines.map { JSONValue.object([("name", .string($0.name)), ("value", .unsigned($0.value))]) }
            return .json(.object([("stats", .array(values))]))
        case nil, "text": return AdminResponse(body: lines.map { "\($0.name): \($0.value)\n" }.joined())
        case let other?: return AdminResponse(status: 400, body: "unknown format '\(other)'\n")
        }
    }

    static func prometheus(_ lines: [Line]) -> AdminResponse {
        var text = PrometheusText()
        for (family, members) in Dictionary(grouping: lines, by: \.family).sorted(by: { $0.key < $1.key }) {
            let isGauge = members.first?.isGauge ?? false
            let name = PrometheusText.name(family)
            text.family(name, isGauge ? .gauge : .counter)
            for member in members { text.sample(name, member.labels, member.value) }
        }
        return AdminResponse(contentType: PrometheusText.contentType, body: String(buffer: text.buffer))
    }
}
