import MeshTesting
import NIOEmbedded
import NIOSSL
import ProxySnapshot
import ProxyTLS
import ProxyUpstream
import SecurityTags
import Testing

/// A revocation list ends the connections that are up; one that shakes hands at that moment is none of them yet.
@Suite(.tags(.sec25)) struct RevocationMeanwhileTests {
    private let authority: TestAuthority
    private let own: IssuedLeaf
    private let contexts = TLSContexts()
    private let settings = TLSSettings(
        core: TLSCore(
            side: .server,
            certificate: .secret("default"),
            trust: .secret("ROOTCA"),
            requiresPeerCertificate: true
        )
    )

    init() throws {
        authority = try TestAuthority()
        own = try authority.workload("spiffe://cluster.local/ns/default/sa/server")
    }

    private func give(revocations: String = "") throws {
        contexts.update([
            "default": .certificate(
                CertificateSecret(chain: Array(own.chainPEM.utf8), privateKey: Array(own.keyPEM.utf8))
            ),
            "ROOTCA": .validation(
                ValidationSecret(anchors: Array(try authority.pem.utf8), revocations: Array(revocations.utf8))
            ),
        ])
    }

    @Test func aListThatComesDuringTheHandshakeCounts() throws {
        let caller = try authority.workload("spiffe://cluster.local/ns/default/sa/web")
        let peer = PeerCertificate(try NIOSSLCertificate(bytes: Array(caller.chainPEM.utf8), format: .pem))
        let worker = Worker(index: 0, eventLoop: EmbeddedEventLoop(), tls: contexts)
        try give()
        let begun = try contexts.context(for: settings).get()
        #expect(worker.refusal(of: peer, by: settings, context: begun) == nil)
        try give(revocations: authority.revoke([caller.certificate]))
        #expect(worker.refusal(of: peer, by: settings, context: begun) == .revoked)
    }

    @Test func aSecretThatGoesLeavesTheListOfBefore() throws {
        let caller = try authority.workload("spiffe://cluster.local/ns/default/sa/web")
        let peer = PeerCertificate(try NIOSSLCertificate(bytes: Array(caller.chainPEM.utf8), format: .pem))
        let worker = Worker(index: 0, eventLoop: EmbeddedEventLoop(), tls: contexts)
        try give(revocations: authority.revoke([caller.certificate]))
        let begun = try contexts.context(for: settings).get()
        contexts.update([:])
        #expect(worker.refusal(of: peer, by: settings, context: begun) == .revoked)
    }
}
