import Crypto
import KubernetesAPI

/// The claims of a service-account token as Kubernetes writes them (RFC 7519 and the claim `kubernetes.io`).
struct ServiceAccountToken: Sendable, Equatable {
    static let issuer = "https://kubernetes.default.svc.cluster.local"
    static let defaultAudience = issuer

    var namespace: String
    var name: String
    var uid: String
    var audiences: [String]
    var issued: Timestamp
    var expires: Timestamp
    /// Bound to this object's life when it is a Pod or a Secret.
    var bound: Binding?
    var id = Identifiers.uid()

    struct Binding: Sendable, Equatable {
        /// `Pod`, `Secret` or `Node`.
        var kind: String
        var name: String
        var uid: String
    }

    var claims: JSONValue {
        var kubernetes: JSONValue = [
            "namespace": .string(namespace), "serviceaccount": ["name": .string(name), "uid": .string(uid)],
        ]
        if let bound { kubernetes[bound.kind.lowercased()] = ["name": .string(bound.name), "uid": .string(bound.uid)] }
        return [
            "iss": .string(Self.issuer), "sub": .string("system:serviceaccount:\(namespace):\(name)"),
            "aud": .array(audiences.map { .string($0) }), "iat": .integer(issued.seconds),
            "nbf": .integer(issued.seconds),
            "exp": .integer(expires.seconds), "jti": .string(id), "kubernetes.io": kubernetes,
        ]
    }

    init(
        namespace: String,
        name: String,
        uid: String,
        audiences: [String],
        issued: Timestamp,
        expires: Timestamp,
        bound: Binding? = nil
    ) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.audiences = audiences
        self.issued = issued
        self.expires = expires
        self.bound = bound
    }

    /// Reads claims; nil when a needed one is missing.
    init?(claims: JSONValue) {
        guard claims["iss"]?.string == Self.issuer,
            let kubernetes = claims["kubernetes.io"], let namespace = kubernetes["namespace"]?.string,
            let account = kubernetes["serviceaccount"], let name = account["name"]?.string,
            let uid = account["uid"]?.string, let expires = claims["exp"]?.integer
        else { return nil }
        self.init(
            namespace: namespace,
            name: name,
            uid: uid,
            audiences: claims["aud"]?.array?.compactMap(\.string) ?? claims["aud"]?.string.map { [$0] } ?? [],
            issued: Timestamp(seconds: claims["iat"]?.integer ?? 0),
            expires: Timestamp(seconds: expires)
        )
        id = claims["jti"]?.string ?? ""
        for kind in ["Pod", "Secret", "Node"] {
            guard let reference = kubernetes[kind.lowercased()], let name = reference["name"]?.string else { continue }
            bound = Binding(kind: kind, name: name, uid: reference["uid"]?.string ?? "")
            break
        }
    }
}

/// Signs and verifies tokens with the cluster's key: JSON Web Signature with ES256 (RFC 7515, RFC 7518 section 3.4).
struct TokenSigner: Sendable {
    let key: P256.Signing.PrivateKey

    /// Names the key in token headers and in the JWKS document.
    var keyID: String {
        Base64.encodeURL(SHA256.hash(data: key.publicKey.x963Representation).prefix(16))
    }

    func sign(_ token: ServiceAccountToken) throws(StatusError) -> String {
        let header: JSONValue = ["alg": "ES256", "kid": .string(keyID), "typ": "JWT"]
        let text = Base64.encodeURL(header.jsonBytes) + "." + Base64.encodeURL(token.claims.jsonBytes)
        do {
            let signature = try key.signature(for: Array(text.utf8))
            return text + "." + Base64.encodeURL(signature.rawRepresentation)
        } catch {
            throw StatusError(.internalError, "the token could not be signed: \(error)")
        }
    }

    /// The claims of a token that this key signed and that has not expired; nil for every other text.
    func verify(_ text: String, now: Timestamp) -> ServiceAccountToken? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count < 16_384, parts.count == 3,
            let header = Base64.decode(String(parts[0])).flatMap({ try? JSONValue(json: $0) }),
            header["alg"]?.string == "ES256",
            let signature = Base64.decode(String(parts[2]))
                .flatMap({ try? P256.Signing.ECDSASignature(rawRepresentation: $0) }),
            key.publicKey.isValidSignature(signature, for: Array("\(parts[0]).\(parts[1])".utf8)),
            let claims = Base64.decode(String(parts[1])).flatMap({ try? JSONValue(json: $0) }),
            let token = ServiceAccountToken(claims: claims),
            now < token.expires, token.issued.seconds <= now.seconds.addingReportingOverflow(60).partialValue
        else { return nil }
        return token
    }

    /// RFC 7517: the key that verifies tokens, for `/openid/v1/jwks`.
    var keySet: JSONValue {
        let point = key.publicKey.rawRepresentation
        return [
            "keys": [
                [
                    "use": "sig", "kty": "EC", "kid": .string(keyID), "crv": "P-256", "alg": "ES256",
                    "x": .string(Base64.encodeURL(point.prefix(32))), "y": .string(Base64.encodeURL(point.suffix(32))),
                ]
            ]
        ]
    }

    /// OpenID Connect Discovery 1.0, for `/.well-known/openid-configuration`.
    var discovery: JSONValue {
        [
            "issuer": .string(ServiceAccountToken.issuer),
            "jwks_uri": .string("\(ServiceAccountToken.issuer)/openid/v1/jwks"),
            "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        ]
    }
}
