import MeshTesting
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS
import ProxySnapshot

@testable import ProxyTLS

/// A server of ours and any client, shaking hands without sockets.
struct HandshakeInMemory {
    /// How it ended, as the server sees it.
    enum Outcome: Equatable {
        case accepted
        /// The chain or the handshake itself was refused.
        case handshakeFailed
        case refused(PeerRefusal)
        case unavailable
    }

    let contexts = TLSContexts()
    let authority: TestAuthority
    let settings: TLSSettings

    /// A server in trust domain `cluster.local` whose clients `authority` signs.
    init(
        _ authority: TestAuthority,
        names: [SubjectAltNameMatcher] = [.init(kind: .uri, matcher: .prefix("spiffe://cluster.local/"))],
        peer: PeerRequirements? = nil,
        trust: TrustSource = .secret("ROOTCA"),
        requiresPeer: Bool = true
    ) throws {
        self.authority = authority
        settings = TLSSettings(
            core: TLSCore(
                side: .server,
                certificate: .secret("default"),
                trust: trust,
                requiresPeerCertificate: requiresPeer,
                minimumVersion: .v1_3,
                applicationProtocols: ["h2", "http/1.1"]
            ),
            peer: peer ?? PeerRequirements(names: names)
        )
        try give(authority.workload("spiffe://cluster.local/ns/server/sa/server"), roots: authority.pem)
    }

    func give(_ own: IssuedLeaf, roots: String, revocations: String = "") throws {
        contexts.update([
            "default": .certificate(
                CertificateSecret(chain: Array(own.chainPEM.utf8), privateKey: Array(own.keyPEM.utf8))
            ),
            "ROOTCA": .validation(ValidationSecret(anchors: Array(roots.utf8), revocations: Array(revocations.utf8))),
        ])
    }

    /// What becomes of a client that shows `leaf`, or nothing.
    func outcome(of leaf: IssuedLeaf?, now: Int64? = nil) throws -> Outcome { try shakeHands(with: leaf, now).outcome }

    /// What the log says of the failed handshake of a client that shows `leaf`; nil if it did not fail.
    func logged(of leaf: IssuedLeaf) throws -> String? { try shakeHands(with: leaf, nil).logged }

    private func shakeHands(with leaf: IssuedLeaf?, _ now: Int64?) throws -> (outcome: Outcome, logged: String?) {
        guard case .success(let context) = contexts.context(for: settings) else { return (.unavailable, nil) }
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateVerification = .none
        if let leaf {
            client.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(leaf.chainPEM.utf8)).map {
                .certificate($0)
            }
            client.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(leaf.keyPEM.utf8), format: .pem))
        }
        let loop = EmbeddedEventLoop()
        let done = Completion()
        let serverChannel = EmbeddedChannel(loop: loop)
        let clientChannel = EmbeddedChannel(loop: loop)
        try serverChannel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context.library), done])
        let clientHandler = try NIOSSLClientHandler(context: NIOSSLContext(configuration: client), serverHostname: nil)
        try clientChannel.pipeline.syncOperations.addHandler(clientHandler)
        try EmbeddedWire.connect(serverChannel, clientChannel)
        defer {
            // To wait for the goodbyes of TLS would be to wait for ever: nobody carries them any more.
            loop.advanceTime(by: .hours(1))
            serverChannel.close(promise: nil)
            clientChannel.close(promise: nil)
            loop.advanceTime(by: .hours(1))
        }
        guard done.isComplete else { return (.handshakeFailed, done.logged) }
        let shown = try? serverChannel.pipeline.syncOperations.nioSSL_peerCertificate()
        let refusal = PeerVerifier.refusal(
            of: shown.flatMap { $0 }.map(PeerCertificate.init),
            by: settings,
            context: context,
            now: now ?? Int64(Clock.secondsSince1970)
        )
        return (refusal.map { .refused($0) } ?? .accepted, nil)
    }

    private final class Completion: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var isComplete = false
        var logged: String?

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case TLSUserEvent.handshakeCompleted = event { isComplete = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            let shown = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
            let now = Int64(Clock.secondsSince1970)
            logged =
                logged ?? TLSFailure.text(of: error, peer: shown.flatMap { $0 }.map(PeerCertificate.init), now: now)
        }
    }
}

/// The time of day that certificates of tests are made by.
enum Clock {
    static var secondsSince1970: Double { Double(time) }

    private static var time: Int { MeshTesting.secondsSince1970() }
}

extension HandshakeInMemory {
    /// The leaf as a handshake gives it.
    static func peer(of leaf: IssuedLeaf) throws -> PeerCertificate {
        PeerCertificate(try NIOSSLCertificate(bytes: Array(leaf.alone.chainPEM.utf8), format: .pem))
    }

    /// What pins of a certificate and its key look like.
    static func digest(of leaf: IssuedLeaf) throws -> (certificate: String, publicKey: String) {
        let certificate = try peer(of: leaf)
        return (certificate.digest, certificate.publicKeyDigest ?? "")
    }
}
