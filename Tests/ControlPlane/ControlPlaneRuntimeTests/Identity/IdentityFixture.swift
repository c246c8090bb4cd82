import CertificateAuthority
import Crypto
import Foundation
import KubernetesAPI
import Logging
import MeshConfig
import SwiftASN1
import X509

@testable import ControlPlaneRuntime

enum IdentityFixture {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)
    static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    static func files(_ domain: String = "cluster.local") throws -> AuthorityFiles {
        try SigningAuthority.selfSigned(trustDomain: domain, source: "test", now: now)
    }

    static func authority(_ files: AuthorityFiles) throws -> SigningAuthority { try SigningAuthority(files, now: now) }

    static func secret(_ name: String, _ texts: [String: String]) -> KubernetesObject {
        var object = KubernetesObject(.secrets, ObjectName(namespace: "istio-system", name: name))
        object["data"] = JSONValue(texts.mapValues { Base64.encode($0.utf8) })
        return object
    }

    static func secret(_ name: String, _ files: AuthorityFiles, roots: String = "") -> KubernetesObject {
        secret(name, ["ca-cert.pem": files.certificate, "ca-key.pem": files.key, "root-cert.pem": roots])
    }

    static func trust(_ authority: SigningAuthority, mesh: MeshConfiguration = MeshConfiguration()) -> MeshTrust {
        MeshTrust(authority, mesh: mesh, logger: logger)
    }

    /// A certificate of a workload, signed by nobody in particular.
    static func certificate(_ names: [GeneralName], from: Double = -60, to: Double = 60) throws -> Certificate {
        let key = P256.Signing.PrivateKey()
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now + from,
            notValidAfter: now + to,
            issuer: DistinguishedName(),
            subject: DistinguishedName(),
            extensions: Certificate.Extensions { Critical(SubjectAlternativeNames(names)) },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
    }
}
