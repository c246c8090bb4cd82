import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct ExternalAuthorizationTests {
    private static let authz = MeshFixture.service(
        "authz",
        ip: "10.96.0.9",
        ports: ["{name: http, port: 8000}", "{name: grpc, port: 9000}"]
    )
    private static let providers = """
        extensionProviders:
        - name: http
          envoyExtAuthzHttp:
            service: authz.default.svc.cluster.local
            port: 8000
            timeout: 2s
            pathPrefix: /check
            failOpen: true
            clearRouteCache: true
            statusOnError: "503"
            includeRequestHeadersInCheck: [x-token, "x-auth-*", "*-id"]
            includeAdditionalHeadersInCheck: {x-by: mesh, x-as: "1"}
            includeRequestBodyInCheck: {maxRequestBytes: 4096, allowPartialMessage: true, packAsBytes: true}
            headersToUpstreamOnAllow: [x-user]
            headersToDownstreamOnDeny: [x-reason, set-cookie]
            headersToDownstreamOnAllow: [x-served-by]
        - name: grpc
          envoyExtAuthzGrpc: {service: default/authz.default.svc.cluster.local, port: 9000}
        - name: lost
          envoyExtAuthzGrpc: {service: nobody.default.svc.cluster.local, port: 9000}
        - name: traces
          zipkin: {service: z, port: 9411}
        """

    private func mesh(_ policies: String...) throws -> MeshFixture {
        let yaml = ([Self.authz] + policies).joined(separator: "\n---\n")
        return try MeshFixture.secured(yaml, mesh: try .yaml(Self.providers))
    }

    private func custom(_ provider: String, name: String = "p", rule: String = "{to: [{operation: {paths: [/a]}}]}") -> String {
        MeshFixture.policy("{action: CUSTOM, provider: {name: \(provider)}, rules: [\(rule)]}", name: name)
    }

    @Test func providerIsAskedWhenAPolicyMatches() throws {
        let mesh = try mesh(custom("grpc"))
        #expect(mesh.security.http.map(\.name) == ["envoy.filters.http.rbac", "envoy.filters.http.ext_authz"])
        let rbac = try #require(try mesh.httpRules().first)
        #expect(!rbac.hasRules && rbac.shadowRules.action == .deny)
        #expect(rbac.shadowRulesStatPrefix == "istio_ext_authz_")
        let name = "istio-ext-authz-grpc-ns[default]-policy[p]-rule[0]"
        #expect(Array(rbac.shadowRules.policies.keys) == [name])
        let filter = try #require(try mesh.httpExtAuthz().first)
        let trigger = filter.filterEnabledMetadata
        #expect(trigger.filter == "envoy.filters.http.rbac")
        #expect(trigger.path.map(\.key) == ["istio_ext_authz_shadow_effective_policy_id"])
        #expect(name.hasPrefix(trigger.value.stringMatch.prefix) && !trigger.value.stringMatch.prefix.isEmpty)
        #expect(filter.grpcService.envoyGrpc.clusterName == "outbound|9000||authz.default.svc.cluster.local")
        #expect(filter.grpcService.envoyGrpc.authority == "authz.default.svc.cluster.local")
        #expect(filter.grpcService.timeout == .init(seconds: 600))
        #expect(!filter.failureModeAllow && filter.transportApiVersion == .v3 && !filter.hasStatusOnError)
    }

    @Test func everyFieldOfAnHTTPProviderIsHandedOn() throws {
        let filter = try #require(try mesh(custom("http")).httpExtAuthz().first)
        let service = filter.httpService
        #expect(service.serverUri.uri == "http://authz.default.svc.cluster.local")
        #expect(service.serverUri.cluster == "outbound|8000||authz.default.svc.cluster.local")
        #expect(service.serverUri.timeout == .init(seconds: 2))
        #expect(service.pathPrefix == "/check")
        #expect(filter.failureModeAllow && filter.clearRouteCache_p)
        #expect(filter.statusOnError.code == .serviceUnavailable)
        #expect(
            filter.allowedHeaders.patterns == [
                .exact("x-token", ignoringCase: true), .prefix("x-auth-", ignoringCase: true),
                .suffix("-id", ignoringCase: true),
            ]
        )
        #expect(service.authorizationRequest.headersToAdd.map(\.key) == ["x-as", "x-by"])
        #expect(filter.withRequestBody.maxRequestBytes == 4096)
        #expect(filter.withRequestBody.allowPartialMessage && filter.withRequestBody.packAsBytes)
        let response = service.authorizationResponse
        #expect(response.allowedUpstreamHeaders.patterns.map(\.exact) == ["x-user"])
        #expect(response.allowedClientHeaders.patterns.map(\.exact) == ["x-reason", "set-cookie"])
        #expect(response.allowedClientHeadersOnSuccess.patterns.map(\.exact) == ["x-served-by"])
    }

    @Test func connectionsAreAskedAboutOverGRPCOnly() throws {
        let grpc = try mesh(custom("grpc"))
        #expect(grpc.security.network.map(\.name) == ["envoy.filters.network.rbac", "envoy.filters.network.ext_authz"])
        let rbac = try #require(try grpc.networkRules().first)
        #expect(!rbac.hasRules && rbac.hasShadowRules && rbac.statPrefix == "tcp.")
        // The path is known of requests only, so every connection is asked about.
        #expect(rbac.shadowRules.policies.values.allSatisfy { RuleOracle.matches($0, .plain) })
        let last = try #require(grpc.security.network.last)
        let filter = try XDS.NetworkExtAuthz(serializedBytes: last.typedConfig.value)
        #expect(filter.statPrefix == "tcp." && filter.filterEnabledMetadata.filter == "envoy.filters.network.rbac")
        #expect(try mesh(custom("http")).security.network.isEmpty)
    }

    @Test(arguments: ["unknown", "lost", "traces"])
    func whatNobodyCanBeAskedAboutIsRefused(provider: String) throws {
        let mesh = try mesh(custom(provider))
        #expect(mesh.security.http.map(\.name) == ["envoy.filters.http.rbac"])
        let rbac = try #require(try mesh.httpRules().first)
        #expect(rbac.rules.action == .deny && !rbac.hasShadowRules)
        let name = "istio-ext-authz-\(provider)-ns[default]-policy[p]-rule[0]-deny-due-to-bad-CUSTOM-action"
        #expect(Array(rbac.rules.policies.keys) == [name])
        #expect(try mesh.networkRules().first?.rules.action == .deny)
        #expect(mesh.snapshot.diagnostics.map(\.code) .contains(.unknownExtensionProvider))
    }

    @Test func ofSeveralProvidersNoneIsPreferred() throws {
        let mesh = try mesh(custom("http", name: "a"), custom("grpc", name: "b"), MeshFixture.pod("web", ip: "10.1.0.5"))
        #expect(try mesh.httpExtAuthz().isEmpty)
        #expect(try mesh.httpRules().map(\.rules.action) == [.deny, .deny])
        #expect(mesh.snapshot.diagnostics.map(\.code).contains(.extensionProviderConflict))
    }

    @Test func policiesOfOneProviderShareIt() throws {
        let mesh = try mesh(custom("grpc", name: "a"), custom("grpc", name: "b"))
        #expect(try mesh.httpRules().first?.shadowRules.policies.count == 2)
        #expect(try mesh.httpExtAuthz().count == 1)
    }

    @Test func trialsAskNobody() throws {
        let policy = MeshFixture.policy("{action: CUSTOM, provider: {name: grpc}, rules: [{}]}", dryRun: "true")
        #expect(try mesh(policy).security.http.isEmpty)
    }

    @Test func customComesFirst() throws {
        let mesh = try mesh(
            custom("grpc"),
            MeshFixture.policy("{action: DENY, rules: [{}]}", name: "d"),
            MeshFixture.tokens("{jwtRules: [{issuer: 'https://i'}]}")
        )
        let names = mesh.security.http.map { String($0.name.dropFirst("envoy.filters.http.".count)) }
        #expect(names == ["rbac", "ext_authz", "jwt_authn", "rbac"])
    }

    @Test func serviceOfAProviderConcernsItsPolicies() throws {
        let before = try mesh(custom("grpc"))
        let without = try before.updated(MeshFixture.web, custom("grpc"), mesh: try .yaml(Self.providers))
        let kinds = ResourceGenerator().concerns(
            without.change,
            for: before.node,
            from: before.snapshot,
            to: without.snapshot
        )
        #expect(kinds.contains(.listener))
        #expect(try without.httpExtAuthz().isEmpty)
    }
}
