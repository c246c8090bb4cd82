/// Why a certificate authority cannot be used: names the file or key of the Secret, and what to do about it.
package enum AuthorityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file that is needed is not there.
    case missing(file: String)
    /// It is no PEM, or holds something else.
    case unreadable(file: String, reason: String)
    /// The private key belongs to another certificate.
    case keyMismatch(certificate: String, key: String)
    /// A certificate on the way to the root may not sign others (`CA:TRUE`, `keyCertSign`; RFC 5280 section 4.2.1).
    case notAnAuthority(file: String, subject: String)
    /// A certificate on the way to the root has ended.
    case expired(file: String, subject: String)
    /// A certificate on the way to the root begins later.
    case notYetValid(file: String, subject: String)
    /// No certificate leads on from here to a root.
    case noPathToRoot(file: String, subject: String)
    /// A key could not be made or used for signing.
    case notMade(reason: String)

    package var description: String {
        switch self {
        case .missing(let file): "\(file) is missing: the certificate authority needs it"
        case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
        case .keyMismatch(let certificate, let key):
            "\(key) is not the private key of the certificate in \(certificate): put both of the same authority there"
        case .notAnAuthority(let file, let subject):
            "\(file): \"\(subject)\" may not sign certificates; it needs basicConstraints CA:TRUE and keyCertSign"
        case .expired(let file, let subject): "\(file): \"\(subject)\" has expired; replace it"
        case .notYetValid(let file, let subject):
            "\(file): \"\(subject)\" is not valid yet; is the clock of this machine wrong?"
        case .noPathToRoot(let file, let subject):
            "\(file): nothing in cert-chain.pem and root-cert.pem signed \"\(subject)\";"
                + " add the missing intermediate or root"
        case .notMade(let reason): "the certificate authority could not be made: \(reason)"
        }
    }
}
