package import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// Where a captured connection was going before iptables redirected it here; Envoy's `original_dst` listener filter.
package enum OriginalDestination {
    /// Asks the kernel (`SO_ORIGINAL_DST`, `IP6T_SO_ORIGINAL_DST`: both option 80) about an accepted connection.
    ///
    /// Answers synchronously on the channel's event loop with nil if the connection was not redirected.
    package static func read(_ channel: any Channel) -> SocketAddress? {
        #if canImport(Glibc)
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        switch channel.localAddress {
        case .v4:
            return read(provider, level: SOL_IP, as: sockaddr_in.self).map { SocketAddress($0) }
        case .v6:
            if let address = read(provider, level: SOL_IPV6, as: sockaddr_in6.self) { return SocketAddress(address) }
            // A dual-stack listener sees IPv4 peers as mapped addresses, whose NAT entry is IPv4's.
            return read(provider, level: SOL_IP, as: sockaddr_in.self).map { SocketAddress($0) }
        default:
            return nil
        }
        #else
        return nil
        #endif
    }

    #if canImport(Glibc)
    private static func read<Address: Sendable>(
        _ provider: any SocketOptionProvider,
        level: Int32,
        as type: Address.Type
    ) -> Address? {
        let box = AnswerBox<Address>()
        let future: EventLoopFuture<Address> = provider.unsafeGetSocketOption(
            level: NIOBSDSocket.OptionLevel(rawValue: level),
            name: NIOBSDSocket.Option(rawValue: 80)
        )
        // On its own loop the channel answers before returning, hence the callback runs right here.
        future.assumeIsolated().whenSuccess { box.value = $0 }
        return box.value
    }
    #endif
}

/// Carries a value out of a callback that runs on the same thread before the caller goes on.
private final class AnswerBox<Value> {
    var value: Value?
}
