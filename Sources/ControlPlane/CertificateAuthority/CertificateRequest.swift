internal import Crypto
internal import CryptoExtras
internal import SwiftASN1
package import X509

/// A certificate signing request as far as it counts: a key, and proof that whoever asks holds it.
///
/// Names and extensions that a CSR asks for are not even read: what a certificate says is decided by who asks.
package struct CertificateRequest: Sendable {
    /// The largest CSR that is read; one for RSA with 8192 bits takes 3 KiB.
    package static let maximumBytes = 16 << 10

    /// The key to certify.
    package let publicKey: Certificate.PublicKey
    /// RSA keys also encrypt the secrets of TLS 1.2.
    let isRSA: Bool

    /// Reads PEM and checks key and signature.
    package init(pem: String) throws(SigningError) {
        let bytes = pem.utf8.count
        guard bytes <= Self.maximumBytes else { throw .tooLarge(bytes: bytes) }
        let request = try Self.read(pem)
        publicKey = request.publicKey
        isRSA = try Self.checkKind(request.publicKey)
        guard publicKey.isValidSignature(request.signature, for: request) else { throw .badSignature }
    }

    private static func read(_ pem: String) throws(SigningError) -> CertificateSigningRequest {
        do {
            let document = try PEMDocument(pemString: pem)
            guard ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(document.discriminator) else {
                throw SigningError.unreadable(reason: "it is a \(document.discriminator.prefix(64))")
            }
            return try CertificateSigningRequest(derEncoded: document.derBytes)
        } catch let error as SigningError {
            throw error
        } catch let error as CryptoKitError {
            // A key is read with the request; one that is too short for any use ends the reading.
            if case .incorrectParameterSize = error { throw .keySize(bits: nil) }
            throw .unreadable(reason: "its key cannot be read")
        } catch let error as CertificateError where error.code == .unsupportedPublicKeyAlgorithm {
            throw .unsupportedKey(kind: "unknown")
        } catch {
            throw .unreadable(reason: String("\(error)".prefix(200)))
        }
    }

    /// Whether it is RSA; refuses what is neither strong nor common enough.
    private static func checkKind(_ key: Certificate.PublicKey) throws(SigningError) -> Bool {
        if P256.Signing.PublicKey(key) != nil || P384.Signing.PublicKey(key) != nil
            || Curve25519.Signing.PublicKey(key) != nil
        {
            return false
        }
        guard let rsa = _RSA.Signing.PublicKey(key) else { throw .unsupportedKey(kind: "ECDSA P-521") }
        guard (2048...8192).contains(rsa.keySizeInBits) else { throw .keySize(bits: rsa.keySizeInBits) }
        return true
    }
}
