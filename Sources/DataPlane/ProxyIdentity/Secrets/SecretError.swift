/// Why a certificate, key or bundle cannot be used; says what it is and what is wrong with it.
package enum SecretError: Error, Equatable, CustomStringConvertible {
    /// A file could not be read.
    case unreadable(path: String, reason: String)
    /// A text is not PEM, or holds no certificate, or one that cannot be parsed.
    case certificates(of: String, reason: String)
    /// A key cannot be parsed or is of a kind not supported.
    case key(of: String, reason: String)
    /// The leaf's public key is not that of the private key.
    case keyMismatch(of: String)
    /// The leaf is for somebody else: its URI names, and the one expected.
    case identity(found: [String], expected: String)
    /// The leaf has expired.
    case expired(of: String, notAfter: UnixTime, now: UnixTime)
    /// The leaf is of the future.
    case notYetValid(of: String, notBefore: UnixTime, now: UnixTime)
    /// The chain does not lead to any of the roots.
    case chain(of: String, reason: String)
    /// A revocation list is not PEM of one.
    case revocationList(of: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .certificates(let owner, let reason): "\(owner): no usable certificate in PEM: \(reason)"
        case .key(let owner, let reason): "\(owner): no usable private key in PEM: \(reason)"
        case .keyMismatch(let owner): "\(owner): the certificate is not for the private key"
        case .identity(let found, let expected):
            "the certificate names \(found.isEmpty ? "no URI" : found.joined(separator: ", ")), \(expected) was asked for"
        case .expired(let owner, let notAfter, let now):
            "\(owner): the certificate expired at \(notAfter), the clock here says \(now)"
        case .notYetValid(let owner, let notBefore, let now):
            "\(owner): the certificate is not valid before \(notBefore), the clock here says \(now): clock skew?"
        case .chain(let owner, let reason): "\(owner): the chain does not lead to the roots: \(reason)"
        case .revocationList(let owner, let reason): "\(owner): no usable revocation list in PEM: \(reason)"
        }
    }
}

extension SecretError {
    /// When what is refused can be used after all, without anybody having to replace it.
    var validFrom: UnixTime? { if case .notYetValid(_, let notBefore, _) = self { notBefore } else { nil } }
}
