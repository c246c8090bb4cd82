internal import Crypto
package import FoundationEssentials
internal import SwiftASN1
internal import X509

/// What a TLS server of the control plane shows: a chain, and the key that never leaves the process.
package struct ServingCertificate: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// PEM of the certificate and each intermediate.
    package let chain: String
    /// PEM of the key.
    package let key: String
    package let notBefore: Date
    package let notAfter: Date

    /// At two thirds of its life.
    package var renewal: Date {
        notBefore.addingTimeInterval(notAfter.timeIntervalSince(notBefore) * 2 / 3)
    }

    package var description: String { "serving certificate until \(notAfter)" }
    package var debugDescription: String { description }
}

extension SigningAuthority {
    /// The longest life of a serving certificate, 90 days; a new one is made long before.
    package static let servingLifetime: Int64 = 90 * 24 * 3600

    /// Makes a P-256 key and certifies it for a server.
    ///
    /// - Parameters:
    ///   - dnsNames: what clients may call it.
    ///   - addresses: IP addresses in network byte order, 4 or 16 bytes each.
    package func serve(
        dnsNames: [String],
        addresses: [[UInt8]],
        now: Date
    ) throws(SigningError) -> ServingCertificate {
        let key = P256.Signing.PrivateKey()
        guard
            let lifetime = CertificateLifetime(
                requested: Self.servingLifetime,
                maximum: Self.servingLifetime,
                backdating: CertificateLifetime.serverBackdating,
                now: now,
                issuerEnd: end
            )
        else { throw .authorityExpired }
        let issued = try issue(
            Certificate.PublicKey(key.publicKey),
            lifetime,
            usage: KeyUsage(digitalSignature: true),
            names: dnsNames.map { .dnsName($0) }
                + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        )
        return ServingCertificate(
            chain: PEMCertificates.text(issued) + chain.joined(),
            key: key.pemRepresentation,
            notBefore: lifetime.notBefore,
            notAfter: lifetime.notAfter
        )
    }
}
