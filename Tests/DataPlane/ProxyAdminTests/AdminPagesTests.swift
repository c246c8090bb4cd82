import Logging
import MeshTelemetry
import ProxySnapshot
import Testing

@testable import ProxyAdmin

@Suite struct AdminPagesTests {
    private func pages(isReady: Bool = true) -> AdminPages {
        AdminPages(
            AdminSources(
                snapshot: { ProxySnapshot(listeners: []) },
                report: {
                    var report = ProxyReport()
                    var endpoint = EndpointReport(address: "10.0.0.1:80")
                    endpoint.requestTotal = 7
                    var ejected = EndpointReport(address: "10.0.0.2:80")
                    ejected.isEjected = true
                    var draining = EndpointReport(address: "10.0.0.3:80")
                    draining.health = "draining"
                    report.clusters = [
                        ClusterReport(
                            name: "up",
                            statistics: [
                                StatisticReport(name: "upstream_rq_total", isGauge: false, value: 7),
                                StatisticReport(name: "upstream_rq_2xx", isGauge: false, value: 6),
                                StatisticReport(
                                    name: "outlier_detection.ejections_enforced_consecutive_5xx",
                                    isGauge: false,
                                    value: 1
                                ),
                            ],
                            hasOutlierDetection: true,
                            endpoints: [endpoint, ejected, draining]
                        )
                    ]
                    return report
                },
                decisions: { query in
                    var decision = RequestDecision()
                    decision.requestID = "\(query)"
                    return RequestDecisions(proxy: "p", memory: .init(), decisions: [decision])
                },
                isReady: { isReady },
                isDraining: { false },
                logLevel: { .info },
                setLogLevel: { _ in },
                drain: { _ in },
                quit: {},
                nodeID: "n",
                uptimeSeconds: { 1 }
            )
        )
    }

    private func get(_ target: String) async -> AdminResponse {
        await pages().answer(AdminRequest(isPost: false, target: target))
    }

    @Test func readyTurnsLiveWithTheFirstSnapshot() async {
        #expect(await get("/ready").body == "LIVE\n")
        let early = await pages(isReady: false).answer(AdminRequest(isPost: false, target: "/ready"))
        #expect(early.status == 503)
        #expect(early.body == "PRE_INITIALIZING\n")
    }

    @Test(arguments: [
        ("/clusters", "up::10.0.0.1:80::rq_total::7\n"), ("/stats", "cluster.up.upstream_rq_total: 7\n"),
        ("/stats?filter=rq_2", "cluster.up.upstream_rq_2xx: 6\n"),
        ("/stats/prometheus", "envoy_cluster_upstream_rq_total{envoy_cluster_name=\"up\"} 7\n"),
        ("/stats?format=json", "\"name\": \"cluster.up.upstream_rq_total\""), ("/config_dump", "ListenersConfigDump"),
        ("/explain?request-id=a%2Fb", "\"requestID\" : \"requestID(\\\"a/b\\\")\""),
        ("/explain?last=5", "\"requestID\" : \"last(5)\""), ("/help", "/explain"),
        ("/clusters", "up::10.0.0.1:80::health_flags::healthy\n"),
        ("/clusters", "up::10.0.0.2:80::health_flags::/failed_outlier_check\n"),
        ("/clusters", "up::10.0.0.3:80::health_flags::/eds_status_draining\n"),
        ("/clusters", "up::outlier::local_origin_success_rate_ejection_threshold::-1\n"),
        ("/clusters?format=json", "\"failed_outlier_check\": true"),
        ("/stats", "cluster.up.membership_healthy: 1\n"), ("/stats", "cluster.up.membership_total: 3\n"),
        ("/stats", "cluster.up.membership_excluded: 1\n"),
        (
            "/stats/prometheus",
            "envoy_cluster_outlier_detection_ejections_enforced_consecutive_5xx{envoy_cluster_name=\"up\"} 1\n"
        ),
        ("/server_info", "\"state\": \"LIVE\""), ("/help", "/drain_listeners"),
    ])
    func pagesSayWhatTheyMust(target: String, text: String) async {
        let answer = await get(target)
        #expect(answer.status == 200)
        #expect(answer.body.contains(text), "\(answer.body)")
    }

    @Test func readinessNamesTheIdentityThatLacks() async {
        var sources = Self.bareSources
        sources.unreadyReason = { "no certificate of spiffe://a yet" }
        let answer = await AdminPages(sources).answer(AdminRequest(isPost: false, target: "/ready"))
        #expect(answer.status == 503)
        #expect(answer.body == "PRE_INITIALIZING: no certificate of spiffe://a yet\n")
    }

    @Test func certificatesAreShownAndKeysAreNot() async {
        var sources = Self.bareSources
        let leaf = CertificateReport(
            serialNumber: "1f",
            subjectAlternativeNames: [("uri", "spiffe://cluster.local/ns/shop/sa/web")],
            validFrom: "2026-11-29T00:00:00Z",
            expirationTime: "2026-11-30T00:00:00Z",
            daysUntilExpiration: 1
        )
        sources.secrets = {
            [
                SecretReport(name: "ROOTCA", version: "2", content: .roots([leaf], rootsPEM: [1, 2], crlPEM: [3])),
                SecretReport(name: "default", version: "1", content: .certificate([leaf], chainPEM: [1])),
                SecretReport(name: "file-root:/x", version: "1", content: .missing(reason: "no such file")),
            ]
        }
        let pages = AdminPages(sources)
        let certificates = await pages.answer(AdminRequest(isPost: false, target: "/certs")).body
        for text in [#""serial_number": "1f""#, #""uri": "spiffe://cluster.local/ns/shop/sa/web""#, #""ca_cert""#] {
            #expect(certificates.contains(text), "\(certificates)")
        }
        let target = "/config_dump?resource=dynamic_active_secrets"
        let dump = await pages.answer(AdminRequest(isPost: false, target: target)).body
        // "[redacted]" in base64.
        for text in [#""inline_bytes": "W3JlZGFjdGVkXQ==""#, #""inline_bytes": "AQI=""#, "no such file"] {
            #expect(dump.contains(text), "\(dump)")
        }
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64IsThatOfRFC4648(text: String, encoded: String) {
        #expect(CertificatesPage.base64(Array(text.utf8)) == encoded)
    }

    private static var bareSources: AdminSources {
        AdminSources(
            snapshot: { ProxySnapshot(listeners: []) },
            report: { ProxyReport() },
            decisions: { _ in RequestDecisions(proxy: "p", memory: .init(), decisions: []) },
            isReady: { true },
            isDraining: { false },
            logLevel: { .info },
            setLogLevel: { _ in },
            drain: { _ in },
            quit: {},
            nodeID: "sidecar~1~a.b~c",
            uptimeSeconds: { 1 }
        )
    }

    @Test(arguments: ["/explain", "/explain?last=0", "/explain?last=1001", "/explain?last=x", "/explain?request-id="])
    func explainSaysHowItIsAsked(target: String) async {
        let answer = await get(target)
        #expect(answer.status == 400)
        #expect(answer.body.contains("request-id=ID"))
    }

    @Test func whatChangesSomethingWantsPost() async {
        for path in ["/quitquitquit", "/drain_listeners", "/logging?level=debug"] {
            #expect(await get(path).status == 405)
            #expect(await pages().answer(AdminRequest(isPost: true, target: path)).status == 200)
        }
    }
}
