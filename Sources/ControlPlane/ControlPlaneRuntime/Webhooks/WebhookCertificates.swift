internal import Crypto
internal import Foundation
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// An authority of the webhooks' own and the certificate they serve with; both live as long as the process.
struct WebhookCertificates: Sendable {
    /// PEM, for `caBundle`.
    let authority: String
    /// What the server shows.
    let serving: TLSConfiguration

    static let lifetime: TimeInterval = 365 * 86_400
    /// A clock that is a little behind must not refuse a certificate made just now.
    private static let backdating: TimeInterval = 300

    /// Makes new P-256 keys; `names` are the DNS names the API server may call.
    init(names: [String], now: Date = Date()) throws {
        let authorityKey = P256.Signing.PrivateKey()
        let authorityName = try Self.authorityName()
        let authority = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(authorityKey.publicKey),
            notValidBefore: now - Self.backdating,
            notValidAfter: now + Self.lifetime,
            issuer: authorityName,
            subject: authorityName,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(authorityKey.publicKey))
            },
            issuerPrivateKey: Certificate.PrivateKey(authorityKey)
        )
        let key = P256.Signing.PrivateKey()
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now - Self.backdating,
            notValidAfter: now + Self.lifetime,
            issuer: authorityName,
            subject: try DistinguishedName { CommonName(names.first ?? "istiod") },
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map { .dnsName($0) })
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(
                        hash: Certificate.PublicKey(authorityKey.publicKey)
                    ).keyIdentifier
                )
            },
            issuerPrivateKey: Certificate.PrivateKey(authorityKey)
        )
        self.authority = try authority.serializeAsPEM().pemString
        var serving = TLSConfiguration.makeServerConfiguration(
            certificateChain: [
                .certificate(
                    try NIOSSLCertificate(bytes: Array(certificate.serializeAsPEM().pemString.utf8), format: .pem)
                )
            ],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem))
        )
        serving.minimumTLSVersion = .tlsv12
        self.serving = serving
    }

    /// The names under which a Service can be called, for the revision's and the default one.
    static func names(revision: String, namespace: String) -> [String] {
        let services = revision == "default" ? ["istiod", "istio-pilot"] : ["istiod-\(revision)", "istiod"]
        return services.flatMap { service in
            ["\(service).\(namespace).svc", "\(service).\(namespace)", "\(service).\(namespace).svc.cluster.local"]
        }
    }

    /// Whether a PEM document is an authority that this or another control plane made, and may sign today.
    static func isAuthority(_ document: PEMDocument) -> Bool {
        guard let certificate = try? Certificate(pemDocument: document), let name = try? authorityName() else {
            return false
        }
        return certificate.subject == name && certificate.notValidAfter > Date()
    }

    private static func authorityName() throws -> DistinguishedName {
        try DistinguishedName { CommonName("martletd webhooks") }
    }
}
