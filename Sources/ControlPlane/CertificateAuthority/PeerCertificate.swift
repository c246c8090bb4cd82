package import FoundationEssentials
package import MeshIdentity
internal import SwiftASN1
package import X509

/// Whom a client certificate that TLS has verified stands for.
package enum PeerCertificate {
    /// Why a verified certificate is not believed.
    package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// Not exactly one name, or one that is no `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT`.
        case noIdentity
        case foreignTrustDomain(String)
        case expired
        case notYetValid
        case revoked

        package var description: String {
            switch self {
            case .noIdentity:
                "the client certificate does not hold exactly one name spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT"
            case .foreignTrustDomain(let domain):
                "the client certificate is of the trust domain \(domain), which is neither this mesh's nor an alias"
            case .expired: "the client certificate has expired"
            case .notYetValid: "the client certificate is not valid yet; clock skew?"
            case .revoked: "the client certificate was revoked"
            }
        }
    }

    /// The identity; `domains` are the mesh's trust domain and its aliases.
    package static func identity(
        of certificate: Certificate,
        domains: Set<String>,
        bundle: TrustBundle,
        now: Date
    ) throws(Refusal) -> SPIFFEIdentity {
        guard certificate.notValidAfter >= now else { throw .expired }
        guard certificate.notValidBefore <= now else { throw .notYetValid }
        guard !bundle.revokes(certificate) else { throw .revoked }
        guard let names = try? certificate.extensions.subjectAlternativeNames, names.count == 1,
            case .uniformResourceIdentifier(let text)? = names.first, let identity = SPIFFEIdentity(text)
        else { throw .noIdentity }
        guard domains.contains(identity.trustDomain) else { throw .foreignTrustDomain(identity.trustDomain) }
        return identity
    }
}
