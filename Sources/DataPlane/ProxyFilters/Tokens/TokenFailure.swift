/// Why a token does not count; the words are those of Envoy 1.40, seen of it with a zoo of tokens.
package enum TokenFailure: Error, Equatable, Sendable {
    case missing
    case badFormat
    case headerBadBase64
    case headerBadJSON
    case headerBadAlgorithm
    case headerUnknownAlgorithm
    case headerBadKeyIdentifier
    /// `crit`: the token is not to be taken by anybody who does not know what it names, and nothing is known here.
    case headerCritical
    case payloadBadBase64
    case payloadBadJSON
    case issuerNotText
    case subjectNotText
    case issuedAtNotInteger
    case issuedAtNotPositive
    case notBeforeNotInteger
    case notBeforeNotPositive
    case expiresNotInteger
    case expiresNotPositive
    case identifierNotText
    case audienceNotText
    case signatureBadBase64
    case unknownIssuer
    case notYetValid
    case expired
    case audienceNotAllowed
    case noKey
    case badSignature

    /// The body of the answer.
    package var text: StaticString {
        switch self {
        case .missing: "Jwt is missing"
        case .badFormat: "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"
        case .headerBadBase64: "Jwt header is an invalid Base64url encoded"
        case .headerBadJSON: "Jwt header is an invalid JSON"
        case .headerBadAlgorithm: "Jwt header [alg] field is required and must be a string"
        case .headerUnknownAlgorithm: "Jwt header [alg] is not supported"
        case .headerBadKeyIdentifier: "Jwt header [kid] field is not a string"
        case .headerCritical: "Jwt header [crit] is not supported"
        case .payloadBadBase64: "Jwt payload is an invalid Base64url encoded"
        case .payloadBadJSON: "Jwt payload is an invalid JSON"
        case .issuerNotText: "Jwt payload [iss] field is not a string"
        case .subjectNotText: "Jwt payload [sub] field is not a string"
        case .issuedAtNotInteger: "Jwt payload [iat] field is not an integer"
        case .issuedAtNotPositive: "Jwt payload [iat] field is not a positive 64 bit integer"
        case .notBeforeNotInteger: "Jwt payload [nbf] field is not an integer"
        case .notBeforeNotPositive: "Jwt payload [nbf] field is not a positive 64 bit integer"
        case .expiresNotInteger: "Jwt payload [exp] field is not an integer"
        case .expiresNotPositive: "Jwt payload [exp] field is not a positive 64 bit integer"
        case .identifierNotText: "Jwt payload [jti] field is not a string"
        case .audienceNotText: "Jwt payload [aud] field is not a string or string list"
        case .signatureBadBase64: "Jwt signature is an invalid Base64url encoded"
        case .unknownIssuer: "Jwt issuer is not configured"
        case .notYetValid: "Jwt not yet valid"
        case .expired: "Jwt is expired"
        case .audienceNotAllowed: "Audiences in Jwt are not allowed"
        case .noKey: "Jwks doesn't have key to match kid or alg from Jwt"
        case .badSignature: "Jwt verification fails"
        }
    }

    /// Of several failures the one that says most is told.
    var weight: Int {
        switch self {
        case .missing: 0
        case .unknownIssuer: 1
        default: 2
        }
    }
}

/// The algorithms that may sign a token (RFC 7518 section 3.1, RFC 8037); `none` and those with shared secrets may not.
enum TokenAlgorithm: String, Sendable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"
}
