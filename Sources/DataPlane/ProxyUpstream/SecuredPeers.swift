package import NIOCore
package import ProxySnapshot
package import ProxyTLS

/// The peers that a worker's connections were secured with, so that a revocation list ends those that are up.
///
/// Confined to the worker's loop.
package final class SecuredPeers {
    private struct Entry {
        let peer: PeerCertificate
        let settings: TLSSettings
        let channel: any Channel
    }

    private var entries: [ObjectIdentifier: Entry] = [:]

    /// Notes the peer of a connection until it closes.
    package func add(_ peer: PeerCertificate, _ settings: TLSSettings, on channel: any Channel) {
        let key = ObjectIdentifier(channel)
        entries[key] = Entry(peer: peer, settings: settings, channel: channel)
        channel.closeFuture.assumeIsolated().whenComplete { [weak self] _ in self?.entries[key] = nil }
    }

    /// Closes the connections whose peer is on a revocation list by now; answers how many.
    @discardableResult
    package func closeRevoked(by contexts: TLSContexts) -> Int {
        let revoked = entries.values.filter { entry in
            guard case .success(let context) = contexts.context(for: entry.settings) else { return false }
            return context.revocations.contains(entry.peer)
        }
        for entry in revoked { entry.channel.close(promise: nil) }
        return revoked.count
    }
}
