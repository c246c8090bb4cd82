import Crypto
package import Foundation
import SwiftASN1
package import X509

/// A certificate authority of a test: signs whatever it is told to, wrong things too.
package struct TestAuthority: Sendable {
    package let certificate: Certificate
    package let key: Certificate.PrivateKey
    private let keyPEM: String
    /// Certificates between this one and the root, nearest first; empty for a root.
    private let above: [Certificate]

    /// A root that signs itself.
    package init(_ name: String = "root", now: Date = Date(), lifetime: TimeInterval = 86400 * 365) throws {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(name) }
        self.key = Certificate.PrivateKey(key)
        keyPEM = key.pemRepresentation
        above = []
        certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: self.key.publicKey,
            notValidBefore: now.addingTimeInterval(-3600),
            notValidAfter: now.addingTimeInterval(lifetime),
            issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            },
            issuerPrivateKey: self.key
        )
    }

    private init(_ certificate: Certificate, _ key: P256.Signing.PrivateKey, above: [Certificate]) {
        self.certificate = certificate
        self.key = Certificate.PrivateKey(key)
        keyPEM = key.pemRepresentation
        self.above = above
    }

    /// An authority that this one signs; `isAuthority` false makes one that must not sign.
    package func intermediate(
        _ name: String,
        isAuthority: Bool = true,
        maxPathLength: Int? = nil,
        expiresIn: TimeInterval = 86400
    ) throws -> TestAuthority {
        let key = P256.Signing.PrivateKey()
        let made = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            notValidBefore: Date().addingTimeInterval(-86400 * 2),
            notValidAfter: Date().addingTimeInterval(expiresIn),
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(name) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                if isAuthority {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: maxPathLength))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                } else {
                    Critical(BasicConstraints.notCertificateAuthority)
                }
            },
            issuerPrivateKey: self.key
        )
        return TestAuthority(made, key, above: [certificate] + above)
    }

    /// The certificate in PEM.
    package var pem: String { get throws { try certificate.serializeAsPEM().pemString } }

    /// A leaf as described.
    package func issue(_ description: TestLeaf) throws -> IssuedLeaf {
        let key = P256.Signing.PrivateKey()
        let made = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            notValidBefore: description.notBefore,
            notValidAfter: description.notAfter,
            issuer: certificate.subject,
            subject: try description.commonName.map { name in try DistinguishedName { CommonName(name) } }
                ?? DistinguishedName(),
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try description.extensions(),
            issuerPrivateKey: self.key
        )
        let own = above.isEmpty ? [] : [certificate] + above.dropLast()
        let chain = try ([made] + own).map { try $0.serializeAsPEM().pemString }.joined(separator: "\n")
        return IssuedLeaf(certificate: made, chainPEM: chain, keyPEM: key.pemRepresentation)
    }

    /// A workload's certificate as the mesh's own authority makes it.
    package func workload(_ uri: String) throws -> IssuedLeaf { try issue(TestLeaf(uris: [uri])) }
}

/// A certificate with its key, and what stands between it and the root.
package struct IssuedLeaf: Sendable {
    package let certificate: Certificate
    package let chainPEM: String
    package let keyPEM: String

    package init(certificate: Certificate, chainPEM: String, keyPEM: String) {
        self.certificate = certificate
        self.chainPEM = chainPEM
        self.keyPEM = keyPEM
    }

    /// The same without the certificates between it and the root.
    package var alone: IssuedLeaf {
        get throws {
            IssuedLeaf(
                certificate: certificate,
                chainPEM: try certificate.serializeAsPEM().pemString,
                keyPEM: keyPEM
            )
        }
    }
}

/// What a test wants in a leaf.
package struct TestLeaf: Sendable {
    package var uris: [String]
    package var dnsNames: [String]
    /// Takes the place of the alternative names: DER of `SubjectAltName`.
    package var rawNames: [UInt8]?
    package var commonName: String?
    package var notBefore: Date
    package var notAfter: Date
    package var isAuthority = false
    /// Nil leaves the extension out.
    package var usages: [ExtendedKeyUsage.Usage]?

    package init(
        uris: [String] = [],
        dnsNames: [String] = [],
        rawNames: [UInt8]? = nil,
        commonName: String? = nil,
        startsIn: TimeInterval = -120,
        expiresIn: TimeInterval = 3600,
        isAuthority: Bool = false,
        usages: [ExtendedKeyUsage.Usage]? = [.serverAuth, .clientAuth]
    ) {
        self.uris = uris
        self.dnsNames = dnsNames
        self.rawNames = rawNames
        self.commonName = commonName
        notBefore = Date().addingTimeInterval(startsIn)
        notAfter = Date().addingTimeInterval(expiresIn)
        self.isAuthority = isAuthority
        self.usages = usages
    }

    func extensions() throws -> Certificate.Extensions {
        let names = uris.map { GeneralName.uniformResourceIdentifier($0) } + dnsNames.map { GeneralName.dnsName($0) }
        return try Certificate.Extensions {
            if isAuthority {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            } else {
                Critical(BasicConstraints.notCertificateAuthority)
            }
            Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
            if let usages { try ExtendedKeyUsage(usages) }
            if let rawNames {
                Certificate.Extension(oid: [2, 5, 29, 17], critical: true, value: rawNames[...])
            } else if !names.isEmpty {
                Critical(SubjectAlternativeNames(names))
            }
        }
    }
}

/// The time of day that certificates of tests are made by.
package func secondsSince1970() -> Int { Int(Date().timeIntervalSince1970) }
