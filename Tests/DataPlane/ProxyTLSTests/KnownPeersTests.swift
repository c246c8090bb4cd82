import MeshTesting
import NIOSSL
import ProxyTLS
import Testing

/// Certificates are read once, and what is remembered has an end.
@Suite struct KnownPeersTests {
    private let authority: TestAuthority

    init() throws { authority = try TestAuthority() }

    private func certificate(_ name: String) throws -> NIOSSLCertificate {
        let leaf = try authority.workload("spiffe://cluster.local/ns/default/sa/\(name)")
        return try NIOSSLCertificate(bytes: Array(leaf.chainPEM.utf8), format: .pem)
    }

    @Test func theSameCertificateIsTheSamePeer() throws {
        let peers = KnownPeers()
        let (web, other) = (try certificate("web"), try certificate("web"))
        let again = try NIOSSLCertificate(bytes: web.toDERBytes(), format: .der)
        #expect(peers.peer(web) === peers.peer(again))
        // The same name on another certificate: another serial number, another key.
        #expect(peers.peer(web) !== peers.peer(other))
        #expect(peers.peer(web).uris == ["spiffe://cluster.local/ns/default/sa/web"])
        #expect(peers.peer(web).texts.digest != peers.peer(other).texts.digest)
    }

    @Test func ofManyPeersTheFirstAreForgotten() throws {
        let peers = KnownPeers()
        let first = try certificate("first")
        let known = peers.peer(first)
        for number in 0..<256 {
            let peer = peers.peer(try certificate("w\(number)"))
            #expect(peer.uris == ["spiffe://cluster.local/ns/default/sa/w\(number)"])
        }
        #expect(peers.peer(first) !== known)
        #expect(peers.peer(first).uris == known.uris)
    }
}
