/// A secret for the admin pages: everything of it that is no key.
package struct SecretReport: Sendable {
    /// What kind of secret it is.
    package enum Content: Sendable {
        /// A certificate with its chain; its key is never told.
        case certificate([CertificateReport], chainPEM: [UInt8])
        /// Roots, and revocation lists where there are any.
        case roots([CertificateReport], rootsPEM: [UInt8], crlPEM: [UInt8]?)
        /// There is none, and why.
        case missing(reason: String)
    }

    /// The SDS name.
    package var name: String
    /// Which version of it.
    package var version: String
    /// What it is.
    package var content: Content

    package init(name: String, version: String, content: Content) {
        self.name = name
        self.version = version
        self.content = content
    }
}

/// A certificate for the admin pages.
package struct CertificateReport: Sendable {
    /// Lower-case hexadecimal digits.
    package var serialNumber: String
    /// Kind (`uri`, `dns` or `ip_address`) and name.
    package var subjectAlternativeNames: [(kind: String, name: String)]
    /// RFC 3339.
    package var validFrom: String
    /// RFC 3339.
    package var expirationTime: String
    /// Whole days; 0 when it has expired.
    package var daysUntilExpiration: UInt64

    package init(
        serialNumber: String,
        subjectAlternativeNames: [(kind: String, name: String)],
        validFrom: String,
        expirationTime: String,
        daysUntilExpiration: UInt64
    ) {
        self.serialNumber = serialNumber
        self.subjectAlternativeNames = subjectAlternativeNames
        self.validFrom = validFrom
        self.expirationTime = expirationTime
        self.daysUntilExpiration = daysUntilExpiration
    }
}
