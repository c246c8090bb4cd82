import MeshConfig
import Testing

@Suite struct PeerAuthenticationDecodingTests {
    private func policy(_ spec: String, version: String = "v1") -> String {
        "apiVersion: security.istio.io/\(version)\nkind: PeerAuthentication\nmetadata: {name: x}\nspec: \(spec)\n"
    }

    @Test(arguments: ["v1", "v1beta1"])
    func everyFieldIsRead(version: String) throws {
        let text =
            "{selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}, 90: {}}}"
        let file = decoded(policy(text, version: version))
        #expect(file.diagnostics == [])
        guard case .peerAuthentication(let resource)? = file.objects.first else {
            Issue.record("no PeerAuthentication")
            return
        }
        #expect(resource.spec.selector?.labels == ["app": "web"] && resource.spec.mode == .strict)
        #expect(resource.spec.portLevelMtls == [8080: .disable, 90: .unset])
    }

    @Test(arguments: ["{}", "", "{mtls: {}}", "{mtls: {mode: UNSET}}"])
    func nothingSaidIsUnset(spec: String) {
        let file = decoded(policy(spec))
        #expect(file.diagnostics == [] && file.objects.map(\.kind) == [.peerAuthentication])
        if case .peerAuthentication(let resource)? = file.objects.first { #expect(resource.spec.mode == .unset) }
    }

    @Test(arguments: [
        (
            "{portLevelMtls: {80: {mode: STRICT}}}",
            "spec.portLevelMtls: needs a selector with matchLabels: ports are a workload's"
        ),
        (
            "{selector: {matchLabels: {a: b}}, portLevelMtls: {}}",
            "spec.portLevelMtls: must name a port, as `8080: {mode: DISABLE}`"
        ),
        (
            "{selector: {matchLabels: {a: b}}, portLevelMtls: {0: {mode: STRICT}}}",
            "spec.portLevelMtls.0: \"0\" is not a port within 1...65535"
        ),
        (
            "{selector: {matchLabels: {a: b}}, portLevelMtls: {65536: {mode: STRICT}}}",
            "spec.portLevelMtls.65536: \"65536\" is not a port within 1...65535"
        ),
        (
            "{selector: {matchLabels: {a: b}}, portLevelMtls: {http: {mode: STRICT}}}",
            "spec.portLevelMtls.http: \"http\" is not a port within 1...65535"
        ),
        (
            "{selector: {matchLabels: {a: b}}, portLevelMtls: {80: {mod: STRICT}}}",
            "spec.portLevelMtls.80.mod: unknown field; did you mean \"mode\"?"
        ),
        (
            "{mtls: {mode: STRIKT}}",
            "spec.mtls.mode: \"STRIKT\" is not one of UNSET, DISABLE, PERMISSIVE, STRICT; did you mean \"STRICT\"?"
        ),
        ("{selector: {matchLabels: {app: 'web*'}}}", "spec.selector.matchLabels: label app: wildcards are not allowed"),
        ("{selector: {labels: {app: web}}}", "spec.selector.labels: unknown field; allowed are matchLabels"),
    ])
    func faultIsNamed(spec: String, fault: String) {
        let found = decoded(policy(spec)).diagnostics.filter { $0.severity == .error }.map {
            "\($0.path): \($0.message)"
        }
        #expect(found == [fault])
    }

    @Test func aSelectorWithoutLabelsIsWarnedOf() {
        let file = decoded(policy("{selector: {matchLabels: {}}}"))
        #expect(file.objects.count == 1)
        #expect(file.diagnostics.map(\.message) == ["no labels: it is every workload of the namespace"])
    }

    @Test func secretsOfRulesForEverySidecarAreWarnedOf() {
        let rule = { (selector: String) in
            object(
                "DestinationRule",
                spec: "host: a\n\(selector)trafficPolicy: {tls: {mode: SIMPLE, credentialName: a}}"
            )
        }
        let text = "tls: credentialName has effect at gateways only; sidecars need a workloadSelector, or files"
        #expect(decoded(rule("")).diagnostics.map(\.message) == [text])
        #expect(decoded(rule("workloadSelector: {matchLabels: {app: b}}\n")).diagnostics == [])
    }
}

@Suite struct MeshSecurityConfigurationTests {
    private func decode(_ text: String) -> (configuration: MeshConfiguration?, diagnostics: [Diagnostic]) {
        MeshConfiguration.decode(MeshConfigurationSource(text: text, file: "m.yaml"))
    }

    @Test func everyFieldIsRead() throws {
        let (configuration, diagnostics) = decode(
            """
            trustDomain: shop.example
            trustDomainAliases: [old.example]
            enableAutoMtls: false
            meshMTLS: {minProtocolVersion: TLSV1_2, cipherSuites: [ECDHE-RSA-AES256-GCM-SHA384], ecdhCurves: [X25519]}
            tlsDefaults: {minProtocolVersion: TLSV1_3, ecdhCurves: [P-256]}
            caCertificates: [{pem: "-----BEGIN CERTIFICATE-----", trustDomains: [partner.example]}]
            """
        )
        #expect(diagnostics.map(\.path) == ["caCertificates[0].trustDomains"])
        let mesh = try #require(configuration)
        #expect(
            mesh.trustDomain == "shop.example" && mesh.trustDomainAliases == ["old.example"] && !mesh.enableAutoMtls
        )
        #expect(mesh.meshMTLS.minProtocolVersion == .v1_2 && mesh.meshMTLS.ecdhCurves == ["X25519"])
        #expect(mesh.meshMTLS.cipherSuites == ["ECDHE-RSA-AES256-GCM-SHA384"])
        #expect(mesh.tlsDefaults.minProtocolVersion == .v1_3 && mesh.tlsDefaults.ecdhCurves == ["P-256"])
        #expect(mesh.caCertificates.map(\.trustDomains) == [["partner.example"]])
        #expect(MeshConfiguration().enableAutoMtls)
    }

    @Test(arguments: [
        ("caCertificates: [{}]", "caCertificates[0]: must set pem or spiffeBundleUrl"),
        ("caCertificates: [{pem: a}]", "caCertificates[0].pem: holds no certificate in PEM"),
        (
            "caCertificates: [{spiffeBundleUrl: 'http://a'}]",
            "caCertificates[0].spiffeBundleUrl: must begin with https://"
        ),
        (
            "meshMTLS: {minProtocolVersion: TLSV1_0}",
            "meshMTLS.minProtocolVersion: \"TLSV1_0\" is not one of TLS_AUTO, TLSV1_2, TLSV1_3; did you mean \"TLSV1_2\"?"
        ),
        ("enableAutoMtls: 1", "enableAutoMtls: must be true or false, not the number 1"),
    ])
    func faultIsNamed(text: String, fault: String) {
        let found = decode(text).diagnostics.filter { $0.severity == .error }.map { "\($0.path): \($0.message)" }
        #expect(found == [fault])
    }

    @Test func whatNoProxyKnowsIsLeftOut() {
        let (configuration, diagnostics) = decode("meshMTLS: {cipherSuites: [RC4, ECDHE-RSA-AES128-GCM-SHA256, RC4]}")
        #expect(configuration?.meshMTLS.cipherSuites == ["ECDHE-RSA-AES128-GCM-SHA256"])
        #expect(diagnostics.map(\.severity) == [.warning, .warning])
    }
}
