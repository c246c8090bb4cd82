package import NIOSSL

/// The certificates that peers have shown, read once: the same few peers come again and again.
///
/// Holds what a certificate says, never what was decided about it. Confined to a worker's loop.
package final class KnownPeers {
    private var peers: [NIOSSLCertificate: PeerCertificate] = [:]
    /// More than the callers of most workloads; a few KB each.
    private static let most = 256

    package init() {}

    /// What `certificate` says.
    package func peer(_ certificate: NIOSSLCertificate) -> PeerCertificate {
        if let known = peers[certificate] { return known }
        let peer = PeerCertificate(certificate)
        if peers.count >= Self.most { peers = [:] }
        peers[certificate] = peer
        return peer
    }
}
