import Glibc

/// A TCP port of the host's loopback, listening on 127.0.0.1 and, where there is IPv6, on ::1.
package struct LoopbackListener: Sendable {
    package let port: UInt16
    /// One or two listening sockets, non-blocking; whoever runs them owns them.
    package let descriptors: [Int32]

    /// Why the port cannot be had; names the port and, when `/proc` tells, who has it.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package var port: UInt16
        /// `NAME (pid N)`.
        package var holder: String?
        package var cause: SystemCallError
        package var description: String {
            if let holder { return "port \(port) of the loopback is taken by \(holder)" }
            return "port \(port) of the loopback cannot be had: \(cause)"
        }
    }

    /// Port 0 takes a free one.
    package init(port wish: UInt16) throws(Failure) {
        let first = try Self.listen(AF_INET, wish)
        let port = wish != 0 ? wish : SocketAddressBytes.port(of: first)
        self.port = port
        do {
            descriptors = [first, try Self.listen(AF_INET6, port)]
        } catch {
            // Only a taken port is the user's concern; without IPv6 one socket is enough.
            guard wish != 0, error.cause.code == EADDRINUSE else {
                descriptors = [first]
                return
            }
            close(first)
            throw error
        }
    }

    private static func listen(_ family: Int32, _ port: UInt16) throws(Failure) -> Int32 {
        let flags = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(family, Int32(bitPattern: flags), 0)
        guard descriptor >= 0 else { throw Failure(port: port, cause: SystemCallError("make a socket")) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        if family == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        let address =
            family == AF_INET
            ? SocketAddressBytes.ipv4(IPv4Address(number: 0x7F00_0001), port) : SocketAddressBytes.ipv6Loopback(port)
        let bound = withSocketAddress(address) { bind(descriptor, $0, $1) }
        if bound == 0, Glibc.listen(descriptor, 1024) == 0 { return descriptor }
        let cause = SystemCallError("listen on port \(port)")
        close(descriptor)
        throw Failure(port: port, holder: cause.code == EADDRINUSE ? PortHolder.name(of: port) : nil, cause: cause)
    }
}
