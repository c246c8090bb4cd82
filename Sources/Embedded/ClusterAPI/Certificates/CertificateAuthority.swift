import Crypto
import FoundationEssentials
import KubernetesAPI
import SwiftASN1
import X509

/// A certificate and its private key, both PEM.
package struct KeyPair: Sendable, Equatable {
    package var certificate: String
    package var key: String
}

/// The cluster's own certificate authority: ECDSA P-256, self-signed, made once per home.
struct CertificateAuthority: Sendable {
    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    static let lifetime: Int64 = 3650 * 86_400
    /// Long, but renewed at a start that finds a third of it gone.
    static let leafLifetime: Int64 = 365 * 86_400

    init(_ pair: KeyPair) throws {
        certificate = try Certificate(pemEncoded: pair.certificate)
        key = try P256.Signing.PrivateKey(pemRepresentation: pair.key)
    }

    static func make(now: Timestamp) throws -> KeyPair {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("martlet-cluster-ca") }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: Date(now, plus: -300),
            notValidAfter: Date(now, plus: lifetime),
            issuer: name,
            subject: name,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        return KeyPair(certificate: try certificate.serializeAsPEM().pemString, key: key.pemRepresentation)
    }

    /// Who a certificate is for and what it may be used for.
    struct Leaf: Sendable {
        var commonName: String
        var organizations: [String] = []
        var dnsNames: [String] = []
        var addresses: [[UInt8]] = []
        var isServer: Bool
    }

    func issue(_ leaf: Leaf, now: Timestamp) throws -> KeyPair {
        let leafKey = P256.Signing.PrivateKey()
        let names =
            leaf.dnsNames.map { GeneralName.dnsName($0) }
            + leaf.addresses.map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        let issued = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(leafKey.publicKey),
            notValidBefore: Date(now, plus: -300),
            notValidAfter: Date(now, plus: Self.leafLifetime),
            issuer: certificate.subject,
            subject: try DistinguishedName {
                for organization in leaf.organizations { OrganizationName(organization) }
                CommonName(leaf.commonName)
            },
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([leaf.isServer ? .serverAuth : .clientAuth])
                if !names.isEmpty { SubjectAlternativeNames(names) }
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey)).keyIdentifier
                )
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        return KeyPair(certificate: try issued.serializeAsPEM().pemString, key: leafKey.pemRepresentation)
    }

    /// Whether a stored certificate was issued by this authority and has more than two thirds of its life before it.
    func isFresh(_ pair: KeyPair, for leaf: Leaf, now: Timestamp) -> Bool {
        guard let stored = try? Certificate(pemEncoded: pair.certificate), stored.issuer == certificate.subject,
            certificate.publicKey.isValidSignature(stored.signature, for: stored),
            stored.notValidBefore < Date(now, plus: 0),
            stored.notValidAfter > Date(now, plus: Self.leafLifetime * 2 / 3)
        else { return false }
        let names = (try? stored.extensions.subjectAlternativeNames).flatMap { $0 }
        let wanted =
            leaf.dnsNames.map { GeneralName.dnsName($0) }
            + leaf.addresses.map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        return wanted.allSatisfy { name in names?.contains(name) ?? false }
    }
}

extension Date {
    init(_ timestamp: Timestamp, plus seconds: Int64) {
        self.init(timeIntervalSince1970: Double(timestamp.seconds) + Double(seconds))
    }
}
