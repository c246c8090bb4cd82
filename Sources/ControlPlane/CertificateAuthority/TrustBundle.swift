internal import Crypto
package import X509

/// Whom the mesh believes: its roots and what was revoked. Immutable once handed on.
package struct TrustBundle: Sendable, Hashable {
    /// In the order of their insertion, each once; that of the signing certificate first.
    package private(set) var roots: [Certificate] = []
    /// Lists of authorities that are still trusted.
    package private(set) var revocations: [RevocationList] = []

    /// Believes nobody.
    package init() {}

    /// What an authority brings.
    package init(_ authority: SigningAuthority) {
        for root in authority.roots { insert(root) }
        revocations = authority.revocations
    }

    /// Adds the roots of a PEM text, such as one of `meshConfig.caCertificates`; `place` names it in errors.
    package mutating func insert(pem: String, place: String) throws(AuthorityError) {
        for root in try PEMCertificates.read(pem, file: place) { insert(root) }
    }

    private mutating func insert(_ root: Certificate) {
        if !roots.contains(root) { roots.append(root) }
    }

    /// Every root in PEM, one text each.
    package var texts: [String] { roots.map(PEMCertificates.text) }

    /// Every root in PEM.
    package var pem: String { texts.joined() }

    /// Every revocation list in PEM; empty without one.
    package var revocationPEM: String { revocations.map(\.text).joined() }

    /// Whether a list names the certificate.
    package func revokes(_ certificate: Certificate) -> Bool { revocations.contains { $0.revokes(certificate) } }

    /// Sixteen hexadecimal digits that name the content, equal on every machine.
    package var version: String {
        let digest = SHA256.hash(data: Array((pem + "\n" + revocationPEM).utf8))
        return digest.prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
