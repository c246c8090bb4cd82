import Crypto
import CryptoExtras
import Foundation
import MeshIdentity
import SecurityTags
import SwiftASN1
import Testing
import X509

@testable import CertificateAuthority

@Suite struct SigningTests {
    enum Key: String, CaseIterable {
        case p256, p384, ed25519, rsa2048, rsa3072

        func make() throws -> Certificate.PrivateKey {
            switch self {
            case .p256: Certificate.PrivateKey(P256.Signing.PrivateKey())
            case .p384: Certificate.PrivateKey(P384.Signing.PrivateKey())
            case .ed25519: Certificate.PrivateKey(Curve25519.Signing.PrivateKey())
            case .rsa2048: Certificate.PrivateKey(try _RSA.Signing.PrivateKey(keySize: .bits2048))
            case .rsa3072: Certificate.PrivateKey(try _RSA.Signing.PrivateKey(keySize: .bits3072))
            }
        }
    }

    /// What a CSR may ask for beside its key.
    enum Wish: String, CaseIterable {
        case nothing, otherName, dnsNames, twoNames, authority, certificateSigning, otherUsage, subject, longSubject

        var subject: DistinguishedName {
            get throws {
                switch self {
                case .subject:
                    try DistinguishedName {
                        OrganizationName("system:masters")
                        CommonName("spiffe://cluster.local/ns/kube-system/sa/admin")
                    }
                case .longSubject: try DistinguishedName { CommonName(String(repeating: "x", count: 4000)) }
                default: DistinguishedName()
                }
            }
        }

        var extensions: Certificate.Extensions {
            get throws {
                let mine = AuthorityFixture.identity.description
                let other = "spiffe://cluster.local/ns/bank/sa/vault"
                switch self {
                case .otherName:
                    return try Certificate.Extensions {
                        SubjectAlternativeNames([.uniformResourceIdentifier(other)])
                    }
                case .dnsNames:
                    return try Certificate.Extensions {
                        SubjectAlternativeNames([.dnsName("istiod.istio-system.svc"), .dnsName("*")])
                    }
                case .twoNames:
                    return try Certificate.Extensions {
                        SubjectAlternativeNames([.uniformResourceIdentifier(mine), .uniformResourceIdentifier(other)])
                    }
                case .authority:
                    return try Certificate.Extensions {
                        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                    }
                case .certificateSigning:
                    return try Certificate.Extensions { Critical(KeyUsage(keyCertSign: true, cRLSign: true)) }
                case .otherUsage:
                    return try Certificate.Extensions { try ExtendedKeyUsage([.codeSigning, .ocspSigning]) }
                default: return Certificate.Extensions()
                }
            }
        }
    }

    @Test(.tags(.sec31), arguments: Key.allCases, Wish.allCases)
    func issuesExactlyWhatTheCallerIsEntitledTo(key: Key, wish: Wish) throws {
        let authority = try AuthorityFixture.selfSigned()
        let privateKey = try key.make()
        let csr = try AuthorityFixture.request(privateKey, subject: wish.subject, extensions: wish.extensions)
        let issued = try authority.sign(csr: csr, for: AuthorityFixture.identity, now: AuthorityFixture.now)
        #expect(issued.chain.count == 1)
        let leaf = try AuthorityFixture.leaf(issued)
        #expect(leaf.publicKey == privateKey.publicKey)
        #expect(leaf.subject == DistinguishedName())
        #expect(leaf.issuer == authority.certificate.subject)
        #expect(authority.certificate.isIssuer(of: leaf))
        #expect(leaf.extensions.count == 5)
        let names = try #require(leaf.extensions[oid: .X509ExtensionID.subjectAlternativeName])
        #expect(names.critical)
        #expect(
            Array(try SubjectAlternativeNames(names)) == [
                .uniformResourceIdentifier("spiffe://cluster.local/ns/shop/sa/cart")
            ]
        )
        #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
        let isRSA = key == .rsa2048 || key == .rsa3072
        #expect(try leaf.extensions.keyUsage == KeyUsage(digitalSignature: true, keyEncipherment: isRSA))
        #expect(try leaf.extensions.extendedKeyUsage == ExtendedKeyUsage([.serverAuth, .clientAuth]))
        #expect(leaf.serialNumber.bytes.count == 16)
        #expect(leaf.notValidBefore == AuthorityFixture.now - 120)
        #expect(leaf.notValidAfter == AuthorityFixture.now + 86_400)
    }

    private static let lives: [(Int64, Int64)] = [
        (.min, 86_400), (-1, 86_400), (0, 86_400), (1, 1), (60, 60), (3600, 3600), (86_400, 86_400),
        (7_776_000, 7_776_000), (7_776_001, 7_776_000), (315_360_000, 7_776_000), (.max, 7_776_000),
    ]

    @Test(.tags(.sec31), arguments: lives)
    func capsTheLife(requested: Int64, granted: Int64) throws {
        let authority = try AuthorityFixture.selfSigned()
        let issued = try authority.sign(
            csr: AuthorityFixture.request(),
            for: AuthorityFixture.identity,
            seconds: requested,
            now: AuthorityFixture.now
        )
        #expect(try AuthorityFixture.leaf(issued).notValidAfter == AuthorityFixture.now + Double(granted))
        #expect(issued.notAfter == AuthorityFixture.now + Double(granted))
    }

    @Test func aLowerMaximumCapsTheStandardLifeToo() throws {
        let issued = try AuthorityFixture.selfSigned().sign(
            csr: AuthorityFixture.request(),
            for: AuthorityFixture.identity,
            maximum: 60,
            now: AuthorityFixture.now
        )
        #expect(issued.notAfter == AuthorityFixture.now + 60)
    }

    @Test(.tags(.sec31)) func neverOutlivesTheSigningCertificate() throws {
        let authority = try AuthorityFixture.selfSigned(lifetime: 3600)
        let csr = try AuthorityFixture.request()
        let issued = try authority.sign(csr: csr, for: AuthorityFixture.identity, now: AuthorityFixture.now + 3000)
        #expect(issued.notAfter == AuthorityFixture.now + 3600)
        #expect(throws: SigningError.authorityExpired) {
            try authority.sign(csr: csr, for: AuthorityFixture.identity, now: AuthorityFixture.now + 3600)
        }
    }

    @Test func serialNumbersDiffer() throws {
        let authority = try AuthorityFixture.selfSigned()
        let csr = try AuthorityFixture.request()
        let numbers = try (0..<50).map { _ in
            try authority.sign(csr: csr, for: AuthorityFixture.identity, now: AuthorityFixture.now).serialNumber
        }
        #expect(Set(numbers).count == 50)
    }

    @Test func anRSAAuthoritySigns() throws {
        let authority = try AuthorityFixture.selfSigned(kind: .rsa)
        let issued = try authority.sign(
            csr: AuthorityFixture.request(),
            for: AuthorityFixture.identity,
            now: AuthorityFixture.now
        )
        #expect(authority.certificate.isIssuer(of: try AuthorityFixture.leaf(issued)))
    }

    @Test func theRootNamesTheTrustDomain() throws {
        let root = try AuthorityFixture.selfSigned("example.org").certificate
        #expect("\(root.subject)" == "O=example.org")
        #expect(root.isAuthority)
        #expect(root.notValidAfter == AuthorityFixture.now + 3650 * 86_400)
    }

    @Test func theKeyIsNeverDescribed() throws {
        let files = try SigningAuthority.selfSigned(trustDomain: "t", source: "test", now: AuthorityFixture.now)
        let authority = try SigningAuthority(files, now: AuthorityFixture.now)
        let serving = try authority.serve(dnsNames: ["a"], addresses: [], now: AuthorityFixture.now)
        let secret = files.key.split(separator: "\n")[1].prefix(20)
        let servingSecret = serving.key.split(separator: "\n")[1].prefix(20)
        var dumped = ""
        dump(authority, to: &dumped)
        for text in ["\(files)", String(reflecting: files), "\(authority)", String(reflecting: authority), dumped] {
            #expect(!text.contains(secret))
            #expect(!text.contains("PRIVATE KEY"))
        }
        for text in ["\(serving)", String(reflecting: serving)] { #expect(!text.contains(servingSecret)) }
    }

    @Test func theServingCertificateHoldsItsNames() throws {
        let authority = try AuthorityFixture.selfSigned()
        let serving = try authority.serve(
            dnsNames: ["istiod.istio-system.svc", "localhost"],
            addresses: [[127, 0, 0, 1]],
            now: AuthorityFixture.now
        )
        let leaf = try Certificate(pemEncoded: serving.chain)
        #expect(
            Array(try #require(try leaf.extensions.subjectAlternativeNames)) == [
                .dnsName("istiod.istio-system.svc"), .dnsName("localhost"),
                .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
            ]
        )
        // A proxy ten minutes behind gets as far as being told so (fault 13).
        #expect(leaf.notValidBefore <= AuthorityFixture.now - 3600)
        #expect(authority.certificate.notValidBefore <= AuthorityFixture.now - 3600)
        #expect(serving.renewal > AuthorityFixture.now + 59 * 86_400)
        #expect(serving.renewal < serving.notAfter)
    }
}
