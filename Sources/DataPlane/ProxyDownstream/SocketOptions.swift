internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Socket option numbers NIO has no name for.
enum SocketOptions {
    static var reusePort: CInt { SO_REUSEPORT }

    /// `IP_TRANSPARENT`, `IPV6_TRANSPARENT`: level and name.
    static func transparent(isIPv6: Bool) -> ChannelOptions.Types.SocketOption {
        isIPv6
            ? .init(level: .init(rawValue: CInt(IPPROTO_IPV6)), name: .init(rawValue: 75))
            : .init(level: .init(rawValue: CInt(IPPROTO_IP)), name: .init(rawValue: 19))
    }
}
