import CustomDump
import KubernetesAPI
import Testing

@testable import SidecarInjection

@Suite struct ProbeRewritingTests {
    static let probed: JSONValue = [
        "readinessProbe": ["httpGet": ["path": "/ready", "port": "http", "scheme": "HTTPS"], "timeoutSeconds": 2],
        "livenessProbe": ["tcpSocket": ["port": 9080], "periodSeconds": 7],
        "startupProbe": ["grpc": ["port": 9000, "service": "s"]],
        "lifecycle": [
            "preStop": ["httpGet": ["path": "/bye", "port": 9080]], "postStart": ["exec": ["command": ["true"]]],
        ],
    ]

    @Test func kubeletsProbesGoToTheAgent() throws {
        let pod = try InjectionFixture.inject(InjectionFixture.pod(container: Self.probed)).pod
        let app = try pod.container("app")
        expectNoDifference(
            app["readinessProbe"],
            ["httpGet": ["path": "/app-health/app/readyz", "port": 15020, "scheme": "HTTP"], "timeoutSeconds": 2]
        )
        expectNoDifference(
            app["livenessProbe"],
            ["httpGet": ["path": "/app-health/app/livez", "port": 15020], "periodSeconds": 7]
        )
        expectNoDifference(app["startupProbe"], ["httpGet": ["path": "/app-health/app/startupz", "port": 15020]])
        expectNoDifference(
            app["lifecycle"],
            [
                "preStop": ["httpGet": ["path": "/app-health/app/prestopz", "port": 15020]],
                "postStart": ["exec": ["command": ["true"]]],
            ]
        )
        let told = try JSONValue(json: try #require(pod.proxy().environment("ISTIO_KUBE_APP_PROBERS")))
        expectNoDifference(
            told,
            [
                "/app-health/app/readyz": [
                    "httpGet": ["path": "/ready", "port": 9080, "scheme": "HTTPS"], "timeoutSeconds": 2,
                ],
                "/app-health/app/livez": ["tcpSocket": ["port": 9080]],
                "/app-health/app/startupz": ["grpc": ["port": 9000, "service": "s"]],
                "/app-health/app/prestopz": ["httpGet": ["path": "/bye", "port": 9080]],
            ]
        )
    }

    @Test func probesStayWhenThePodSaysSo() throws {
        let annotations = ["sidecar.istio.io/rewriteAppHTTPProbers": "false"]
        let pod = try InjectionFixture.inject(InjectionFixture.pod(annotations: annotations, container: Self.probed))
            .pod
        #expect(try pod.container("app")["livenessProbe"] == Self.probed["livenessProbe"])
        #expect(try pod.proxy().environment("ISTIO_KUBE_APP_PROBERS") == nil)
    }

    @Test func theStatusPortIsThePodsChoice() throws {
        let annotations = ["status.sidecar.istio.io/port": "15555"]
        let pod = try InjectionFixture.inject(InjectionFixture.pod(annotations: annotations, container: Self.probed))
            .pod
        #expect(try pod.container("app")[path: ["livenessProbe", "httpGet", "port"]] == 15555)
        #expect(try pod.container("istio-init").argument(after: "-d") == "15090,15021,15555")
    }

    @Test func aPortNobodyNamesLeavesTheProbe() throws {
        let probe: JSONValue = ["readinessProbe": ["httpGet": ["path": "/", "port": "nowhere"]]]
        let pod = try InjectionFixture.inject(InjectionFixture.pod(container: probe)).pod
        #expect(try pod.container("app")["readinessProbe"] == probe["readinessProbe"])
    }
}
