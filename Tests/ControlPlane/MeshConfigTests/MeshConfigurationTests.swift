import MeshConfig
import Testing

@Suite struct MeshConfigurationTests {
    private func decode(_ text: String) -> (configuration: MeshConfiguration?, diagnostics: [Diagnostic]) {
        MeshConfiguration.decode(MeshConfigurationSource(text: text, file: "m.yaml"))
    }

    @Test func writtenFieldsReplaceDefaults() {
        let (configuration, diagnostics) = decode(
            """
            accessLogFile: /dev/stdout
            outboundTrafficPolicy: {mode: REGISTRY_ONLY}
            connectTimeout: 1s
            defaultConfig: {proxyMetadata: {A: b}, holdApplicationUntilProxyStarts: true}
            """
        )
        #expect(
            diagnostics.map(\.path) == [
                "accessLogFile", "defaultConfig.proxyMetadata", "defaultConfig.holdApplicationUntilProxyStarts",
            ]
        )
        #expect(configuration?.accessLogFile == "/dev/stdout")
        #expect(configuration?.outboundTrafficPolicy == .registryOnly)
        #expect(configuration?.connectTimeout == .seconds(1))
        #expect(configuration?.defaultConfig.proxyMetadata == ["A": "b"])
        #expect(configuration?.defaultConfig.drainDuration == .seconds(45))
        #expect(configuration?.rootNamespace == "istio-system")
    }

    @Test func topologyOfGatewaysIsRead() {
        let (configuration, diagnostics) = decode(
            "defaultConfig: {gatewayTopology: {numTrustedProxies: 2, forwardClientCertDetails: FORWARD_ONLY, proxyProtocol: {}}}"
        )
        #expect(
            configuration?.defaultConfig.gatewayTopology
                == GatewayTopology(numTrustedProxies: 2, forwardClientCertDetails: .forwardOnly)
        )
        #expect(diagnostics.map(\.path) == ["defaultConfig.gatewayTopology.proxyProtocol"])
        #expect(decode("defaultConfig: {gatewayTopology: {numTrustedProxies: -1}}").configuration == nil)
        #expect(decode("defaultConfig: {gatewayTopology: {forwardClientCertDetails: ALL}}").configuration == nil)
    }

    @Test func trustIsRead() {
        let (configuration, diagnostics) = decode(
            """
            trustDomain: example.org
            trustDomainAliases: [old.example.org, cluster.local]
            caCertificates: [{pem: "-----BEGIN CERTIFICATE-----"}, {spiffeBundleUrl: "https://a"}]
            """
        )
        #expect(configuration?.trustDomainAliases == ["old.example.org", "cluster.local"])
        #expect(configuration?.caCertificates.map(\.pem) == ["-----BEGIN CERTIFICATE-----", ""])
        #expect(diagnostics.map(\.path) == ["caCertificates[1].spiffeBundleUrl"])
        #expect(decode("caCertificates: [{pem: x}]").configuration == nil)
        #expect(decode("trustDomainAliases: [a/b]").configuration == nil)
    }

    @Test func jsonIsRead() {
        #expect(
            decode("{\"outboundTrafficPolicy\":{\"mode\":\"REGISTRY_ONLY\"}}").configuration?.outboundTrafficPolicy
                == .registryOnly
        )
    }

    @Test func knownFieldThatIsNotReadIsWarnedOf() {
        let (configuration, diagnostics) = decode("enableTracing: true\ndefaultConfig: {tracing: {sampling: 1}}\n")
        #expect(configuration == MeshConfiguration())
        #expect(
            diagnostics.map { "\($0.severity) \($0.path)" } == [
                "warning enableTracing", "warning defaultConfig.tracing",
            ]
        )
    }

    @Test func unknownFieldIsAnError() {
        let (configuration, diagnostics) = decode("acessLogFile: a\n")
        #expect(configuration == nil)
        #expect(
            diagnostics.map(\.description) == [
                "m.yaml:1:1: error: MeshConfig: acessLogFile: unknown field; did you mean \"accessLogFile\"?"
            ]
        )
    }

    @Test func configMapIsRead() throws {
        let file = decoded(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: istio, namespace: istio-system}
            data:
              mesh: |-
                accessLogFile: /dev/stdout
                trustDomain: 5
            """
        )
        #expect(file.diagnostics == [])
        let source = try #require(file.mesh)
        let found = MeshConfiguration.decode(source).diagnostics
        #expect(found.map(\.location.line) == [7])
    }
}
