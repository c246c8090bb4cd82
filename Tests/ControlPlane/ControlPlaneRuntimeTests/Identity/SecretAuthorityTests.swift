import CertificateAuthority
import Foundation
import KubernetesAPI
import Testing

@testable import ControlPlaneRuntime

@Suite(.timeLimit(.minutes(5))) struct SecretAuthorityTests {
    private func source(_ api: StoringAPI) -> SecretAuthority {
        SecretAuthority(
            api: api,
            namespace: "istio-system",
            trustDomain: "cluster.local",
            kind: .ecdsa,
            logger: IdentityFixture.logger,
            now: { IdentityFixture.now }
        )
    }

    @Test func aSelfSignedRootIsMadeOnceAndKept() async throws {
        let api = StoringAPI()
        let first = try await source(api).first()
        let secret = try await api.get(.secrets, ObjectName(namespace: "istio-system", name: "istio-ca-secret"))
        #expect(secret["type"] == "istio.io/ca-root")
        #expect(Set((secret["data"]?.strings ?? [:]).keys) == ["ca-cert.pem", "ca-key.pem"])
        #expect(try await source(api).first().certificate == first.certificate)
    }

    @Test func ofTwoControlPlanesOneRootStays() async throws {
        let api = StoringAPI()
        let roots = try await withThrowingTaskGroup(of: SigningAuthority.self) { group in
            for _ in 0..<8 { group.addTask { try await source(api).first() } }
            return try await group.reduce(into: Set()) { $0.insert($1.certificate) }
        }
        #expect(roots.count == 1)
    }

    @Test func thePluggedInOneComesFirst() async throws {
        let (own, plugged) = (try IdentityFixture.files(), try IdentityFixture.files("plugged.in"))
        let api = StoringAPI([
            (.secrets, IdentityFixture.secret("istio-ca-secret", own)),
            (.secrets, IdentityFixture.secret("cacerts", plugged)),
        ])
        #expect(try await source(api).first().certificate == IdentityFixture.authority(plugged).certificate)
    }

    @Test(arguments: [
        [:], ["ca-cert.pem": "x"], ["ca-cert.pem": "x", "ca-key.pem": "y"], ["tls.crt": "x"],
    ])
    func aWrongOneIsNotReplacedByAnother(texts: [String: String]) async {
        let api = StoringAPI([(.secrets, IdentityFixture.secret("cacerts", texts))])
        await #expect(throws: AuthorityError.self) { try await source(api).first() }
    }

    @Test func anAPIThatIsAwayIsWaitedFor() async throws {
        #expect(try await source(StoringAPI(failures: 2)).first().roots.count == 1)
    }

    @Test func changesAreFollowedAndFaultsAreNot() async throws {
        let (own, plugged) = (try IdentityFixture.files(), try IdentityFixture.files("plugged.in"))
        let api = StoringAPI([(.secrets, IdentityFixture.secret("istio-ca-secret", own))])
        let source = source(api)
        let trust = IdentityFixture.trust(try await source.first())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await source.follow(into: trust) }
            var states = trust.states().makeAsyncIterator()
            #expect(await states.next()?.bundle.roots.count == 1)
            let both = own.certificate + plugged.certificate
            // Wrong first: nothing comes of it.
            let wrong = ["ca-cert.pem": own.certificate, "ca-key.pem": "x"]
            await api.put(IdentityFixture.secret("cacerts", wrong), .secrets)
            await api.put(IdentityFixture.secret("cacerts", own, roots: both), .secrets)
            let overlapping = await states.next()
            #expect(overlapping?.bundle.roots.count == 2)
            #expect(overlapping?.authority.certificate == (try? IdentityFixture.authority(own).certificate))
            await api.put(IdentityFixture.secret("cacerts", plugged, roots: both), .secrets)
            #expect(await states.next()?.authority.certificate == (try? IdentityFixture.authority(plugged).certificate))
            await api.put(IdentityFixture.secret("cacerts", plugged, roots: plugged.certificate), .secrets)
            let last = await states.next()
            #expect(last?.bundle.roots == (try? IdentityFixture.authority(plugged).roots))
            // Gone is not a wish for another root.
            try? await api.delete(.secrets, ObjectName(namespace: "istio-system", name: "cacerts"), DeleteOptions())
            await api.put(IdentityFixture.secret("cacerts", own), .secrets)
            #expect(await states.next()?.authority.certificate == (try? IdentityFixture.authority(own).certificate))
            group.cancelAll()
        }
    }
}
