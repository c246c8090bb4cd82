import Foundation
import MeshTesting
import ProxySnapshot
import SecurityTags
import Testing
import X509

@testable import ProxyTLS

/// Generated chains against a server of the mesh: only an exact identity that our root signs comes in.
@Suite("Certificate chains") struct CertificateChainTests {
    private static let good = "spiffe://cluster.local/ns/default/sa/web"

    @Test(.tags(.sec24), arguments: ChainCase.all)
    func onlyAnExactIdentityOfTheMeshComesIn(_ chain: ChainCase) throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        let outcome = try handshake.outcome(of: chain.make(handshake.authority))
        #expect((outcome == .accepted) == chain.isWelcome, "\(chain): \(outcome)")
    }

    @Test(.tags(.sec24)) func thereAreTwoHundredChains() {
        #expect(ChainCase.all.count >= 200)
    }

    @Test(.tags(.sec24)) func aClientWithoutCertificateIsRefused() throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        #expect(try handshake.outcome(of: nil) == .handshakeFailed)
    }

    @Test func aServerThatOnlyAsksTakesBoth() throws {
        let handshake = try HandshakeInMemory(TestAuthority(), names: [], requiresPeer: false)
        #expect(try handshake.outcome(of: nil) == .accepted)
        #expect(try handshake.outcome(of: handshake.authority.workload(Self.good)) == .accepted)
        #expect(try handshake.outcome(of: TestAuthority("other").workload(Self.good)) == .handshakeFailed)
    }

    @Test(.tags(.sec25)) func aRevokedCertificateIsRefusedAndItsNeighbourIsNot() throws {
        let authority = try TestAuthority()
        let handshake = try HandshakeInMemory(authority)
        let (bad, fine) = (try authority.workload(Self.good), try authority.workload(Self.good))
        #expect(try handshake.outcome(of: bad) == .accepted)
        try handshake.give(
            authority.workload("spiffe://cluster.local/ns/server/sa/server"),
            roots: authority.pem,
            revocations: authority.revoke([bad.certificate])
        )
        #expect(try handshake.outcome(of: bad) == .refused(.revoked))
        #expect(try handshake.outcome(of: fine) == .accepted)
    }

    @Test(.tags(.sec25)) func theListOfAnotherIssuerSaysNothing() throws {
        let (authority, other) = (try TestAuthority("a"), try TestAuthority("b"))
        let handshake = try HandshakeInMemory(authority)
        let leaf = try authority.workload(Self.good)
        try handshake.give(
            authority.workload("spiffe://cluster.local/ns/server/sa/server"),
            roots: authority.pem + "\n" + other.pem,
            revocations: other.revoke([leaf.certificate])
        )
        #expect(try handshake.outcome(of: leaf) == .accepted)
    }

    @Test(.tags(.sec25)) func aResumedSessionDoesNotOutliveTheCertificate() throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        let leaf = try handshake.authority.workload(Self.good)
        let later = Int64(secondsSince1970() + 3601)
        #expect(try handshake.outcome(of: leaf, now: later) == .refused(.expired))
    }

    @Test(.tags(.sec25)) func theRootThatLeftSignsNobodyIn() throws {
        let (old, new) = (try TestAuthority("old"), try TestAuthority("new"))
        let handshake = try HandshakeInMemory(old)
        let own = "spiffe://cluster.local/ns/server/sa/server"
        try handshake.give(old.workload(own), roots: old.pem + "\n" + new.pem)
        #expect(try handshake.outcome(of: old.workload(Self.good)) == .accepted)
        #expect(try handshake.outcome(of: new.workload(Self.good)) == .accepted)
        try handshake.give(new.workload(own), roots: new.pem)
        #expect(try handshake.outcome(of: old.workload(Self.good)) == .handshakeFailed)
        #expect(try handshake.outcome(of: new.workload(Self.good)) == .accepted)
    }

    @Test(.tags(.sec23), arguments: ["default", "ROOTCA"]) func aMissingSecretLeavesNoConnection(name: String) throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        var secrets: [String: TLSSecret] = [:]
        for known in ["default", "ROOTCA"] where known != name {
            secrets[known] = handshake.contexts.secret(named: known)
        }
        handshake.contexts.update(secrets, absences: [name: "the authority is away"])
        #expect(try handshake.outcome(of: handshake.authority.workload(Self.good)) == .unavailable)
        #expect(throws: TLSUnavailable(reason: "the secret \(name) is not there: the authority is away")) {
            try handshake.contexts.context(for: handshake.settings).get()
        }
    }

    @Test(.tags(.sec23), arguments: ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
    func garbageLeavesNoConnection(text: String) throws {
        let handshake = try HandshakeInMemory(TestAuthority())
        let own = try handshake.authority.workload("spiffe://cluster.local/ns/server/sa/server")
        let leaf = try handshake.authority.workload(Self.good)
        try handshake.give(own, roots: text)
        #expect(try handshake.outcome(of: leaf) == .unavailable)
        let pem = try handshake.authority.pem
        try handshake.give(IssuedLeaf(certificate: own.certificate, chainPEM: text, keyPEM: own.keyPEM), roots: pem)
        #expect(try handshake.outcome(of: leaf) == .unavailable)
        try handshake.give(IssuedLeaf(certificate: own.certificate, chainPEM: own.chainPEM, keyPEM: text), roots: pem)
        #expect(try handshake.outcome(of: leaf) == .unavailable)
        try handshake.give(
            IssuedLeaf(certificate: own.certificate, chainPEM: own.chainPEM, keyPEM: leaf.keyPEM),
            roots: pem
        )
        #expect(try handshake.outcome(of: leaf) == .unavailable)
    }

    @Test(.tags(.sec23)) func aSecretIsJudgedByItself() throws {
        let authority = try TestAuthority()
        let (own, other) = (try authority.workload(Self.good), try authority.workload(Self.good))
        let roots = try authority.pem
        func pair(_ chain: String, _ key: String) -> TLSSecret {
            .certificate(CertificateSecret(chain: Array(chain.utf8), privateKey: Array(key.utf8)))
        }
        func trust(_ anchors: String, _ lists: String) -> TLSSecret {
            .validation(ValidationSecret(anchors: Array(anchors.utf8), revocations: Array(lists.utf8)))
        }
        #expect(pair(own.chainPEM, own.keyPEM).fault == nil)
        #expect(try trust(roots, authority.revoke([own.certificate])).fault == nil)
        for wrong in [
            pair("", own.keyPEM), pair("words", own.keyPEM), pair(own.chainPEM, ""), pair(own.chainPEM, "words"),
            pair(own.chainPEM, other.keyPEM), trust("", ""), trust("words", ""),
            trust(roots, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----"),
        ] {
            let fault = try #require(wrong.fault)
            #expect(!fault.contains("PRIVATE KEY") && !fault.isEmpty)
        }
    }

    @Test func pinsAskForTheVeryCertificateOrKey() throws {
        let authority = try TestAuthority()
        let leaf = try authority.workload(Self.good)
        let other = try authority.workload(Self.good)
        let digest = try HandshakeInMemory.digest(of: leaf)
        let byHash = try HandshakeInMemory(authority, peer: PeerRequirements(certificateDigests: [digest.certificate]))
        #expect(try byHash.outcome(of: leaf) == .accepted)
        #expect(try byHash.outcome(of: other) == .refused(.wrongPin))
        let byKey = try HandshakeInMemory(authority, peer: PeerRequirements(publicKeyDigests: [digest.publicKey]))
        #expect(try byKey.outcome(of: leaf) == .accepted)
        #expect(try byKey.outcome(of: other) == .refused(.wrongPin))
    }
}
