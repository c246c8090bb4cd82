internal import CEpoll
package import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// How connections are opened: options, source address, and how long that may take.
package struct SocketConnector {
    package var options: [SocketSetting]
    /// The source; nil leaves it to the kernel.
    package var source: SocketAddress?
    package var timeout: TimeAmount

    package init(options: [SocketSetting] = [], source: SocketAddress? = nil, timeout: TimeAmount = .seconds(10)) {
        self.options = options
        self.source = source
        self.timeout = timeout
    }

    /// Opens a connection to `address`. On the loop.
    ///
    /// `prepare` puts the handlers in place before anything happens. `connected` is called once, before the pipeline
    /// becomes active and never before this returns. Its errors are `IOError` of the kernel,
    /// `ChannelError.connectTimeout`, and what `prepare` throws.
    package func connect(
        to address: SocketAddress,
        on loop: SocketLoop,
        prepare: (SocketChannel) throws -> Void,
        connected: @escaping (Result<SocketChannel, any Error>) -> Void
    ) {
        let channel: SocketChannel
        do throws(IOError) {
            channel = try open(address, loop)
        } catch {
            return loop.afterTurn { connected(.failure(error)) }
        }
        do {
            try prepare(channel)
        } catch {
            channel.close0(error: error, mode: .all, promise: nil)
            return loop.afterTurn { connected(.failure(error)) }
        }
        channel.connect(to: address, timeout: timeout, connected)
    }

    private func open(_ address: SocketAddress, _ loop: SocketLoop) throws(IOError) -> SocketChannel {
        let descriptor = try SocketCall.check("socket") { cepoll_socket(address.family) }
        do throws(IOError) {
            // A Unix socket knows none of TCP's.
            let isUnix = address.family == AF_UNIX
            for option in options where !isUnix { try SocketCall.set(descriptor, option) }
            if let source, !isUnix {
                _ = try SocketCall.check("bind") { source.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) } }
            }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        return SocketChannel(loop: loop, descriptor: descriptor, remoteAddress: address)
    }
}
