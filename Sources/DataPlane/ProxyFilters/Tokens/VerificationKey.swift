internal import Crypto
internal import CryptoExtras
internal import ProxySnapshot

/// A key made ready to verify signatures; which algorithms it takes follows from the key, never from the token alone.
struct VerificationKey {
    private enum Key {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    let identifier: ContiguousArray<UInt8>
    let algorithm: ContiguousArray<UInt8>
    private let key: Key

    /// nil for bytes that are no point of the curve, or no sound modulus.
    init?(_ webKey: JSONWebKey) {
        identifier = webKey.identifier
        algorithm = webKey.algorithm
        do {
            switch webKey.material {
            case .rsa(let modulus, let exponent):
                key = .rsa(try _RSA.Signing.PublicKey(n: modulus, e: exponent))
            case .elliptic(.p256, let x, let y): key = .p256(try P256.Signing.PublicKey(rawRepresentation: x + y))
            case .elliptic(.p384, let x, let y): key = .p384(try P384.Signing.PublicKey(rawRepresentation: x + y))
            case .elliptic(.p521, let x, let y): key = .p521(try P521.Signing.PublicKey(rawRepresentation: x + y))
            case .ed25519(let bytes): key = .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: bytes))
            }
        } catch {
            return nil
        }
    }

    /// Whether a token names this key: by `kid` and `alg`, where both sides say.
    func isMeant(by token: SignedToken) -> Bool {
        (token.keyIdentifier.isEmpty || identifier.isEmpty || token.keyIdentifier == identifier)
            && (algorithm.isEmpty || algorithm == token.algorithmName)
    }

    /// Whether the signature is this key's. An algorithm of another kind of key never verifies.
    func verifies(_ token: SignedToken) -> Bool {
        let (text, signature) = (token.signedText, token.signature)
        switch (key, token.algorithm) {
        case (.rsa(let key), .rs256): return verifies(key, .insecurePKCS1v1_5, SHA256.hash(data: text), signature)
        case (.rsa(let key), .rs384): return verifies(key, .insecurePKCS1v1_5, SHA384.hash(data: text), signature)
        case (.rsa(let key), .rs512): return verifies(key, .insecurePKCS1v1_5, SHA512.hash(data: text), signature)
        case (.rsa(let key), .ps256): return verifies(key, .PSS, SHA256.hash(data: text), signature)
        case (.rsa(let key), .ps384): return verifies(key, .PSS, SHA384.hash(data: text), signature)
        case (.rsa(let key), .ps512): return verifies(key, .PSS, SHA512.hash(data: text), signature)
        case (.p256(let key), .es256):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: text))
        case (.p384(let key), .es384):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA384.hash(data: text))
        case (.p521(let key), .es512):
            guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA512.hash(data: text))
        case (.ed25519(let key), .edDSA):
            return signature.count == 64 && key.isValidSignature(signature, for: text)
        default: return false
        }
    }

    private func verifies(
        _ key: _RSA.Signing.PublicKey,
        _ padding: _RSA.Signing.Padding,
        _ digest: some Digest,
        _ signature: ContiguousArray<UInt8>
    ) -> Bool {
        key.isValidSignature(_RSA.Signing.RSASignature(rawRepresentation: signature), for: digest, padding: padding)
    }
}
