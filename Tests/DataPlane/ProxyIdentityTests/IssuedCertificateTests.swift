import Crypto
import MeshIdentity
import SwiftASN1
import Testing
import X509

@testable import ProxyIdentity

@Suite struct IssuedCertificateTests {
    private func verify(_ answer: [String], _ key: WorkloadKey) async -> Result<IssuedCertificate, SecretError> {
        do throws(SecretError) {
            return .success(try await .verify(answer, key: key.pem, identity: webIdentity, at: .now()))
        } catch {
            return .failure(error)
        }
    }

    private func reason(_ answer: [String], _ key: WorkloadKey) async -> String {
        guard case .failure(let error) = await verify(answer, key) else { return "accepted" }
        return "\(error)"
    }

    @Test(arguments: [KeyAlgorithm.ecdsaP256, .ecdsaP384, .rsa(bits: 2048)], [false, true])
    func aGoodAnswerIsTaken(algorithm: KeyAlgorithm, hasIntermediate: Bool) async throws {
        let authority = try TestAuthority(hasIntermediate: hasIntermediate)
        let key = try WorkloadKey(algorithm)
        let answer = try authority.sign(csr: try key.signingRequest(for: webIdentity))
        let issued = try await verify(answer, key).get()
        #expect(issued.identity == webIdentity)
        #expect(issued.chain.count == (hasIntermediate ? 2 : 1))
        #expect(issued.roots == [authority.root])
        #expect(await issued.isRooted(in: [authority.root], at: .now()))
        let stranger = try TestAuthority(name: "other").root
        #expect(await !issued.isRooted(in: [stranger], at: .now()))
    }

    @Test func theRequestAsksForTheIdentityAndNothingElse() throws {
        let key = try WorkloadKey(.ecdsaP256)
        let request = try CertificateSigningRequest(pemEncoded: key.signingRequest(for: webIdentity))
        let names = try #require(try request.attributes.extensionRequest?.extensions.subjectAlternativeNames)
        #expect(Array(names) == [.uniformResourceIdentifier("spiffe://cluster.local/ns/shop/sa/web")])
        #expect(request.subject.isEmpty)
        #expect(request.publicKey.isValidSignature(request.signature, for: request))
    }

    @Test func badAnswersAreRefusedWithAReason() async throws {
        let authority = try TestAuthority()
        let key = try WorkloadKey(.ecdsaP256)
        let csr = try key.signingRequest(for: webIdentity)
        let good = try authority.sign(csr: csr)
        #expect(await reason([], key).contains("0 elements"))
        #expect(await reason([good[0]], key).contains("leaf and root are expected"))
        #expect(await reason(["nonsense", good[1]], key).contains("no usable certificate"))
        #expect(await reason([good[0], ""], key).contains("no usable certificate"))
        #expect(await reason(good, try WorkloadKey(.ecdsaP256)).contains("not for the private key"))
        let other = GeneralName.uniformResourceIdentifier("spiffe://cluster.local/ns/shop/sa/admin")
        let own = GeneralName.uniformResourceIdentifier(webIdentity.description)
        let forAnother = try authority.sign(csr: csr, names: [other])
        #expect(await reason(forAnother, key).contains("spiffe://cluster.local/ns/shop/sa/admin, spiffe"))
        #expect(await reason(try authority.sign(csr: csr, names: [own, other]), key).contains("was asked for"))
        #expect(await reason(try authority.sign(csr: csr, names: [.dnsName("web")]), key).contains("no URI"))
        let expired = try authority.sign(csr: csr, from: .seconds(-300), until: .seconds(-5))
        #expect(await reason(expired, key).contains("expired at"))
        let future = try authority.sign(csr: csr, from: .seconds(300))
        #expect(await reason(future, key).contains("clock skew?"))
        let stranger = try TestAuthority(name: "stranger")
        #expect(await reason([good[0], try stranger.rootPEM], key).contains("does not lead to the roots"))
        // The same name, another key.
        #expect(await reason([good[0], try TestAuthority().rootPEM], key).contains("does not lead to the roots"))
    }
}
