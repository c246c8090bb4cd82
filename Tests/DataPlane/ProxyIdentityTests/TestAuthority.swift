import Crypto
import Foundation
import MeshIdentity
import SwiftASN1
import X509

@testable import ProxyIdentity

/// An authority of a test's own: a root, if wanted an intermediate, and leaves with whatever is asked for.
struct TestAuthority: Sendable {
    let root: Certificate
    let rootKey: P256.Signing.PrivateKey
    private let intermediate: (certificate: Certificate, key: P256.Signing.PrivateKey)?
    private let now: UnixTime

    init(name: String = "root", hasIntermediate: Bool = false, now: UnixTime = .now()) throws {
        self.now = now
        rootKey = P256.Signing.PrivateKey()
        root = try Self.authority(name, Certificate.PublicKey(rootKey.publicKey), issuer: nil, rootKey, now)
        if hasIntermediate {
            let key = P256.Signing.PrivateKey()
            let publicKey = Certificate.PublicKey(key.publicKey)
            intermediate = (try Self.authority("\(name)-sub", publicKey, issuer: root.subject, rootKey, now), key)
        } else {
            intermediate = nil
        }
    }

    var rootPEM: String { get throws { try root.serializeAsPEM().pemString } }

    private static func authority(
        _ name: String,
        _ key: Certificate.PublicKey,
        issuer: DistinguishedName?,
        _ signer: P256.Signing.PrivateKey,
        _ now: UnixTime
    ) throws -> Certificate {
        let subject = try DistinguishedName { CommonName(name) }
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key,
            notValidBefore: now.date - 3600,
            notValidAfter: now.date + 864_000,
            issuer: issuer ?? subject,
            subject: subject,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            },
            issuerPrivateKey: Certificate.PrivateKey(signer)
        )
    }

    /// A leaf for a key: its chain without the root.
    func issue(
        _ key: Certificate.PublicKey,
        names: [GeneralName],
        from start: Duration = .seconds(-120),
        until end: Duration = .seconds(86_400)
    ) throws -> [Certificate] {
        let leaf = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key,
            notValidBefore: now.advanced(by: start).date,
            notValidAfter: now.advanced(by: end).date,
            issuer: intermediate?.certificate.subject ?? root.subject,
            subject: DistinguishedName(),
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                Critical(SubjectAlternativeNames(names))
            },
            issuerPrivateKey: Certificate.PrivateKey(intermediate?.key ?? rootKey)
        )
        return [leaf] + (intermediate.map { [$0.certificate] } ?? [])
    }

    /// What an authority answers to a request: leaf, intermediates, root.
    func sign(
        csr: String,
        names: [GeneralName]? = nil,
        from start: Duration = .seconds(-120),
        until end: Duration = .seconds(86_400)
    ) throws -> [String] {
        let request = try CertificateSigningRequest(pemEncoded: csr)
        let asked = try request.attributes.extensionRequest?.extensions.subjectAlternativeNames.map(Array.init) ?? []
        let chain = try issue(request.publicKey, names: names ?? asked, from: start, until: end)
        return try chain.map { try $0.serializeAsPEM().pemString } + [rootPEM]
    }

    /// A chain and its key for a server or a file.
    func pair(
        names: [GeneralName],
        from start: Duration = .seconds(-120),
        until end: Duration = .seconds(86_400)
    ) throws -> (chainPEM: String, keyPEM: String) {
        let key = P256.Signing.PrivateKey()
        let chain = try issue(Certificate.PublicKey(key.publicKey), names: names, from: start, until: end)
        return (try chain.map { try $0.serializeAsPEM().pemString }.joined(separator: "\n"), key.pemRepresentation)
    }
}

/// The identity of most tests.
let webIdentity: SPIFFEIdentity = {
    guard let identity = SPIFFEIdentity("spiffe://cluster.local/ns/shop/sa/web") else { fatalError("it is one") }
    return identity
}()

/// A folder that goes away with the test.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("id-\(UInt32.random(in: 0 ... .max))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ text: String, _ name: String) throws {
        // A new file each time, as volumes of Kubernetes are replaced.
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
