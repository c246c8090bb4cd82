/// Names of the time series both planes export, as Istio and Envoy spell them for Prometheus.
package enum MetricName {
    package static let istioRequestsTotal = "istio_requests_total"
    package static let istioRequestDuration = "istio_request_duration_milliseconds"
    package static let istioRequestBytes = "istio_request_bytes"
    package static let istioResponseBytes = "istio_response_bytes"
    package static let istioTCPSentBytes = "istio_tcp_sent_bytes_total"
    package static let istioTCPReceivedBytes = "istio_tcp_received_bytes_total"
    package static let istioTCPConnectionsOpened = "istio_tcp_connections_opened_total"
    package static let istioTCPConnectionsClosed = "istio_tcp_connections_closed_total"
    package static let istioBuild = "istio_build"

    package static let clusterRequestsTotal = "envoy_cluster_upstream_rq_total"
    package static let clusterRequestsCompleted = "envoy_cluster_upstream_rq_completed"
    package static let clusterRequestsByCode = "envoy_cluster_upstream_rq"
    package static let clusterRequestsByClass = "envoy_cluster_upstream_rq_xx"
    package static let clusterRequestsActive = "envoy_cluster_upstream_rq_active"
    package static let clusterRequestTime = "envoy_cluster_upstream_rq_time"
    package static let clusterRequestTimeouts = "envoy_cluster_upstream_rq_timeout"
    package static let clusterRetries = "envoy_cluster_upstream_rq_retry"
    package static let clusterPendingOverflow = "envoy_cluster_upstream_rq_pending_overflow"
    package static let clusterConnectionsTotal = "envoy_cluster_upstream_cx_total"
    package static let clusterConnectionsActive = "envoy_cluster_upstream_cx_active"
    package static let clusterConnectFailures = "envoy_cluster_upstream_cx_connect_fail"
    package static let clusterConnectTimeouts = "envoy_cluster_upstream_cx_connect_timeout"
    package static let clusterNoHealthyHost = "envoy_cluster_upstream_cx_none_healthy"
    package static let clusterMembersTotal = "envoy_cluster_membership_total"
    package static let clusterMembersHealthy = "envoy_cluster_membership_healthy"

    package static let downstreamRequestsTotal = "envoy_http_downstream_rq_total"
    package static let downstreamRequestsByClass = "envoy_http_downstream_rq_xx"
    package static let downstreamRequestsActive = "envoy_http_downstream_rq_active"
    package static let downstreamConnectionsTotal = "envoy_http_downstream_cx_total"
    package static let downstreamConnectionsActive = "envoy_http_downstream_cx_active"
    package static let downstreamProtocolErrors = "envoy_http_downstream_cx_protocol_error"
    package static let noRoute = "envoy_http_no_route"
    package static let noCluster = "envoy_http_no_cluster"

    package static let serverLive = "envoy_server_live"
    package static let serverState = "envoy_server_state"
    package static let serverUptime = "envoy_server_uptime"

    package static let pilotXDS = "pilot_xds"
    package static let pilotPushes = "pilot_xds_pushes"
    package static let pilotPushTime = "pilot_xds_push_time"
    package static let pilotConvergenceTime = "pilot_proxy_convergence_time"
    package static let pilotRejects = "pilot_total_xds_rejects"
    package static let pilotConfigSize = "pilot_xds_config_size_bytes"
    package static let pilotServices = "pilot_services"
    package static let pilotVirtualServices = "pilot_virt_services"

    /// Upper bounds (`le`) of Istio's histograms, in the histogram's unit; `+Inf` comes besides.
    package static let istioBuckets: [Double] = [
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300_000, 600_000, 1_800_000,
        3_600_000,
    ]
}
