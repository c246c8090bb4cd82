internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import KubernetesAPI

/// Service-account tokens judged by the public keys of whoever issues them, where there is no Kubernetes API to ask.
///
/// A JSON Web Key Set (RFC 7517) as `kubectl get --raw /openid/v1/jwks` prints it; ES256, ES384 and RS256 (RFC 7518).
struct KeySetTokens: TokenReviewing {
    /// One public key with the one algorithm that it is used with, so that no token chooses it.
    enum Key: Sendable {
        case es256(P256.Signing.PublicKey)
        case es384(P384.Signing.PublicKey)
        case rs256(_RSA.Signing.PublicKey)
    }

    private let keys: [(id: String?, key: Key)]
    private let audience: String
    private let now: @Sendable () -> Date
    /// Seconds by which clocks may differ.
    private static let leeway: Double = 60

    /// Throws when the text is no key set or holds no key that can be used.
    init(keySet text: String, audience: String, now: @escaping @Sendable () -> Date = { Date() }) throws {
        let json = try JSONValue(json: Array(text.utf8))
        keys = (json["keys"]?.array ?? []).compactMap { key in
            Self.key(key).map { (key["kid"]?.string, $0) }
        }
        guard !keys.isEmpty else {
            throw AuthenticationFailure.refused("the key set holds no key for ES256, ES384 or RS256")
        }
        self.audience = audience
        self.now = now
    }

    func review(_ token: String) async throws(AuthenticationFailure) -> ServiceAccount {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3,
            let header = Base64.decode(String(parts[0])).flatMap({ try? JSONValue(json: $0) }),
            let signature = Base64.decode(String(parts[2]))
        else { throw .refused("the token is no JSON Web Token") }
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        let id = header["kid"]?.string
        let isSigned = keys.contains { key in
            if let id, let own = key.id, id != own { return false }
            return Self.verify(key.key, header["alg"]?.string ?? "", signature, signed)
        }
        guard isSigned else { throw .refused("the token is not signed with a key of the key set") }
        guard let claims = Base64.decode(String(parts[1])).flatMap({ try? JSONValue(json: $0) }) else {
            throw .refused("the claims of the token cannot be read")
        }
        return try account(claims)
    }

    private func account(_ claims: JSONValue) throws(AuthenticationFailure) -> ServiceAccount {
        let present = now().timeIntervalSince1970
        guard let end = claims["exp"]?.number else { throw .refused("the token has no end (exp)") }
        guard present < end + Self.leeway else { throw .refused("the token has expired") }
        if let start = claims["nbf"]?.number, present < start - Self.leeway {
            throw .refused("the token is not valid yet; clock skew?")
        }
        let audiences = claims["aud"]?.array?.compactMap(\.string) ?? claims["aud"]?.string.map { [$0] } ?? []
        guard audiences.contains(audience) else {
            throw .refused("the token is not meant for the audience \"\(audience)\"")
        }
        guard let account = ServiceAccount(username: claims["sub"]?.string ?? "") else {
            throw .refused("the token is not a service account's: its sub is no system:serviceaccount:NAMESPACE:NAME")
        }
        return account
    }

    private static func key(_ json: JSONValue) -> Key? {
        func bytes(_ name: String) -> [UInt8]? { json[name]?.string.flatMap { Base64.decode($0) } }
        if let use = json["use"]?.string, use != "sig" { return nil }
        switch json["kty"]?.string {
        case "EC":
            guard let x = bytes("x"), let y = bytes("y") else { return nil }
            switch json["crv"]?.string {
            case "P-256": return (try? P256.Signing.PublicKey(rawRepresentation: x + y)).map { .es256($0) }
            case "P-384": return (try? P384.Signing.PublicKey(rawRepresentation: x + y)).map { .es384($0) }
            default: return nil
            }
        case "RSA":
            guard let n = bytes("n"), let e = bytes("e") else { return nil }
            return (try? _RSA.Signing.PublicKey(n: n, e: e)).map { .rs256($0) }
        default: return nil
        }
    }

    private static func verify(_ key: Key, _ algorithm: String, _ signature: [UInt8], _ signed: [UInt8]) -> Bool {
        switch (key, algorithm) {
        case (.es256(let key), "ES256"):
            (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: signed)
            } ?? false
        case (.es384(let key), "ES384"):
            (try? P384.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: signed)
            } ?? false
        case (.rs256(let key), "RS256"):
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature),
                for: SHA256.hash(data: signed),
                padding: .insecurePKCS1v1_5
            )
        default: false
        }
    }
}

extension JSONValue {
    /// A number of either kind.
    fileprivate var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
