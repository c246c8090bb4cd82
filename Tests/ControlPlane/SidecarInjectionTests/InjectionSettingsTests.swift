import KubernetesAPI
import Testing

@testable import SidecarInjection

@Suite struct InjectionSettingsTests {
    @Test func partialValuesKeepAllOtherDefaults() throws {
        let settings = try InjectionFixture.settings(values: [
            "global": ["proxy": ["resources": ["requests": ["cpu": "1m"]]]]
        ])
        let proxy = try InjectionFixture.inject(InjectionFixture.pod(), settings).pod.proxy()
        #expect(proxy[path: ["resources", "requests"]] == ["cpu": "1m", "memory": "128Mi"])
        #expect(proxy[path: ["resources", "limits", "cpu"]] == "2000m")
        #expect(proxy["image"] == "martlet/proxyv2:0.1.0")
    }

    @Test func imagesFollowHubTagAndType() throws {
        let settings = try InjectionFixture.settings(values: [
            "global": ["hub": "docker.io/istio", "tag": "1.27.1-debug", "variant": "distroless"]
        ])
        #expect(
            try InjectionFixture.inject(InjectionFixture.pod(), settings).pod.proxy()["image"]
                == "docker.io/istio/proxyv2:1.27.1-distroless"
        )
        let pod = InjectionFixture.pod(annotations: ["sidecar.istio.io/proxyImageType": "default"])
        #expect(try InjectionFixture.inject(pod, settings).pod.proxy()["image"] == "docker.io/istio/proxyv2:1.27.1")
    }

    @Test func whatNobodyReadsIsWarnedOfByName() throws {
        var sources = InjectionSources()
        sources.values = ["global": ["proxy": ["imag": "x"], "network": ""], "other": ["deep": ["x": 1]]]
        sources.environment = ["PILOT_X": "1"]
        sources.config = ["templates": ["mine": "{{ .Values }}"]]
        let warnings = try InjectionSettings.make(sources).warnings
        #expect(warnings.contains("values.global.proxy.imag is not known to the injector and ignored"))
        #expect(warnings.contains("values.other.deep.x is not known to the injector and ignored"))
        #expect(warnings.contains { $0.contains("PILOT_X") })
        #expect(warnings.contains { $0.contains("mine") })
        #expect(warnings.count == 4)
    }

    @Test func wrongValuesAreFaultsByName() throws {
        var sources = InjectionSources()
        sources.values = [
            "global": ["proxy": ["privileged": "perhaps", "statusPort": 99999]], "martlet": ["engine": "x"],
        ]
        sources.mesh = ["defaultConfig": ["concurency": 1]]
        sources.config = ["policy": "maybe"]
        let error = try #require(throws: InjectionSettingsError.self) { try InjectionSettings.make(sources) }
        for words in ["privileged", "statusPort", "martlet.engine", "defaultConfig.concurency", "config.policy"] {
            #expect(error.description.contains(words), "\(words)")
        }
    }

    @Test func concurrencyComesFromValuesOrMesh() throws {
        func config(values: JSONValue, mesh: JSONValue) throws -> JSONValue {
            let settings = try InjectionFixture.settings(values: values, mesh: mesh)
            let proxy = try InjectionFixture.inject(InjectionFixture.pod(), settings).pod.proxy()
            return try JSONValue(json: try #require(proxy.environment("PROXY_CONFIG")))
        }
        let values: JSONValue = ["global": ["proxy": ["concurrency": 2]]]
        #expect(try config(values: values, mesh: [:])["concurrency"] == 2)
        #expect(try config(values: values, mesh: ["defaultConfig": ["concurrency": 4]])["concurrency"] == 4)
        let address: JSONValue = ["defaultConfig": ["discoveryAddress": "x:1"]]
        #expect(
            try config(values: ["revision": "r"], mesh: [:])["discoveryAddress"] == "istiod-r.istio-system.svc:15012"
        )
        #expect(try config(values: [:], mesh: address)["discoveryAddress"] == "x:1")
    }

    @Test(arguments: [("true", false, true), ("auto", true, true), ("auto", false, false), ("false", true, false)])
    func nativeSidecarsFollowTheEnvironment(value: String, nodes: Bool, isNative: Bool) throws {
        var sources = InjectionSources()
        sources.environment = ["ENABLE_NATIVE_SIDECARS": value]
        sources.nodesSupportNativeSidecars = nodes
        #expect(try InjectionSettings.make(sources).settings.usesNativeSidecars == isNative)
    }
}
