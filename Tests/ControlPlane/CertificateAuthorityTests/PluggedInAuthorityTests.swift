import Foundation
import MeshIdentity
import Testing
import X509

@testable import CertificateAuthority

@Suite struct PluggedInAuthorityTests {
    private func authority(_ texts: [String: String]) throws(AuthorityError) -> SigningAuthority {
        try SigningAuthority(try AuthorityFiles(texts, source: "cacerts"), now: AuthorityFixture.now)
    }

    private func error(_ texts: [String: String]) -> AuthorityError? {
        do throws(AuthorityError) {
            _ = try authority(texts)
            return nil
        } catch {
            return error
        }
    }

    @Test func anIntermediateIsShownWithEveryLeaf() throws {
        let root = try AuthorityFixture.certificate("root")
        let middle = try AuthorityFixture.certificate("middle", by: root)
        let signer = try AuthorityFixture.certificate("signer", by: middle)
        // As Istio's tools write it: the chain repeats the certificate and goes up to the root.
        let authority = try authority([
            "ca-cert.pem": signer.pem, "ca-key.pem": signer.keyPEM,
            "cert-chain.pem": signer.pem + middle.pem + root.pem, "root-cert.pem": root.pem,
        ])
        #expect(authority.intermediates == [signer.certificate, middle.certificate])
        #expect(authority.roots == [root.certificate])
        let issued = try authority.sign(
            csr: AuthorityFixture.request(),
            for: AuthorityFixture.identity,
            now: AuthorityFixture.now
        )
        #expect(issued.chain.count == 3)
        #expect(signer.certificate.isIssuer(of: try AuthorityFixture.leaf(issued)))
        #expect(issued.chain[2] == middle.pem)
    }

    @Test func furtherRootsAreTrusted() throws {
        let (old, new) = (try AuthorityFixture.certificate("old"), try AuthorityFixture.certificate("new"))
        let authority = try authority([
            "ca-cert.pem": new.pem, "ca-key.pem": new.keyPEM, "root-cert.pem": old.pem + new.pem + old.pem,
        ])
        #expect(authority.intermediates.isEmpty)
        #expect(authority.roots == [new.certificate, old.certificate])
    }

    @Test func theFormOfCertManagerIsRead() throws {
        let root = try AuthorityFixture.certificate("root")
        let signer = try AuthorityFixture.certificate("signer", by: root)
        let authority = try authority([
            "tls.crt": signer.pem, "tls.key": signer.keyPEM, "ca.crt": root.pem,
        ])
        #expect(authority.intermediates == [signer.certificate])
    }

    @Test func keysOfEveryFormAreRead() throws {
        for kind in AuthorityKeyKind.allCases {
            let files = try SigningAuthority.selfSigned(
                trustDomain: "t",
                kind: kind,
                source: "x",
                now: AuthorityFixture.now
            )
            #expect(try SigningAuthority(files, now: AuthorityFixture.now).roots.count == 1)
        }
    }

    @Test func faultsNameTheFile() throws {
        let root = try AuthorityFixture.certificate("root")
        let other = try AuthorityFixture.certificate("other")
        let signer = try AuthorityFixture.certificate("signer", by: root)
        let expired = try AuthorityFixture.certificate("expired", by: root, from: -7200, to: -3600)
        let early = try AuthorityFixture.certificate("early", by: root, from: 3600)
        let leaf = try AuthorityFixture.certificate("leaf", by: root, isAuthority: false)
        let noUsage = try AuthorityFixture.certificate("usage", by: root, usage: KeyUsage(digitalSignature: true))
        let below = try AuthorityFixture.certificate("below", by: expired)
        func texts(_ issued: AuthorityFixture.Issued, _ more: [String: String] = [:]) -> [String: String] {
            ["ca-cert.pem": issued.pem, "ca-key.pem": issued.keyPEM, "root-cert.pem": root.pem].merging(more) { $1 }
        }
        let cases: [([String: String], String)] = [
            ([:], "cacerts: ca-cert.pem is missing"),
            (texts(signer, ["ca-key.pem": ""]), "cacerts: ca-key.pem is missing"),
            (["ca-cert.pem": signer.pem, "ca-key.pem": signer.keyPEM], "cacerts: root-cert.pem is missing"),
            (texts(signer, ["ca-key.pem": other.keyPEM]), "is not the private key of the certificate"),
            (texts(signer, ["ca-key.pem": "secret words"]), "holds no private key in PEM"),
            (texts(signer, ["ca-key.pem": signer.pem]), "must be an unencrypted private key"),
            (texts(signer, ["ca-cert.pem": signer.keyPEM]), "where only certificates belong"),
            (texts(signer, ["root-cert.pem": "no pem"]), "holds no certificate"),
            (texts(signer, ["root-cert.pem": other.pem]), "nothing in cert-chain.pem and root-cert.pem signed"),
            (texts(signer, ["cert-chain.pem": root.keyPEM]), "where only certificates belong"),
            (texts(leaf), "may not sign certificates"), (texts(noUsage), "may not sign certificates"),
            (texts(expired), "has expired"), (texts(early), "not valid yet"),
            (texts(below, ["cert-chain.pem": expired.pem]), "cert-chain.pem: \"CN=expired\" has expired"),
            (texts(signer, ["ca-crl.pem": "x"]), "ca-crl.pem cannot be read"),
        ]
        for (texts, words) in cases {
            let error = error(texts)
            #expect(error.map { "\($0)".contains(words) } == true, "\(words): \(String(describing: error))")
            #expect(error.map { "\($0)".contains("secret words") } != true)
        }
    }

    /// Old root alone; both roots; new signer; new root alone: whoever holds a bundle of a step trusts the leaves of
    /// the step before and of the step after.
    @Test func rotatesInThreeSteps() throws {
        let (old, new) = (try AuthorityFixture.certificate("old"), try AuthorityFixture.certificate("new"))
        let steps = [(old, old.pem), (old, old.pem + new.pem), (new, old.pem + new.pem), (new, new.pem)]
        let authorities = try steps.map { signer, roots in
            try authority(["ca-cert.pem": signer.pem, "ca-key.pem": signer.keyPEM, "root-cert.pem": roots])
        }
        for (before, after) in zip(authorities, authorities.dropFirst()) {
            for (signer, verifier) in [(before, after), (after, before)] {
                let issued = try signer.sign(
                    csr: AuthorityFixture.request(),
                    for: AuthorityFixture.identity,
                    now: AuthorityFixture.now
                )
                let leaf = try AuthorityFixture.leaf(issued)
                #expect(TrustBundle(verifier).roots.contains { $0.isIssuer(of: leaf) })
            }
        }
        #expect(!TrustBundle(authorities[3]).roots.contains(old.certificate))
        #expect(Set(authorities.map { TrustBundle($0).version }).count == 4)
    }
}
