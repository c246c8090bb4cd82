internal import Crypto
internal import CryptoExtras
internal import MeshIdentity
internal import SwiftASN1
internal import X509

/// The kind of a workload's key.
package enum KeyAlgorithm: Sendable, Equatable {
    /// The default: small certificates and quick handshakes.
    case ecdsaP256
    case ecdsaP384
    /// Bits of the modulus: 2048, 3072 or 4096.
    case rsa(bits: Int)
}

/// A key made here that never leaves the machine, and the request by which the authority certifies it.
struct WorkloadKey: Sendable {
    private let key: Certificate.PrivateKey
    private let algorithm: Certificate.SignatureAlgorithm
    /// The key for the TLS library.
    let pem: PrivateKeyPEM

    /// Makes a new key.
    init(_ kind: KeyAlgorithm) throws {
        switch kind {
        case .ecdsaP256:
            let made = P256.Signing.PrivateKey()
            (key, algorithm, pem) = (Certificate.PrivateKey(made), .ecdsaWithSHA256, .init(made.pemRepresentation))
        case .ecdsaP384:
            let made = P384.Signing.PrivateKey()
            (key, algorithm, pem) = (Certificate.PrivateKey(made), .ecdsaWithSHA384, .init(made.pemRepresentation))
        case .rsa(let bits):
            let size: _RSA.Signing.KeySize = bits >= 4096 ? .bits4096 : bits > 2048 ? .bits3072 : .bits2048
            let made = try _RSA.Signing.PrivateKey(keySize: size)
            (key, algorithm, pem) = (
                Certificate.PrivateKey(made), .sha256WithRSAEncryption, .init(made.pemRepresentation)
            )
        }
    }

    /// A certificate signing request in PEM with the identity as its only name (SPIFFE X.509-SVID section 2).
    func signingRequest(for identity: SPIFFEIdentity) throws -> String {
        let names = SubjectAlternativeNames([.uniformResourceIdentifier(identity.description)])
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: DistinguishedName(),
            privateKey: key,
            attributes: CertificateSigningRequest.Attributes([
                .init(ExtensionRequest(extensions: Certificate.Extensions { Critical(names) }))
            ]),
            signatureAlgorithm: algorithm
        )
        return try request.serializeAsPEM().pemString
    }
}
