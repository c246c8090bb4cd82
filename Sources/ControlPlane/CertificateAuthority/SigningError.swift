/// Why a certificate signing request is refused; gRPC's `INVALID_ARGUMENT`, but for the authority's own end.
package enum SigningError: Error, Hashable, Sendable, CustomStringConvertible {
    /// More bytes than any key of use needs.
    case tooLarge(bytes: Int)
    /// No PKCS #10 in PEM (RFC 2986).
    case unreadable(reason: String)
    /// A kind of key that is not signed for.
    case unsupportedKey(kind: String)
    /// An RSA key of too few or too many bits.
    case keySize(bits: Int?)
    /// Whoever asks does not hold the key, or the request was changed.
    case badSignature
    /// Nothing can be signed with a certificate that has ended.
    case authorityExpired
    /// The authority's own key failed.
    case notSigned(reason: String)

    package var description: String {
        switch self {
        case .tooLarge(let bytes):
            "the CSR has \(bytes) bytes; at most \(CertificateRequest.maximumBytes) are read"
        case .unreadable(let reason): "the CSR is not a PKCS #10 request in PEM: \(reason)"
        case .unsupportedKey(let kind):
            "the CSR is for a key of the kind \(kind); supported are RSA of 2048 bits and more, ECDSA P-256 and P-384,"
                + " and Ed25519"
        case .keySize(let bits):
            "the CSR is for an RSA key of \(bits.map(String.init) ?? "too few") bits; 2048 to 8192 are allowed"
        case .badSignature: "the CSR is not signed with the key that it is for"
        case .authorityExpired: "the signing certificate of the certificate authority has expired"
        case .notSigned(let reason): "the certificate could not be signed: \(reason)"
        }
    }
}
