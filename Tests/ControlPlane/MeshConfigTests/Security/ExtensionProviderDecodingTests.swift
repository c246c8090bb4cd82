import MeshConfig
import Testing

@Suite struct ExtensionProviderDecodingTests {
    private func decode(_ provider: String) -> (configuration: MeshConfiguration?, diagnostics: [Diagnostic]) {
        MeshConfiguration.decode(MeshConfigurationSource(text: "extensionProviders: [\(provider)]", file: "mesh.yaml"))
    }

    @Test func everyFieldIsRead() throws {
        let provider = """
            {name: a, envoyExtAuthzHttp: {service: ns/a.b, port: 80, timeout: 2s, pathPrefix: /c, failOpen: true,
            clearRouteCache: true, statusOnError: "503", includeHeadersInCheck: [old],
            includeAdditionalHeadersInCheck: {d: e}, includeRequestBodyInCheck: {maxRequestBytes: 1,
            allowPartialMessage: true, packAsBytes: true}, headersToUpstreamOnAllow: [f*],
            headersToDownstreamOnDeny: ['*g'], headersToDownstreamOnAllow: [h]}}, {name: b, envoyExtAuthzGrpc: {service: a, port: 1}}
            """
        let (mesh, diagnostics) = decode(provider)
        #expect(diagnostics == [])
        guard case .authorizationHTTP(let http)? = mesh?.extensionProvider(named: "a")?.kind else {
            Issue.record("no provider")
            return
        }
        #expect(http.base.service == "ns/a.b" && http.base.port == 80 && http.base.timeout == .seconds(2))
        #expect(http.base.failOpen && http.base.clearRouteCache && http.base.statusOnError == 503)
        #expect(http.base.includeRequestBodyInCheck?.maxRequestBytes == 1)
        #expect(http.pathPrefix == "/c" && http.includeRequestHeadersInCheck == ["old"])
        #expect(http.includeAdditionalHeadersInCheck == ["d": "e"] && http.headersToUpstreamOnAllow == ["f*"])
        #expect(http.headersToDownstreamOnDeny == ["*g"] && http.headersToDownstreamOnAllow == ["h"])
        guard case .authorizationGRPC(let grpc)? = mesh?.extensionProvider(named: "b")?.kind else {
            Issue.record("no provider")
            return
        }
        #expect(grpc.base.timeout == .seconds(600) && !grpc.base.failOpen && grpc.base.statusOnError == nil)
    }

    @Test(arguments: [
        ("{envoyExtAuthzGrpc: {service: a, port: 1}}", "name: is required"),
        ("{name: a}", "must say what the provider is"),
        ("{name: A, envoyExtAuthzGrpc: {service: a, port: 1}}", "is not a DNS label"),
        ("{name: a, envoyExtAuthzGrpc: {port: 1}}", "service: is required"),
        ("{name: a, envoyExtAuthzGrpc: {service: a}}", "port: is required"),
        ("{name: a, envoyExtAuthzGrpc: {service: a/b/c, port: 1}}", "is not of the form HOST or NAMESPACE/HOST"),
        ("{name: a, envoyExtAuthzGrpc: {service: a, port: 65536}}", "within 1...65535"),
        ("{name: a, envoyExtAuthzGrpc: {service: a, port: 1, statusOnError: '99'}}", "is not a status code"),
        ("{name: a, envoyExtAuthzGrpc: {service: a, port: 1, includeRequestBodyInCheck: {}}}", "must be at least 1"),
        ("{name: a, envoyExtAuthzHttp: {service: a, port: 1, pathPrefix: c}}", "must begin with `/`"),
        ("{name: a, envoyExtAuthzHttp: {service: a, port: 1, headersToUpstreamOnAllow: ['*']}}", "write a name"),
        ("{name: a, envoyExtAuthzHttp: {service: a, port: 1, headersToUpstreamOnAllow: ['a*b']}}", "one `*` may stand"),
        (
            "{name: a, envoyExtAuthzHttp: {service: a, port: 1}, envoyExtAuthzGrpc: {service: a, port: 1}}",
            "only one of envoyExtAuthzHttp, envoyExtAuthzGrpc may be set"
        ),
        (
            "{name: a, envoyExtAuthzGrpc: {service: a, port: 1}}, {name: a, envoyExtAuthzGrpc: {service: a, port: 1}}",
            "two providers are named \"a\""
        ),
        ("{name: a, envoyExtAuthzGrpx: {}}", "unknown field; did you mean \"envoyExtAuthzGrpc\"?"),
    ])
    func faultIsNamed(provider: String, fault: String) {
        let (mesh, diagnostics) = decode(provider)
        #expect(mesh == nil)
        #expect(diagnostics.contains { $0.description.contains(fault) }, "\(diagnostics)")
    }

    @Test func otherProvidersAreWarnedOf() {
        let (mesh, diagnostics) = decode("{name: a, zipkin: {service: z, port: 1}}")
        #expect(mesh?.extensionProvider(named: "a")?.kind == .other("zipkin"))
        #expect(mesh?.extensionProvider(named: "a")?.authorization == nil)
        #expect(diagnostics.map(\.severity) == [.warning])
        #expect(diagnostics.first?.description.contains("extensionProviders[0].zipkin: is accepted, but nothing") == true)
    }

    @Test func aliasesOfTheTrustDomainAreRead() {
        let text = "trustDomain: a\ntrustDomainAliases: [b, c.d]"
        let (mesh, diagnostics) = MeshConfiguration.decode(MeshConfigurationSource(text: text, file: "mesh.yaml"))
        #expect(mesh?.trustDomainAliases == ["b", "c.d"] && diagnostics == [])
    }
}
