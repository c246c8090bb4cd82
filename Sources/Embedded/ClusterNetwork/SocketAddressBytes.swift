import Glibc

/// `struct sockaddr_in` and `sockaddr_in6` as bytes (ip(7), ipv6(7)).
enum SocketAddressBytes {
    static func ipv4(_ address: IPv4Address, _ port: UInt16) -> [UInt8] {
        family(AF_INET) + bigEndian(port) + address.bytes + [UInt8](repeating: 0, count: 8)
    }

    /// `[::1]`.
    static func ipv6Loopback(_ port: UInt16) -> [UInt8] {
        family(AF_INET6) + bigEndian(port) + [UInt8](repeating: 0, count: 19) + [1, 0, 0, 0, 0]
    }

    /// The port a socket is bound to; 0 when the kernel does not tell.
    static func port(of descriptor: Int32) -> UInt16 {
        var bytes = [UInt8](repeating: 0, count: 28)
        var length = socklen_t(bytes.count)
        _ = bytes.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { $0.baseAddress.map { getsockname(descriptor, $0, &length) } }
        }
        return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }

    private static func family(_ family: Int32) -> [UInt8] {
        withUnsafeBytes(of: UInt16(truncatingIfNeeded: family)) { Array($0) }
    }

    private static func bigEndian(_ port: UInt16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
    }
}

/// Calls `bind` or `connect` with an address of ``SocketAddressBytes``.
func withSocketAddress(_ bytes: [UInt8], _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    bytes.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return -1 }
        return body(start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
}
