import CertificateAuthority
import Foundation
import KubernetesAPI
import MeshConfig
import MeshIdentity
import NIOCore
import SecurityTags
import SwiftASN1
import Synchronization
import Testing
import X509

@testable import ControlPlaneRuntime

@Suite(.timeLimit(.minutes(5))) struct CallerTests {
    private static func status(_ text: String) throws -> KubernetesObject {
        KubernetesObject(["status": try JSONValue(json: Array(text.utf8))])
    }

    @Test func aGoodReviewNamesTheAccount() throws {
        let review = try Self.status(
            #"{"authenticated": true, "audiences": ["istio-ca"], "user": {"username": "system:serviceaccount:a:b"}}"#
        )
        #expect(
            try KubernetesTokens.account(review, audience: "istio-ca") == ServiceAccount(namespace: "a", name: "b")
        )
    }

    @Test(
        .tags(.sec29),
        arguments: [
            "{}", "null", #"{"authenticated": false, "error": "expired"}"#, #"{"authenticated": "true"}"#,
            #"{"authenticated": true}"#, #"{"authenticated": true, "audiences": []}"#,
            #"{"authenticated": true, "audiences": ["kubernetes"], "user": {"username": "system:serviceaccount:a:b"}}"#,
            #"{"authenticated": true, "audiences": "istio-ca", "user": {"username": "system:serviceaccount:a:b"}}"#,
            #"{"authenticated": true, "audiences": ["istio-ca"], "user": {"username": "alice"}}"#,
            #"{"authenticated": true, "audiences": ["istio-ca"], "user": {"username": "system:serviceaccount:a"}}"#,
            #"{"authenticated": true, "audiences": ["istio-ca"], "user": {"username": "system:serviceaccount::b"}}"#,
            #"{"authenticated": true, "audiences": ["istio-ca"], "user": {"username": "system:serviceaccount:a:"}}"#,
            #"{"authenticated": true, "audiences": ["istio-ca"], "user": {"username": "system:serviceaccount:a:b:c"}}"#,
            #"{"authenticated": true, "audiences": ["istio-ca"], "user": {"username": "system:node:a:b"}}"#,
            #"{"authenticated": true, "audiences": ["istio-ca"], "user": {}}"#,
        ]
    )
    func everyOtherReviewIsRefused(status: String) throws {
        let review = try Self.status(status)
        #expect(throws: AuthenticationFailure.self) { try KubernetesTokens.account(review, audience: "istio-ca") }
    }

    @Test func reviewsAskForTheAudienceAndAreRemembered() async throws {
        let asked = Mutex<[KubernetesObject]>([])
        let api = StoringAPI { review throws(StatusError) in
            asked.withLock { $0.append(review) }
            var answer = review
            let isGood = review["spec", "token"] == "good"
            answer["status"] = [
                "authenticated": .bool(isGood), "audiences": ["istio-ca"],
                "user": ["username": "system:serviceaccount:a:b"],
            ]
            return answer
        }
        let tokens = KubernetesTokens(api: api, audience: "istio-ca")
        for _ in 0..<3 { #expect(try await tokens.review("good").namespace == "a") }
        for _ in 0..<3 { await #expect(throws: AuthenticationFailure.self) { try await tokens.review("bad") } }
        #expect(await api.reviews == 2)
        #expect(asked.withLock { $0.first?["spec", "audiences"] } == ["istio-ca"])
    }

    @Test func anAPIThatIsAwayIsNotARefusal() async throws {
        let api = StoringAPI(failures: 1) { review throws(StatusError) in
            var answer = review
            answer["status"] = [
                "authenticated": true, "audiences": ["istio-ca"], "user": ["username": "system:serviceaccount:a:b"],
            ]
            return answer
        }
        let tokens = KubernetesTokens(api: api, audience: "istio-ca")
        await #expect {
            try await tokens.review("good")
        } throws: { error in
            if case AuthenticationFailure.unavailable? = error as? AuthenticationFailure { true } else { false }
        }
        #expect(try await tokens.review("good").name == "b")
    }

    private struct OneToken: TokenReviewing {
        func review(_ token: String) async throws(AuthenticationFailure) -> ServiceAccount {
            guard token == "good" else { throw .refused("bad token") }
            return ServiceAccount(namespace: "a", name: "b")
        }
    }

    private func authentication(_ tokens: (any TokenReviewing)? = OneToken()) throws -> CallerAuthentication {
        var mesh = MeshConfiguration()
        mesh.trustDomainAliases = ["old.example.org"]
        let trust = IdentityFixture.trust(try IdentityFixture.authority(try IdentityFixture.files()), mesh: mesh)
        return CallerAuthentication(trust: trust, tokens: tokens, now: { IdentityFixture.now })
    }

    @Test(arguments: [["Bearer good"], ["bearer good"], ["BEARER  good "]])
    func tokensNameTheCaller(authorization: [String]) async throws {
        let identity = try await authentication().identity(certificate: nil, authorization: authorization)
        #expect(identity.description == "spiffe://cluster.local/ns/a/sa/b")
    }

    @Test(
        .tags(.sec29),
        arguments: [
            [], [""], ["good"], ["Basic good"], ["Bearer"], ["Bearer bad"], ["Bearer good", "Bearer good"],
            ["Bearer " + String(repeating: "x", count: 20_000)],
        ]
    )
    func everyOtherHeaderIsRefused(authorization: [String]) async throws {
        let authentication = try authentication()
        await #expect(throws: AuthenticationFailure.self) {
            try await authentication.identity(certificate: nil, authorization: authorization)
        }
    }

    @Test(arguments: ["cluster.local", "old.example.org"])
    func certificatesNameTheCallerBeforeTokens(domain: String) async throws {
        let name = "spiffe://\(domain)/ns/c/sa/d"
        let certificate = try IdentityFixture.certificate([.uniformResourceIdentifier(name)])
        let identity = try await authentication().identity(certificate: certificate, authorization: ["Bearer good"])
        #expect(identity.description == name)
    }

    @Test func aCertificateThatIsNoGoodLeavesTheToken() async throws {
        let certificates = [
            try IdentityFixture.certificate([.dnsName("a")]),
            try IdentityFixture.certificate([.uniformResourceIdentifier("spiffe://evil/ns/c/sa/d")]),
            try IdentityFixture.certificate(
                [.uniformResourceIdentifier("spiffe://cluster.local/ns/c/sa/d")],
                to: -1
            ),
        ]
        for certificate in certificates {
            let identity = try await authentication().identity(
                certificate: certificate,
                authorization: ["Bearer good"]
            )
            #expect(identity.namespace == "a")
            let authentication = try authentication(nil)
            await #expect(throws: AuthenticationFailure.self) {
                try await authentication.identity(certificate: certificate, authorization: ["Bearer good"])
            }
        }
    }

    @Test(.tags(.sec29)) func debugPagesAreForTheMachineItself() throws {
        let access = DebugAccess(authentication: nil, namespace: "istio-system", sources: ["10.0.0.1"])
        for (host, isLocal) in [
            ("127.0.0.1", true), ("127.8.0.1", true), ("::1", true), ("10.0.0.1", true), ("10.0.0.10", false),
            ("12.7.0.1", false), ("::2", false), ("fe80::1", false), ("1.2.3.4", false),
        ] {
            #expect(access.isLocal(try SocketAddress(ipAddress: host, port: 1)) == isLocal, "\(host)")
        }
        #expect(!access.isLocal(nil))
        #expect(DebugAccess.open == ["/metrics", "/ready", "/healthz", "/version"])
    }

    @Test func theMeshConfigurationAddsRootsAndDomains() async throws {
        let other = try IdentityFixture.files("other")
        let trust = IdentityFixture.trust(try IdentityFixture.authority(try IdentityFixture.files()))
        var states = trust.states().makeAsyncIterator()
        #expect(await states.next()?.domains == ["cluster.local"])
        var mesh = MeshConfiguration()
        mesh.trustDomainAliases = ["old"]
        mesh.caCertificates = ["no certificate", other.certificate].map { text in
            var data = CertificateAuthorityData()
            data.pem = text
            return data
        }
        trust.configure(mesh)
        let state = await states.next()
        #expect(state?.domains == ["cluster.local", "old"])
        #expect(state?.bundle.roots.count == 2)
        trust.configure(MeshConfiguration())
        #expect(await states.next()?.bundle.roots.count == 1)
    }
}
