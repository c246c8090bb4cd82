package import MeshIdentity

/// What a workload proves itself with and whom it trusts, at one moment: immutable; replaced as a whole.
///
/// A consumer keeps the value it made its TLS context of and makes a new one when ``version`` is another; sessions of
/// TLS may be resumed only within one ``trustVersion``. Any thread.
package struct WorkloadSecrets: Sendable, Equatable {
    /// Who the leaf says that it is; nil for a mounted certificate without a SPIFFE URI.
    package let identity: SPIFFEIdentity?
    /// Leaf first, then intermediates, without the root; PEM.
    package let certificateChainPEM: [UInt8]
    /// The leaf's key.
    package let privateKeyPEM: PrivateKeyPEM
    /// Every root that peers may be rooted in; PEM, at least one certificate.
    package let rootsPEM: [UInt8]
    /// Revocation lists in PEM (`CertificateValidationContext.crl`), nil for none.
    package let crlPEM: [UInt8]?
    /// The leaf is not to be used before.
    package let notBefore: UnixTime
    /// The leaf is not to be used after.
    package let notAfter: UnixTime
    /// The leaf's serial number in lower-case hexadecimal digits, as Envoy shows it.
    package let serial: String
    /// Grows with any change, also of the trust; 1 for the first.
    package let version: UInt64
    /// Grows when roots or revocation lists change: connections made before may be to peers no longer trusted.
    package let trustVersion: UInt64
}
