package import NIOCore
package import SocketTransport

#if canImport(Glibc)
internal import Glibc
#endif

/// Where a captured connection was going before iptables redirected it here; Envoy's `original_dst` listener filter.
package enum OriginalDestination {
    // SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST.
    private static let option: CInt = 80

    /// Asks the kernel about an accepted connection; nil if it was not redirected. On the channel's loop.
    package static func read(_ channel: SocketChannel) -> SocketAddress? {
        switch channel.localAddress {
        case .v4: return readV4(channel)
        case .v6:
            let address = channel.socketOption(level: CInt(SOL_IPV6), name: option, as: sockaddr_in6.self)
            if let address { return SocketAddress(address) }
            // A dual-stack listener sees IPv4 peers as mapped addresses, whose NAT entry is IPv4's.
            return readV4(channel)
        default: return nil
        }
    }

    private static func readV4(_ channel: SocketChannel) -> SocketAddress? {
        channel.socketOption(level: CInt(SOL_IP), name: option, as: sockaddr_in.self).map { SocketAddress($0) }
    }
}
