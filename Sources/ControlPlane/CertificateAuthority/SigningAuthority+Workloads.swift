package import FoundationEssentials
package import MeshIdentity
internal import SwiftASN1
internal import X509

/// A certificate for a workload and what it needs to show with it.
package struct IssuedCertificate: Sendable, Hashable {
    /// PEM of the certificate, then of each intermediate; without roots.
    package var chain: [String]
    /// Its end.
    package var notAfter: Date
    /// Serial number in hexadecimal digits, for logs.
    package var serialNumber: String
}

extension SigningAuthority {
    /// Certifies the key of a CSR for an identity: that one URI and nothing else, whatever the CSR asks for.
    ///
    /// - Parameters:
    ///   - csr: PKCS #10 in PEM; only its key and its signature are looked at.
    ///   - seconds: the life asked for; 0 for 24 h, never more than `maximum` or the signing certificate has left.
    package func sign(
        csr: String,
        for identity: SPIFFEIdentity,
        seconds: Int64 = 0,
        maximum: Int64 = CertificateLifetime.maximum,
        now: Date
    ) throws(SigningError) -> IssuedCertificate {
        let request = try CertificateRequest(pem: csr)
        guard let lifetime = CertificateLifetime(requested: seconds, maximum: maximum, now: now, issuerEnd: end) else {
            throw .authorityExpired
        }
        let issued = try issue(
            request.publicKey,
            lifetime,
            usage: KeyUsage(digitalSignature: true, keyEncipherment: request.isRSA),
            names: [.uniformResourceIdentifier(identity.description)]
        )
        return IssuedCertificate(
            chain: [PEMCertificates.text(issued)] + chain,
            notAfter: lifetime.notAfter,
            serialNumber: RevocationList.hexadecimal(issued.serialNumber)
        )
    }
}
