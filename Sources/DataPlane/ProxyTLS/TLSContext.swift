internal import NIOCore
package import NIOSSL
package import ProxySnapshot
internal import Synchronization

/// Settings and secrets made into what handshakes run with. Shared by all workers; nothing of it changes but that it may
/// have been replaced.
package final class TLSContext: Sendable {
    package let core: TLSCore
    /// The context of the library.
    package let library: NIOSSLContext
    /// What was revoked.
    package let revocations: RevocationList
    /// The first URI in our own certificate, which is what a mesh knows us by; empty if there is none.
    package let localIdentity: String
    /// The same as bytes.
    package let localIdentityBytes: ContiguousArray<UInt8>
    private let replaced = Atomic<Bool>(false)
    /// Whether another context was made since for the same settings. Any thread.
    package var isReplaced: Bool { replaced.load(ordering: .acquiring) }

    /// - Throws: `TLSUnavailable`, or what the library says of bytes that are no certificate or key.
    init(_ core: TLSCore, certificate: CertificateSecret?, validation: ValidationSecret?) throws {
        self.core = core
        var chain: [NIOSSLCertificate] = []
        var key: NIOSSLPrivateKey?
        if let certificate {
            chain = try Self.certificates(certificate.chain, "the certificate chain")
            do {
                key = try NIOSSLPrivateKey(bytes: certificate.privateKey, format: .pem)
            } catch {
                throw TLSUnavailable(reason: "the private key is no PEM key that can be read")
            }
            guard !chain.isEmpty else { throw TLSUnavailable(reason: "the certificate chain is empty") }
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if core.side == .server {
            guard let key else { throw TLSUnavailable(reason: "a server needs a certificate with its key") }
            configuration = .makeServerConfiguration(certificateChain: [], privateKey: .privateKey(key))
        }
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = key.map { .privateKey($0) }
        configuration.minimumTLSVersion = core.minimumVersion == .v1_3 ? .tlsv13 : .tlsv12
        configuration.maximumTLSVersion = core.maximumVersion == .v1_3 ? .tlsv13 : .tlsv12
        configuration.cipherSuites = try Self.cipherSuites(core.cipherSuites) ?? configuration.cipherSuites
        configuration.curves = try Self.curves(core.curves)
        configuration.applicationProtocols = core.applicationProtocols.filter { Self.isSpoken($0, by: core.side) }
        configuration.renegotiationSupport = .none
        // A peer that never says goodbye keeps what its handshake took for so long, even if it is gone.
        configuration.shutdownTimeout = .milliseconds(250)
        try Self.trust(core, validation, in: &configuration)
        // Clients with several certificates choose by it.
        configuration.sendCANameList = core.side == .server
        do {
            library = try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSUnavailable(reason: "the certificate and its key do not go together, or cannot be used: \(error)")
        }
        revocations = try RevocationList(pem: validation?.revocations ?? [])
        localIdentity = chain.first.map { PeerCertificate($0).uris.first ?? "" } ?? ""
        localIdentityBytes = ContiguousArray(localIdentity.utf8)
    }

    /// Says that there is another one now.
    func replace() { replaced.store(true, ordering: .releasing) }

    private static func trust(
        _ core: TLSCore,
        _ validation: ValidationSecret?,
        in configuration: inout TLSConfiguration
    ) throws {
        if let validation {
            let anchors = try certificates(validation.anchors, "the trust bundle")
            guard !anchors.isEmpty else { throw TLSUnavailable(reason: "the trust bundle has no certificate") }
            configuration.trustRoots = .certificates(anchors)
        } else if core.trust == .system {
            configuration.trustRoots = .default
        } else {
            configuration.trustRoots = .certificates([])
        }
        switch (core.trust, core.requiresPeerCertificate) {
        // Names are checked by `PeerVerifier`: a SPIFFE identity is no host name.
        case (.inline, true), (.secret, true), (.system, true):
            configuration.certificateVerification = .noHostnameVerification
        case (.inline, false), (.secret, false), (.system, false):
            configuration.certificateVerification = .optionalVerification
        case (.untrusted, _), (nil, _):
            configuration.certificateVerification = .none
        }
    }

    private static func certificates(_ pem: [UInt8], _ what: String) throws -> [NIOSSLCertificate] {
        do {
            return try NIOSSLCertificate.fromPEMBytes(pem)
        } catch {
            throw TLSUnavailable(reason: "\(what) is no PEM that can be read")
        }
    }

    /// HTTP/2 is not spoken yet, so a server must not choose it.
    private static func isSpoken(_ name: String, by side: TLSSide) -> Bool {
        side == .client || (name != "h2" && name != "istio-h2")
    }

    private static func cipherSuites(_ names: [String]) throws -> String? {
        guard !names.isEmpty else { return nil }
        let known = names.filter { knownCipherSuites.contains($0) }
        guard !known.isEmpty else {
            throw TLSUnavailable(reason: "none of the cipher suites \(names.joined(separator: ", ")) is known")
        }
        return known.joined(separator: ":")
    }

    /// As OpenSSL spells them; those of TLS 1.3 cannot be chosen, as in Envoy.
    private static let knownCipherSuites: Set<String> = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA",
    ]

    private static func curves(_ names: [String]) throws -> [NIOTLSCurve]? {
        guard !names.isEmpty else { return nil }
        let known: [NIOTLSCurve] = names.compactMap { name in
            switch name {
            case "X25519": .x25519
            case "P-256": .secp256r1
            case "P-384": .secp384r1
            case "P-521": .secp521r1
            case "X25519MLKEM768": .x25519_MLKEM768
            default: nil
            }
        }
        guard !known.isEmpty else {
            throw TLSUnavailable(reason: "none of the curves \(names.joined(separator: ", ")) is known")
        }
        return known
    }
}
