import Crypto
import CryptoExtras
import Foundation
import MeshIdentity
import SwiftASN1
import X509

@testable import CertificateAuthority

/// A clock that stands, and authorities and requests made at its time.
enum AuthorityFixture {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)
    static let identity: SPIFFEIdentity = {
        guard let identity = SPIFFEIdentity("spiffe://cluster.local/ns/shop/sa/cart") else {
            preconditionFailure("the fixture's identity is none")
        }
        return identity
    }()
    static let day: Int64 = 24 * 3600

    static func selfSigned(
        _ domain: String = "cluster.local",
        kind: AuthorityKeyKind = .ecdsa,
        lifetime: Int64 = SigningAuthority.selfSignedLifetime
    ) throws -> SigningAuthority {
        let files = try SigningAuthority.selfSigned(
            trustDomain: domain,
            kind: kind,
            lifetime: lifetime,
            source: "test",
            now: now
        )
        return try SigningAuthority(files, now: now)
    }

    /// A certificate of whatever kind is asked for, with its key.
    struct Issued {
        var certificate: Certificate
        var key: P256.Signing.PrivateKey

        var pem: String { PEMCertificates.text(certificate) }
        var keyPEM: String { key.pemRepresentation + "\n" }
    }

    static func certificate(
        _ name: String,
        by issuer: Issued? = nil,
        isAuthority: Bool = true,
        usage: KeyUsage? = KeyUsage(keyCertSign: true, cRLSign: true),
        names: [GeneralName] = [],
        from start: Int64 = -3600,
        to end: Int64 = 365 * 24 * 3600
    ) throws -> Issued {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(name) }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now.addingTimeInterval(Double(start)),
            notValidAfter: now.addingTimeInterval(Double(end)),
            issuer: issuer?.certificate.subject ?? subject,
            subject: subject,
            extensions: Certificate.Extensions {
                if isAuthority {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                } else {
                    Critical(BasicConstraints.notCertificateAuthority)
                }
                if let usage { Critical(usage) }
                if !names.isEmpty { SubjectAlternativeNames(names) }
            },
            issuerPrivateKey: Certificate.PrivateKey(issuer?.key ?? key)
        )
        return Issued(certificate: certificate, key: key)
    }

    static func request(
        _ key: Certificate.PrivateKey = Certificate.PrivateKey(P256.Signing.PrivateKey()),
        subject: DistinguishedName = DistinguishedName(),
        extensions: Certificate.Extensions = Certificate.Extensions()
    ) throws -> String {
        let attributes = try CertificateSigningRequest.Attributes([
            .init(ExtensionRequest(extensions: extensions))
        ])
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: subject,
            privateKey: key,
            attributes: attributes
        )
        return try request.serializeAsPEM().pemString
    }

    static func leaf(_ issued: IssuedCertificate) throws -> Certificate {
        try Certificate(pemEncoded: issued.chain[0])
    }
}
