internal import MeshIdentity
internal import SwiftASN1
@_spi(FixedExpiryValidationTime) internal import X509

/// What the authority answered, verified: nothing of it is used before.
struct IssuedCertificate: Sendable {
    /// Leaf first, then intermediates.
    let chain: [Certificate]
    /// The roots that came with it.
    let roots: [Certificate]
    let key: PrivateKeyPEM
    let identity: SPIFFEIdentity
    let notBefore: UnixTime
    let notAfter: UnixTime
    let serial: String

    private static let owner = "the authority's answer"

    /// Takes `IstioCertificateResponse.cert_chain` - leaf, intermediates, roots as the last element - for a key and checks
    /// that it is what was asked for: this key, this identity and no other name, valid now, rooted in its own roots.
    static func verify(
        _ answer: [String],
        key: PrivateKeyPEM,
        identity: SPIFFEIdentity,
        at now: UnixTime
    ) async throws(SecretError) -> IssuedCertificate {
        guard answer.count >= 2, let rootsText = answer.last else {
            throw .certificates(of: owner, reason: "it has \(answer.count) elements, leaf and root are expected")
        }
        let roots = try CertificateText.certificates(Array(rootsText.utf8), of: owner)
        var chain: [Certificate] = []
        for text in answer.dropLast() { chain += try CertificateText.certificates(Array(text.utf8), of: owner) }
        guard let leaf = chain.first else { throw .certificates(of: owner, reason: "there is no leaf") }
        try CertificateText.check(leaf, isFor: key, at: now, owner: owner)
        guard leaf.uris == [identity.description] else {
            throw .identity(found: leaf.uris, expected: identity.description)
        }
        try await verifyChain(leaf, intermediates: chain.dropFirst(), roots: roots, at: now)
        return IssuedCertificate(
            chain: chain,
            roots: roots,
            key: key,
            identity: identity,
            notBefore: leaf.validFrom,
            notAfter: leaf.validUntil,
            serial: leaf.serialText
        )
    }

    /// Whether the chain leads to one of these roots.
    func isRooted(in others: [Certificate], at now: UnixTime) async -> Bool {
        guard let leaf = chain.first else { return false }
        do {
            try await Self.verifyChain(leaf, intermediates: chain.dropFirst(), roots: others, at: now)
            return true
        } catch {
            return false
        }
    }

    private static func verifyChain(
        _ leaf: Certificate,
        intermediates: some Sequence<Certificate>,
        roots: [Certificate],
        at now: UnixTime
    ) async throws(SecretError) {
        var verifier = Verifier(rootCertificates: CertificateStore(roots)) {
            RFC5280Policy(fixedExpiryValidationTime: now.date)
            CheckedElsewhere()
        }
        let result = await verifier.validate(leaf: leaf, intermediates: CertificateStore(intermediates))
        guard case .couldNotValidate(let failures) = result else { return }
        let reasons = failures.map { "\($0.policyFailureReason)" }
        throw .chain(
            of: owner,
            reason: reasons.isEmpty ? "no root signed it or its issuers" : reasons.joined(separator: "; ")
        )
    }
}

/// Names are compared with what was asked for; a leaf without a subject has them as a critical extension.
private struct CheckedElsewhere: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
        .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.extendedKeyUsage,
    ]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult { .meetsPolicy }
}
