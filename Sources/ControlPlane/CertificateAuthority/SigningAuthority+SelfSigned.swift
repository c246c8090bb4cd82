internal import Crypto
internal import CryptoExtras
package import FoundationEssentials
internal import SwiftASN1
internal import X509

/// The kind of key a self-signed authority is made with.
package enum AuthorityKeyKind: String, Sendable, CaseIterable {
    case ecdsa
    /// 2048 bits, as Istio's own.
    case rsa
}

extension SigningAuthority {
    /// Ten years (Istio `CITADEL_SELF_SIGNED_CA_CERT_TTL`).
    package static let selfSignedLifetime: Int64 = 3650 * 24 * 3600

    /// Makes an authority of its own root, with the trust domain as its organization as Istio has it.
    package static func selfSigned(
        trustDomain: String,
        kind: AuthorityKeyKind = .ecdsa,
        lifetime: Int64 = Self.selfSignedLifetime,
        source: String,
        now: Date
    ) throws(AuthorityError) -> AuthorityFiles {
        do {
            let key =
                switch kind {
                case .ecdsa: Certificate.PrivateKey(P256.Signing.PrivateKey())
                case .rsa: Certificate.PrivateKey(try _RSA.Signing.PrivateKey(keySize: .bits2048))
                }
            let name = try DistinguishedName { OrganizationName(trustDomain) }
            let start = now.timeIntervalSince1970.rounded(.down)
            let certificate = try Certificate(
                version: .v3,
                serialNumber: Certificate.SerialNumber(),
                publicKey: key.publicKey,
                notValidBefore: Date(timeIntervalSince1970: start - Double(CertificateLifetime.serverBackdating)),
                notValidAfter: Date(timeIntervalSince1970: start + Double(lifetime)),
                issuer: name,
                subject: name,
                extensions: Certificate.Extensions {
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                    SubjectKeyIdentifier(hash: key.publicKey)
                },
                issuerPrivateKey: key
            )
            return AuthorityFiles(
                source: source,
                certificate: PEMCertificates.text(certificate),
                key: try key.serializeAsPEM().pemString + "\n"
            )
        } catch {
            throw .notMade(reason: "\(error)")
        }
    }
}
