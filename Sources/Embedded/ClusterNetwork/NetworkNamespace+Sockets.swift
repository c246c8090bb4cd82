import Glibc

extension NetworkNamespace {
    /// A listening TCP socket, non-blocking, for `ServerBootstrap.withBoundSocket`; port 0 takes a free one.
    ///
    /// The caller owns the descriptor.
    package func listenTCP(_ address: IPv4Address, port: UInt16, backlog: Int32 = 1024) async throws -> Int32 {
        try await run {
            try Self.boundSocket(SOCK_STREAM, address, port) { descriptor in
                guard listen(descriptor, backlog) == 0 else { throw SystemCallError("listen on \(address):\(port)") }
            }
        }
    }

    /// A bound UDP socket, non-blocking, for `DatagramBootstrap.withBoundSocket`; port 0 takes a free one.
    package func bindUDP(_ address: IPv4Address, port: UInt16) async throws -> Int32 {
        try await run { try Self.boundSocket(SOCK_DGRAM, address, port) { _ in } }
    }

    /// A connected TCP socket, non-blocking, for `ClientBootstrap.withConnectedSocket`.
    ///
    /// A thread waits for at most `timeout`; then, and when refused or unreachable, it throws ``SystemCallError``.
    package func connectTCP(
        _ address: IPv4Address,
        port: UInt16,
        timeout: Duration = .seconds(5)
    ) async throws -> Int32 {
        let milliseconds = Int32(clamping: timeout.components.seconds) &* 1000
        let wait =
            timeout.components.seconds > 1_000_000
            ? Int32.max : milliseconds + Int32(timeout.components.attoseconds / 1_000_000_000_000_000)
        return try await run {
            let operation = "connect to \(address):\(port)"
            let descriptor = try Self.socketDescriptor(SOCK_STREAM)
            do {
                let code = withSocketAddress(SocketAddressBytes.ipv4(address, port)) { connect(descriptor, $0, $1) }
                if code != 0 {
                    guard errno == EINPROGRESS else { throw SystemCallError(operation) }
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    guard poll(&waiting, 1, wait) > 0 else { throw SystemCallError(operation, code: ETIMEDOUT) }
                    var failure: Int32 = 0
                    var length = socklen_t(MemoryLayout<Int32>.size)
                    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) == 0 else {
                        throw SystemCallError(operation)
                    }
                    guard failure == 0 else { throw SystemCallError(operation, code: failure) }
                }
                return descriptor
            } catch {
                close(descriptor)
                throw error
            }
        }
    }

    static func socketDescriptor(_ type: __socket_type) throws(SystemCallError) -> Int32 {
        let flags = type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(AF_INET, Int32(bitPattern: flags), 0)
        guard descriptor >= 0 else { throw SystemCallError("make a socket") }
        return descriptor
    }

    private static func boundSocket(
        _ type: __socket_type,
        _ address: IPv4Address,
        _ port: UInt16,
        then finish: (Int32) throws -> Void
    ) throws -> Int32 {
        let descriptor = try socketDescriptor(type)
        do {
            var yes: Int32 = 1
            if type == SOCK_STREAM {
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            }
            guard withSocketAddress(SocketAddressBytes.ipv4(address, port), { bind(descriptor, $0, $1) }) == 0 else {
                throw SystemCallError("bind \(address):\(port)")
            }
            try finish(descriptor)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }
}
