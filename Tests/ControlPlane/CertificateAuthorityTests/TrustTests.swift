import Crypto
import Foundation
import MeshIdentity
import SecurityTags
import SwiftASN1
import Testing
import X509

@testable import CertificateAuthority

@Suite struct TrustTests {
    private let domains: Set<String> = ["cluster.local", "old.example.org"]

    private func identity(
        _ names: [GeneralName],
        bundle: TrustBundle = TrustBundle(),
        from: Int64 = -60,
        to: Int64 = 60
    ) throws -> Result<SPIFFEIdentity, PeerCertificate.Refusal> {
        let issued = try AuthorityFixture.certificate(
            "peer",
            isAuthority: false,
            usage: nil,
            names: names,
            from: from,
            to: to
        )
        return Result { () throws(PeerCertificate.Refusal) in
            try PeerCertificate.identity(
                of: issued.certificate,
                domains: domains,
                bundle: bundle,
                now: AuthorityFixture.now
            )
        }
    }

    @Test(arguments: ["spiffe://cluster.local/ns/a/sa/b", "spiffe://old.example.org/ns/a/sa/b"])
    func oneNameOfOurDomainsIsBelieved(name: String) throws {
        #expect(try identity([.uniformResourceIdentifier(name)]) == .success(try #require(SPIFFEIdentity(name))))
    }

    @Test(
        .tags(.sec24),
        arguments: [
            [], [GeneralName.dnsName("spiffe://cluster.local/ns/a/sa/b")],
            [.uniformResourceIdentifier("spiffe://cluster.local/ns/a/sa/b/")],
            [.uniformResourceIdentifier("spiffe://cluster.local/ns/a/sa/b\0")],
            [.uniformResourceIdentifier("spiffe://cluster.local/ns/a/sa/b?x")],
            [.uniformResourceIdentifier("spiffe://cluster.local/ns/a/sa/*")],
            [.uniformResourceIdentifier("spiffe://cluster.local/ns//sa/b")],
            [.uniformResourceIdentifier("spiffe://cluster.local/ns/../sa/b")],
            [.uniformResourceIdentifier("SPIFFE://cluster.local/ns/a/sa/b")],
            [.uniformResourceIdentifier("spiffe://CLUSTER.local/ns/a/sa/b")],
            [.uniformResourceIdentifier("https://cluster.local/ns/a/sa/b")],
            [.uniformResourceIdentifier("spiffe://cluster.local/ns/a/sa/b"), .dnsName("b")],
            [
                .uniformResourceIdentifier("spiffe://cluster.local/ns/a/sa/b"),
                .uniformResourceIdentifier("spiffe://cluster.local/ns/a/sa/b"),
            ],
            [.rfc822Name("spiffe://cluster.local/ns/a/sa/b")],
        ]
    )
    func everyOtherSetOfNamesIsNoIdentity(names: [GeneralName]) throws {
        #expect(try identity(names) == .failure(.noIdentity))
    }

    @Test(.tags(.sec24)) func foreignDomainsDatesAndRevocationsAreRefused() throws {
        let name = GeneralName.uniformResourceIdentifier("spiffe://cluster.local/ns/a/sa/b")
        #expect(
            try identity([.uniformResourceIdentifier("spiffe://evil.local/ns/a/sa/b")])
                == .failure(.foreignTrustDomain("evil.local"))
        )
        #expect(try identity([name], to: -1) == .failure(.expired))
        #expect(try identity([name], from: 1) == .failure(.notYetValid))
    }

    @Test(.tags(.sec25)) func aListThatTheAuthoritySignedRevokes() throws {
        let root = try AuthorityFixture.certificate("root")
        let good = try AuthorityFixture.certificate("good", by: root, isAuthority: false)
        let bad = try AuthorityFixture.certificate("bad", by: root, isAuthority: false)
        let list = try Self.list(by: root, revoking: [bad.certificate])
        let authority = try SigningAuthority(
            try AuthorityFiles(
                ["ca-cert.pem": root.pem, "ca-key.pem": root.keyPEM, "ca-crl.pem": list],
                source: "cacerts"
            ),
            now: AuthorityFixture.now
        )
        let bundle = TrustBundle(authority)
        #expect(bundle.revokes(bad.certificate))
        #expect(!bundle.revokes(good.certificate))
        #expect(bundle.revocationPEM.hasPrefix("-----BEGIN X509 CRL-----"))
        #expect(bundle.version != TrustBundle(try AuthorityFixture.selfSigned()).version)
    }

    @Test(.tags(.sec25)) func aListOfSomebodyElseIsRefused() throws {
        let (root, other) = (try AuthorityFixture.certificate("root"), try AuthorityFixture.certificate("root"))
        let list = try Self.list(by: other, revoking: [root.certificate])
        #expect(throws: AuthorityError.self) {
            try RevocationList.read(list, file: "ca-crl.pem", authorities: [root.certificate])
        }
    }

    @Test(.tags(.sec25)) func brokenListsAreRefused() throws {
        let root = try AuthorityFixture.certificate("root")
        let bytes = try PEMDocument(pemString: try Self.list(by: root, revoking: [root.certificate])).derBytes
        for count in bytes.indices {
            let text = PEMDocument(type: "X509 CRL", derBytes: Array(bytes[..<count])).pemString
            #expect(throws: AuthorityError.self) {
                try RevocationList.read(text, file: "ca-crl.pem", authorities: [root.certificate])
            }
        }
    }

    @Test func aBundleHoldsEachRootOnce() throws {
        let authority = try AuthorityFixture.selfSigned()
        let other = try AuthorityFixture.certificate("other")
        var bundle = TrustBundle(authority)
        let before = bundle.version
        try bundle.insert(pem: bundle.pem, place: "x")
        #expect(bundle.version == before)
        try bundle.insert(pem: other.pem, place: "x")
        #expect(bundle.roots == authority.roots + [other.certificate])
        #expect(bundle.pem.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        #expect(throws: AuthorityError.self) { try bundle.insert(pem: "x", place: "meshConfig.caCertificates[0]") }
    }

    /// RFC 5280 section 5.1, signed with ECDSA and SHA-256.
    private static func list(by issuer: AuthorityFixture.Issued, revoking: [Certificate]) throws -> String {
        let algorithm: ASN1ObjectIdentifier = [1, 2, 840, 10045, 4, 3, 2]
        var content = DER.Serializer()
        try content.appendConstructedNode(identifier: .sequence) { list in
            try list.serialize(1)
            try list.appendConstructedNode(identifier: .sequence) { try $0.serialize(algorithm) }
            try list.serialize(issuer.certificate.subject)
            let time = try UTCTime(year: 2027, month: 1, day: 1, hours: 0, minutes: 0, seconds: 0)
            try list.serialize(time)
            try list.serialize(time)
            try list.appendConstructedNode(identifier: .sequence) { entries in
                for certificate in revoking {
                    try entries.appendConstructedNode(identifier: .sequence) { entry in
                        try entry.serialize(certificate.serialNumber.bytes)
                        try entry.serialize(time)
                    }
                }
            }
        }
        let signed = content.serializedBytes
        let signature = try issuer.key.signature(for: signed).derRepresentation
        var whole = DER.Serializer()
        try whole.appendConstructedNode(identifier: .sequence) { list in
            list.serializeRawBytes(signed)
            try list.appendConstructedNode(identifier: .sequence) { try $0.serialize(algorithm) }
            try list.serialize(ASN1BitString(bytes: Array(signature)[...]))
        }
        return PEMDocument(type: "X509 CRL", derBytes: whole.serializedBytes).pemString
    }
}
