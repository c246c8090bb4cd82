internal import CertificateAuthority
internal import Foundation
internal import MeshIdentity
internal import X509

/// Finds out who calls: by a client certificate of the mesh, or by a service account's token.
struct CallerAuthentication: Sendable {
    /// The audience of tokens for the control plane (Istio `TOKEN_AUDIENCES`).
    static let audience = "istio-ca"
    /// Kubernetes' tokens have about 1 KiB.
    private static let maximumTokenBytes = 16 << 10

    let trust: MeshTrust
    /// Nil where tokens cannot be judged.
    let tokens: (any TokenReviewing)?
    var now: @Sendable () -> Date = { Date() }

    /// The identity of a caller.
    ///
    /// - Parameters:
    ///   - certificate: what TLS has verified against a trust bundle that was in effect at the handshake.
    ///   - authorization: the values of the header.
    func identity(
        certificate: Certificate?,
        authorization: [String]
    ) async throws(AuthenticationFailure) -> SPIFFEIdentity {
        var reasons: [String] = []
        if let certificate {
            let state = trust.state
            do throws(PeerCertificate.Refusal) {
                return try PeerCertificate.identity(
                    of: certificate,
                    domains: state.domains,
                    bundle: state.bundle,
                    now: now()
                )
            } catch {
                reasons.append("\(error)")
            }
        }
        do throws(AuthenticationFailure) {
            return try await identity(authorization)
        } catch {
            guard case .refused(let reason) = error else { throw error }
            throw .refused((reasons + [reason]).joined(separator: "; "))
        }
    }

    /// The identity of a token alone.
    func identity(_ authorization: [String]) async throws(AuthenticationFailure) -> SPIFFEIdentity {
        guard let text = authorization.first else {
            throw .refused(
                "neither a client certificate nor a token: send \"authorization: Bearer TOKEN\" with the"
                    + " token of a service account for the audience \"\(Self.audience)\""
            )
        }
        guard authorization.count == 1 else { throw .refused("more than one authorization header") }
        let scheme = "bearer "
        guard text.utf8.count <= Self.maximumTokenBytes, text.prefix(scheme.count).lowercased() == scheme else {
            throw .refused("the authorization header holds no bearer token")
        }
        guard let tokens else {
            throw .refused(
                "this control plane cannot judge tokens: it follows no Kubernetes API and has no --token-public-keys"
            )
        }
        let account = try await tokens.review(text.dropFirst(scheme.count).trimmingCharacters(in: .whitespaces))
        let identity = SPIFFEIdentity(
            trustDomain: trust.state.trustDomain,
            namespace: account.namespace,
            serviceAccount: account.name
        )
        guard let identity else { throw .refused("the service account's name makes no SPIFFE identity") }
        return identity
    }
}
