import GRPCCore
import GRPCNIOTransportHTTP2Posix
import MeshTesting
import ProxyFilters
import ProxySnapshot
import ProxyTLS
import ProxyUpstream
import Testing

@testable import AuthorizationClient

/// Questions to a service that stands behind mutual TLS.
@Suite(.timeLimit(.minutes(5))) struct SecureAuthorizationTests {
    private static func settings(serverName: String, names: [SubjectAltNameMatcher]) -> TLSSettings {
        TLSSettings(
            core: TLSCore(
                side: .client,
                certificate: .secret("default"),
                trust: .secret("ROOTCA"),
                requiresPeerCertificate: true,
                applicationProtocols: ["istio", "h2"]
            ),
            peer: PeerRequirements(names: names),
            serverName: serverName
        )
    }

    private static func give(_ contexts: TLSContexts, _ own: IssuedLeaf, roots: String, revoked: String = "") {
        contexts.update([
            "default": .certificate(
                CertificateSecret(chain: Array(own.chainPEM.utf8), privateKey: Array(own.keyPEM.utf8))
            ),
            "ROOTCA": .validation(ValidationSecret(anchors: Array(roots.utf8), revocations: Array(revoked.utf8))),
        ])
    }

    private static func security(_ contexts: TLSContexts, _ settings: TLSSettings) throws -> UpstreamSecurity {
        let context = try contexts.context(for: settings).get()
        return UpstreamSecurity(settings: settings, context: context, serverName: settings.serverName)
    }

    /// The service is asked by mutual TLS, and only the one that the cluster names; what is not trusted any more, or is
    /// revoked, is asked no more.
    @Test func theServiceIsAskedByTheTLSOfItsCluster() async throws {
        let authority = try TestAuthority()
        let own = try authority.workload("spiffe://cluster.local/ns/default/sa/client")
        let served = try authority.workload("spiffe://cluster.local/ns/default/sa/authz")
        let roots = Array(try authority.pem.utf8)
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: .ipv4(host: "127.0.0.1", port: 0),
                transportSecurity: .mTLS(
                    certificateChain: [.bytes(Array(served.chainPEM.utf8), format: .pem)],
                    privateKey: .bytes(Array(served.keyPEM.utf8), format: .pem)
                ) { tls in tls.trustRoots = .certificates([.bytes(roots, format: .pem)]) }
            ),
            services: [Service()]
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            let port = try #require(try await server.listeningAddress?.ipv4?.port)
            let contexts = TLSContexts()
            let client = AuthorizationClient()
            func words(_ name: String, within timeout: Duration? = nil) async throws -> String {
                let settings = Self.settings(
                    serverName: "outbound_.9000_._.authz.default.svc.cluster.local",
                    names: [.init(kind: .uri, matcher: .exact("spiffe://cluster.local/ns/default/sa/\(name)"))]
                )
                let security = try Self.security(contexts, settings)
                let answer = await AuthorizationClientTests.ask(
                    client,
                    "/ok",
                    port: port,
                    security: security,
                    timeout: timeout
                )
                return AuthorizationClientTests.words(answer)
            }
            Self.give(contexts, own, roots: try authority.pem)
            #expect(try await words("authz") == "allowed x-user=bo! -x-gone")
            // Its time is short: there is no connection on which it could be answered.
            #expect(try await words("other", within: .milliseconds(500)) == "failed")
            let plain = await AuthorizationClientTests.ask(client, "/ok", port: port, timeout: .milliseconds(500))
            #expect(AuthorizationClientTests.words(plain) == "failed")
            Self.give(contexts, own, roots: try authority.pem, revoked: try authority.revoke([served.certificate]))
            #expect(try await words("authz", within: .milliseconds(500)) == "failed")
            Self.give(contexts, own, roots: try authority.pem)
            #expect(try await words("authz") == "allowed x-user=bo! -x-gone")
            client.close()
            server.beginGracefulShutdown()
            group.cancelAll()
        }
    }
}
