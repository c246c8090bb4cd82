internal import CertificateAuthority
internal import Foundation
internal import Logging
internal import NIOSSL
internal import Synchronization

/// The TLS context of the secured port: made anew when the authority or the trust bundle changes, and before the
/// serving certificate ends. A new context resumes no session of an old one, so that no peer outlives its root.
final class ServingContexts: Sendable {
    private struct Made {
        var context: NIOSSLContext
        var bundle: TrustBundle
        var authority: SigningAuthority
        var renewal: Date
    }

    private let trust: MeshTrust
    private let dnsNames: [String]
    private let addresses: [[UInt8]]
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let made = Mutex<Made?>(nil)

    init(
        trust: MeshTrust,
        dnsNames: [String],
        addresses: [[UInt8]],
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.trust = trust
        self.dnsNames = dnsNames
        self.addresses = addresses
        self.logger = logger
        self.now = now
    }

    /// The context for a connection that begins now; one that cannot be renewed is used to its end.
    func current() throws -> NIOSSLContext {
        let state = trust.state
        return try made.withLock { made in
            if let made, made.bundle == state.bundle, made.authority.isEqual(to: state.authority), now() < made.renewal
            {
                return made.context
            }
            do {
                let fresh = try make(state)
                made = fresh
                return fresh.context
            } catch {
                logger.error("no serving certificate could be made: \(error)")
                guard let made else { throw error }
                return made.context
            }
        }
    }

    private func make(_ state: MeshTrust.State) throws -> Made {
        let serving = try state.authority.serve(dnsNames: dnsNames, addresses: addresses, now: now())
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(serving.chain.utf8))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(serving.key.utf8), format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2"]
        // A workload without a certificate shows a token instead.
        configuration.certificateVerification = .optionalVerification
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(state.bundle.pem.utf8)))
        return Made(
            context: try NIOSSLContext(configuration: configuration),
            bundle: state.bundle,
            authority: state.authority,
            renewal: serving.renewal
        )
    }
}
