internal import HTTPWire
package import ProxySnapshot

/// Whom the access log calls the downstream peer: the connected one, or who `x-forwarded-for` says the client is
/// (Envoy's `HttpConnectionManager.use_remote_address`, `xff_num_trusted_hops` and its default IP detection).
package struct ForwardedClient: Sendable {
    /// Entries at the end of `x-forwarded-for`, as it goes upstream, that stand after the client's; nil takes the peer.
    private let skipped: Int?

    /// The connected peer, always.
    package static let peer = ForwardedClient(skipped: nil)

    private init(skipped: Int?) { self.skipped = skipped }

    package init(_ manager: HTTPConnectionManager) {
        if !manager.usesRemoteAddress {
            skipped = manager.xffTrustedHops
        } else if manager.xffTrustedHops > 0 {
            // The peer was appended meanwhile, and is itself the last of the trusted.
            skipped = manager.skipsXFFAppend ? manager.xffTrustedHops - 1 : manager.xffTrustedHops
        } else {
            skipped = nil
        }
    }

    /// The client's address; nil if the peer is meant, or nothing sound is named.
    func address(in headers: HeaderBlock) -> IPAddress? {
        guard let skipped, headers.isPresent(.xForwardedFor) else { return nil }
        // Several lines are one list.
        var entries: [Substring] = []
        headers.forEach { _, value, header in
            guard header == .xForwardedFor else { return }
            entries += String(decoding: value, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
        }
        guard skipped < entries.count else { return nil }
        return IPAddress(entries[entries.count - 1 - skipped].filter { $0 != " " && $0 != "\t" })
    }
}
