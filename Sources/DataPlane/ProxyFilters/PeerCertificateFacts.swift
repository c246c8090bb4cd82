internal import ProxyTLS

/// The certificate that a caller proved to own, as filters and headers ask for it; made when the handshake is over.
///
/// A class, so that facts about a connection are cheap to hand on. Texts are bytes as they stand in the certificate.
package final class PeerCertificateFacts: Sendable {
    package let uriSANs: [ContiguousArray<UInt8>]
    package let dnsSANs: [ContiguousArray<UInt8>]
    /// The subject by RFC 2253; empty if there is none.
    package let subject: ContiguousArray<UInt8>
    /// SHA-256 of the DER, in lower-case hexadecimal digits.
    package let sha256: ContiguousArray<UInt8>
    /// In lower-case hexadecimal digits.
    package let serial: ContiguousArray<UInt8>
    /// Makes the PEM, percent-encoded as `x-forwarded-client-cert` wants it; called where a listener asks for it.
    package let urlEncodedPEM: @Sendable () -> ContiguousArray<UInt8>
    /// The same of the whole chain.
    package let urlEncodedChain: @Sendable () -> ContiguousArray<UInt8>

    package init(
        uriSANs: [ContiguousArray<UInt8>],
        dnsSANs: [ContiguousArray<UInt8>] = [],
        subject: ContiguousArray<UInt8> = [],
        sha256: ContiguousArray<UInt8> = [],
        serial: ContiguousArray<UInt8> = [],
        urlEncodedPEM: @escaping @Sendable () -> ContiguousArray<UInt8> = { [] },
        urlEncodedChain: @escaping @Sendable () -> ContiguousArray<UInt8> = { [] }
    ) {
        self.uriSANs = uriSANs
        self.dnsSANs = dnsSANs
        self.subject = subject
        self.sha256 = sha256
        self.serial = serial
        self.urlEncodedPEM = urlEncodedPEM
        self.urlEncodedChain = urlEncodedChain
    }

    /// The peer's principal: its first URI name.
    package var principal: ContiguousArray<UInt8>? { uriSANs.first }
}

extension PeerCertificateFacts {
    /// The facts of a certificate that a handshake verified.
    convenience init(_ certificate: PeerCertificate) {
        self.init(
            uriSANs: certificate.texts.uris,
            dnsSANs: certificate.texts.dnsNames,
            subject: certificate.texts.subject,
            sha256: certificate.texts.digest,
            serial: certificate.texts.serialNumber,
            urlEncodedPEM: { ContiguousArray(PercentText.encode(PEMText.encode(certificate.der)).utf8) },
            // Only the leaf is known of those that the library verified.
            urlEncodedChain: { ContiguousArray(PercentText.encode(PEMText.encode(certificate.der)).utf8) }
        )
    }
}
