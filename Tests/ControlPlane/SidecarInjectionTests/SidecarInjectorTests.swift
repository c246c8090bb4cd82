import CustomDump
import KubernetesAPI
import Testing

@testable import SidecarInjection

@Suite struct SidecarInjectorTests {
    @Test func aPodGetsTheProxyAfterItsOwnContainerAndTheRulesBefore() throws {
        let pod = try InjectionFixture.inject(InjectionFixture.pod()).pod
        #expect(pod.names("containers") == ["app", "istio-proxy"])
        #expect(pod.names("initContainers") == ["istio-init"])
        let proxy = try pod.proxy()
        expectNoDifference(
            proxy.arguments,
            [
                "proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local", "--proxyLogLevel=warning",
                "--proxyComponentLogLevel=misc:error", "--log_output_level=default:info",
            ]
        )
        #expect(proxy["image"] == "martlet/proxyv2:0.1.0")
        #expect(proxy[path: ["securityContext", "runAsUser"]] == 1337)
        #expect(proxy[path: ["securityContext", "readOnlyRootFilesystem"]] == true)
        #expect(proxy[path: ["readinessProbe", "httpGet"]] == ["path": "/healthz/ready", "port": 15021])
        #expect(proxy[path: ["startupProbe", "failureThreshold"]] == 600)
        #expect(proxy.environment("PROXY_CONFIG") == #"{"discoveryAddress":"istiod.istio-system.svc:15012"}"#)
        #expect(proxy.environment("CA_ADDR") == "istiod.istio-system.svc:15012")
        #expect(proxy.environment("ISTIO_META_APP_CONTAINERS") == "app")
        #expect(proxy.environment("ISTIO_META_POD_PORTS") == #"[{"containerPort":9080,"name":"http"}]"#)
        #expect(proxy.environment("ISTIO_META_CLUSTER_ID") == "Kubernetes")
        #expect(proxy.environment("ISTIO_META_INTERCEPTION_MODE") == "REDIRECT")
        #expect(proxy.environment("MARTLET_ENGINE") == "swift")
        #expect(pod.labels["security.istio.io/tlsMode"] == "istio")
        #expect(pod.labels["service.istio.io/canonical-name"] == "reviews")
        #expect(pod.labels["service.istio.io/canonical-revision"] == "v1")
        #expect(pod.annotations["istio.io/rev"] == "default")
        #expect(pod.annotations["kubectl.kubernetes.io/default-container"] == "app")
        #expect(pod.annotations["prometheus.io/port"] == "15020")
        let status = try JSONValue(json: try #require(pod.annotations["sidecar.istio.io/status"]))
        expectNoDifference(
            status,
            [
                "initContainers": ["istio-init"], "containers": ["istio-proxy"],
                "volumes": [
                    "workload-socket", "credential-socket", "workload-certs", "istio-envoy", "istio-data",
                    "istio-podinfo", "istio-token", "istiod-ca-cert", "istio-ca-crl",
                ],
                "imagePullSecrets": nil, "revision": "default",
            ]
        )
        expectNoDifference(
            try pod.container("istio-init").arguments,
            [
                "istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "",
                "-b", "*", "-d", "15090,15021,15020", "--log_output_level=default:info",
            ]
        )
    }

    @Test func everyVolumeThatIsMountedExists() throws {
        let pod = try InjectionFixture.inject(InjectionFixture.pod()).pod
        let volumes = Set(pod.names("volumes"))
        let mounts = try pod.proxy()["volumeMounts"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(Set(mounts) == volumes)
    }

    static let pods: [KubernetesObject] = [
        InjectionFixture.pod(),
        InjectionFixture.pod(spec: ["initContainers": [["name": "setup", "image": "x"]]]),
        InjectionFixture.pod(annotations: ["sidecar.istio.io/nativeSidecar": "true"]),
        InjectionFixture.pod(annotations: ["prometheus.io.port": "9080", "prometheus.io/scrape": "true"]),
        InjectionFixture.pod(annotations: ["inject.istio.io/templates": "gateway"]),
        InjectionFixture.pod(spec: [
            "containers": [["name": "istio-proxy", "image": "auto"]], "volumes": [["name": "v"]],
        ]),
        InjectionFixture.pod(container: ["readinessProbe": ["httpGet": ["path": "/r", "port": "http"]]]),
    ]

    @Test(arguments: pods)
    func thePatchMakesTheInjectedPodAndASecondInjectionNothing(pod: KubernetesObject) throws {
        let injection = try InjectionFixture.inject(pod)
        expectNoDifference(try JSONPatch(injection.patch).apply(to: pod.json), injection.pod.json)
        let again = try SidecarInjector().decide(InjectionRequest(pod: injection.pod, namespace: "default"))
        #expect(again == .skip(.alreadyInjected))
    }

    @Test func heldApplicationsStartAfterTheProxyThatWaits() throws {
        let annotation = ["proxy.istio.io/config": "holdApplicationUntilProxyStarts: true\nconcurrency: 3\n"]
        let pod = try InjectionFixture.inject(InjectionFixture.pod(annotations: annotation)).pod
        #expect(pod.names("containers") == ["istio-proxy", "app"])
        let proxy = try pod.proxy()
        #expect(proxy[path: ["lifecycle", "postStart", "exec", "command"]] == ["pilot-agent", "wait"])
        let config = try JSONValue(json: try #require(proxy.environment("PROXY_CONFIG")))
        #expect(config["holdApplicationUntilProxyStarts"] == true)
        #expect(config["concurrency"] == 3)
    }

    @Test func aNativeSidecarRunsBeforeOtherInitContainers() throws {
        let pod = try InjectionFixture.inject(
            InjectionFixture.pod(spec: ["initContainers": [["name": "setup", "image": "x"]]]),
            InjectionFixture.settings(native: true)
        ).pod
        #expect(pod.names("containers") == ["app"])
        #expect(pod.names("initContainers") == ["istio-init", "istio-proxy", "setup"])
        let proxy = try pod.proxy()
        #expect(proxy["restartPolicy"] == "Always")
        #expect(proxy[path: ["lifecycle", "preStop", "exec", "command"]]?.array?.last == "drain")
    }

    @Test func otherInitContainersRunBeforeTheRules() throws {
        let spec: JSONValue = ["initContainers": [["name": "setup", "image": "x"]]]
        #expect(
            try InjectionFixture.inject(InjectionFixture.pod(spec: spec)).pod.names("initContainers") == [
                "setup", "istio-init",
            ]
        )
    }

    @Test func transparentCaptureRunsTheProxyAsRoot() throws {
        let pod = try InjectionFixture.inject(
            InjectionFixture.pod(annotations: ["sidecar.istio.io/interceptionMode": "TPROXY"])
        ).pod
        let security = try #require(pod.proxy()["securityContext"])
        #expect(security["runAsUser"] == 0)
        #expect(security["runAsGroup"] == 1337)
        #expect(security[path: ["capabilities", "add"]] == ["NET_ADMIN"])
        #expect(try pod.container("istio-init").argument(after: "-m") == "TPROXY")
        #expect(try pod.proxy().environment("ISTIO_META_INTERCEPTION_MODE") == "TPROXY")
    }

    @Test func withoutCaptureThereIsNoInitContainer() throws {
        let mesh: JSONValue = ["defaultConfig": ["interceptionMode": "NONE"]]
        let pod = try InjectionFixture.inject(InjectionFixture.pod(), InjectionFixture.settings(mesh: mesh)).pod
        #expect(pod["spec", "initContainers"] == nil)
    }

    @Test func captureFollowsThePodsAnnotations() throws {
        let traffic = "traffic.sidecar.istio.io/"
        let pod = try InjectionFixture.inject(
            InjectionFixture.pod(annotations: [
                "\(traffic)includeOutboundIPRanges": "10.0.0.0/8,fd00::/8",
                "\(traffic)excludeOutboundIPRanges": "10.1.0.0/16",
                "\(traffic)includeInboundPorts": "9080", "\(traffic)excludeInboundPorts": "22, 15090",
                "\(traffic)includeOutboundPorts": "80", "\(traffic)excludeOutboundPorts": "3306",
                "\(traffic)excludeInterfaces": "eth1",
                "proxy.istio.io/config": "proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}",
            ])
        ).pod
        let container = try pod.container("istio-init")
        let expected = [
            "-i": "10.0.0.0/8,fd00::/8", "-x": "10.1.0.0/16", "-b": "9080", "-d": "15090,15021,15020,22", "-q": "80",
            "-o": "3306", "-c": "eth1",
        ]
        for (flag, value) in expected { #expect(container.argument(after: flag) == value, "\(flag)") }
        #expect(container.arguments.contains("--redirect-dns"))
        #expect(container.environment("ISTIO_META_DNS_CAPTURE") == "true")
        #expect(try pod.proxy().environment("ISTIO_META_DNS_CAPTURE") == "true")
    }

    @Test(arguments: [
        ("sidecar.istio.io/interceptionMode", "redirect", "REDIRECT, TPROXY, NONE"),
        ("sidecar.istio.io/proxyCPU", "lots", "a quantity"),
        ("sidecar.istio.io/rewriteAppHTTPProbers", "yes", "true or false"),
        ("sidecar.istio.io/logLevel", "loud", "trace, debug"),
        ("status.sidecar.istio.io/port", "70000", "0 to 65535"),
        ("traffic.sidecar.istio.io/includeOutboundIPRanges", "10.0.0.0", "CIDR ranges"),
        ("traffic.sidecar.istio.io/excludeInboundPorts", "http", "ports separated by commas"),
        ("inject.istio.io/templates", "sidecar,grpc-agent", "sidecar, gateway"),
        ("sidecar.istio.io/userVolume", "[1]", "JSON object"),
        ("proxy.martlet.dev/engine", "nginx", "swift, envoy"),
        ("proxy.istio.io/config", "holdApplicationUntilProxyStart: true", "did you mean"),
        ("proxy.istio.io/config", "concurrency: many", "concurrency"),
        ("proxy.istio.io/config", "[[[[", "proxy.istio.io/config"),
    ])
    func aWrongAnnotationRefusesThePod(name: String, value: String, words: String) throws {
        let error = try #require(throws: InjectionError.self) {
            try InjectionFixture.inject(InjectionFixture.pod(annotations: [name: value]))
        }
        #expect(error.description.contains(name))
        #expect(error.description.contains(words), "\(error)")
    }

    @Test(arguments: [("swift", true), ("envoy", false)])
    func transparentInterceptionIsWarnedOfWhereTheCallerIsNotKept(engine: String, isWarned: Bool) throws {
        let pod = InjectionFixture.pod(annotations: [
            "sidecar.istio.io/interceptionMode": "TPROXY", "proxy.martlet.dev/engine": engine,
        ])
        let warnings = try InjectionFixture.inject(pod).warnings
        #expect(warnings.contains { $0.contains("interceptionMode TPROXY") } == isWarned)
    }

    @Test(arguments: [
        (#"{"mine":{"emptyDir":{}}}"#, #"{"mine":{"mountPath":"/mine"}}"#),
        (#"[{"name":"mine","emptyDir":{}}]"#, #"[{"name":"mine","mountPath":"/mine"}]"#),
    ])
    func volumesOfTheUserComeAsObjectOrAsArray(volume: String, mount: String) throws {
        let pod = try InjectionFixture.inject(
            InjectionFixture.pod(annotations: [
                "sidecar.istio.io/userVolume": volume, "sidecar.istio.io/userVolumeMount": mount,
            ])
        ).pod
        let added: JSONValue = ["name": "mine", "emptyDir": [:]]
        #expect(pod["spec", "volumes"]?.array?.contains(added) == true)
        #expect(try pod.proxy()["volumeMounts"]?.array?.contains(["name": "mine", "mountPath": "/mine"]) == true)
    }

    @Test func anAnnotationNobodyKnowsIsWarnedOf() throws {
        let pod = InjectionFixture.pod(annotations: [
            "sidecar.istio.io/proxyCpu": "1", "sidecar.istio.io/statsHistogramBuckets": "{}",
        ])
        let warnings = try InjectionFixture.inject(pod).warnings
        #expect(warnings.contains { $0.contains("proxyCpu is not known") })
        #expect(warnings.contains { $0.contains("statsHistogramBuckets is accepted, but nothing acts") })
    }

    @Test func thePodsOwnWordsOnTheProxyWin() throws {
        let own: JSONValue = [
            "name": "istio-proxy", "image": "auto",
            "env": [["name": "POD_NAME", "value": "me"], ["name": "MINE", "value": "1"]],
            "resources": ["requests": ["cpu": "7m"]], "readinessProbe": ["exec": ["command": ["true"]]],
        ]
        let pod = try InjectionFixture.inject(InjectionFixture.pod(spec: ["containers": [own]])).pod
        #expect(pod.names("containers") == ["app", "istio-proxy"])
        let proxy = try pod.proxy()
        #expect(proxy["image"] == "martlet/proxyv2:0.1.0")
        #expect(proxy.environment("POD_NAME") == "me")
        #expect(proxy["env"]?.array?.first { $0["name"] == "POD_NAME" }?["valueFrom"] == nil)
        #expect(proxy.environment("MINE") == "1")
        #expect(
            proxy["resources"] == [
                "requests": ["cpu": "7m", "memory": "128Mi"], "limits": ["cpu": "2000m", "memory": "1024Mi"],
            ]
        )
        #expect(proxy[path: ["readinessProbe", "httpGet"]] == nil)
        #expect(pod.annotations["proxy.istio.io/overrides"] != nil)
        let native = try InjectionFixture.inject(
            InjectionFixture.pod(spec: ["containers": [own]]),
            InjectionFixture.settings(native: true)
        ).pod
        #expect(native.names("containers") == ["app"])
        #expect(try native.proxy().environment("MINE") == "1")
    }

    @Test func annotationsSetResourcesAndImage() throws {
        let pod = try InjectionFixture.inject(
            InjectionFixture.pod(annotations: [
                "sidecar.istio.io/proxyCPU": "10m", "sidecar.istio.io/proxyMemoryLimit": "1Gi",
                "sidecar.istio.io/proxyImage": "example.com/own:1", "proxy.martlet.dev/engine": "envoy",
            ])
        ).pod
        #expect(try pod.proxy()["resources"] == ["requests": ["cpu": "10m"], "limits": ["memory": "1Gi"]])
        #expect(try pod.proxy()["image"] == "example.com/own:1")
        #expect(try pod.proxy().environment("MARTLET_ENGINE") == "envoy")
    }

    @Test func aGatewayIsAProxyAlone() throws {
        var pod = InjectionFixture.pod(annotations: ["inject.istio.io/templates": "gateway"])
        pod["spec", "containers"] = [["name": "istio-proxy", "image": "auto", "ports": [["containerPort": 80]]]]
        let injected = try InjectionFixture.inject(pod).pod
        #expect(injected.names("containers") == ["istio-proxy"])
        #expect(injected["spec", "initContainers"] == nil)
        #expect(Array(try injected.proxy().arguments.prefix(2)) == ["proxy", "router"])
        #expect(try injected.proxy()["ports"]?.array?.count == 2)
        #expect(injected.labels["security.istio.io/tlsMode"] == nil)
        #expect(injected["spec", "securityContext", "sysctls"]?.array?.count == 1)
    }

    @Test func prometheusScrapesThroughTheProxy() throws {
        let pod = try InjectionFixture.inject(
            InjectionFixture.pod(annotations: ["prometheus.io.port": "9080", "prometheus.io/scrape": "true"])
        ).pod
        #expect(pod.annotations["prometheus.io.port"] == nil)
        #expect(pod.annotations["prometheus.io/port"] == "15020")
        let text = try #require(pod.proxy().environment("ISTIO_PROMETHEUS_ANNOTATIONS"))
        #expect(text == #"{"path":"","port":"9080","scrape":"true"}"#)
        let refused = ["prometheus.io/scrape": "false"]
        #expect(
            try InjectionFixture.inject(InjectionFixture.pod(annotations: refused)).pod.annotations[
                "prometheus.io/port"
            ] == nil
        )
    }

    @Test(arguments: [("Job", "tidy", true), ("Job", "tidy-28123456", true), ("StatefulSet", "db", false)])
    func theProxyOfAJobEndsWithItsApplication(kind: String, owner: String, ends: Bool) throws {
        var pod = InjectionFixture.pod()
        pod["metadata", "ownerReferences"] = [
            ["apiVersion": "batch/v1", "kind": .string(kind), "name": .string(owner), "uid": "u", "controller": true]
        ]
        let variable = "MARTLET_EXIT_WITH_APPLICATION"
        #expect((try InjectionFixture.inject(pod).pod.proxy().environment(variable) == "true") == ends)
        let native = try InjectionFixture.inject(pod, InjectionFixture.settings(native: true)).pod
        #expect(try native.proxy().environment(variable) == nil)
    }
}
