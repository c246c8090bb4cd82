package import FoundationEssentials
internal import SwiftASN1
package import X509

/// A certificate authority that can sign: its certificate and key, the way up to its root, the roots it is trusted by.
///
/// Immutable; another authority is another value. Any thread. Never describes its key.
package struct SigningAuthority: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Where it came from, for messages.
    package let source: String
    /// The certificate that signs.
    package let certificate: Certificate
    private let key: Certificate.PrivateKey
    /// What a peer needs between a leaf and a root, the signing certificate first; empty when that is a root.
    package let intermediates: [Certificate]
    /// The roots to trust, that of the signing certificate first.
    package let roots: [Certificate]
    /// What is trusted no longer.
    package let revocations: [RevocationList]

    init(
        source: String,
        certificate: Certificate,
        key: Certificate.PrivateKey,
        intermediates: [Certificate],
        roots: [Certificate],
        revocations: [RevocationList]
    ) {
        self.source = source
        self.certificate = certificate
        self.key = key
        self.intermediates = intermediates
        self.roots = roots
        self.revocations = revocations
    }

    /// The first time at which something on the way to the root ends.
    package var end: Date {
        ([certificate] + intermediates + roots.prefix(1)).map(\.notValidAfter).min() ?? certificate.notValidAfter
    }

    /// Intermediates as PEM texts, one each.
    package var chain: [String] { intermediates.map(PEMCertificates.text) }

    /// Signs, with the algorithm that goes with the key.
    func issue(
        _ publicKey: Certificate.PublicKey,
        _ lifetime: CertificateLifetime,
        usage: KeyUsage,
        names: [GeneralName]
    ) throws(SigningError) -> Certificate {
        do {
            return try Certificate(
                version: .v3,
                serialNumber: Self.serialNumber(),
                publicKey: publicKey,
                notValidBefore: lifetime.notBefore,
                notValidAfter: lifetime.notAfter,
                issuer: certificate.subject,
                subject: DistinguishedName(),
                extensions: Certificate.Extensions {
                    Critical(usage)
                    try ExtendedKeyUsage([.serverAuth, .clientAuth])
                    Critical(BasicConstraints.notCertificateAuthority)
                    AuthorityKeyIdentifier(keyIdentifier: keyIdentifier)
                    // Critical as the subject is empty (RFC 5280 section 4.2.1.6).
                    Critical(SubjectAlternativeNames(names))
                },
                issuerPrivateKey: key
            )
        } catch {
            throw .notSigned(reason: "\(error)")
        }
    }

    private var keyIdentifier: ArraySlice<UInt8> {
        if let own = try? certificate.extensions.subjectKeyIdentifier { return own.keyIdentifier }
        return SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
    }

    /// 128 random bits, of which the highest is 0 and the next 1: positive and never short (RFC 5280 section 4.1.2.2).
    private static func serialNumber() -> Certificate.SerialNumber {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        bytes[0] = bytes[0] & 0x3F | 0x40
        return Certificate.SerialNumber(bytes: bytes)
    }

    package var description: String { "certificate authority \"\(certificate.subject)\" of \(source)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
