import CSandbox
import Glibc
import NIOCore
import NIOPosix

/// TCP connections made inside a pod's network namespace.
///
/// A socket belongs to the namespace in which it was made, for good: only its making happens on a thread that entered
/// that namespace. That thread does nothing else.
struct NamespaceSockets: Sendable {
    var thread: NIOThreadPool
    var watch: DescriptorWatch
    var group: any EventLoopGroup

    /// Why a port did not answer.
    struct Failure: Error, Sendable, CustomStringConvertible {
        var description: String
    }

    /// A connected, non-blocking socket; the caller closes it.
    func connect(namespace: Int32, address: String, port: UInt16, timeout: Double) async throws -> Int32 {
        let descriptor = try await thread.runIfActive { () throws -> Int32 in
            let error = sandbox_enter_network(namespace)
            guard error == 0 else { throw SystemError(error, "enter the pod's network namespace") }
            let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
            guard made >= 0 else { throw SystemError.last("socket") }
            return made
        }
        do {
            try await finish(descriptor, address, port, timeout)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func finish(_ descriptor: Int32, _ address: String, _ port: UInt16, _ timeout: Double) async throws {
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &target.sin_addr) == 1 else {
            throw Failure(description: "\(address) is not an IPv4 address")
        }
        let result = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return }
        guard errno == EINPROGRESS else { throw SystemError.last("dial tcp \(address):\(port): connect") }
        let watch = watch
        let (ready, continuation) = AsyncStream.makeStream(of: Void.self)
        watch.add(descriptor, .writable) {
            watch.remove(descriptor)
            continuation.yield()
            continuation.finish()
        }
        let clock = Task {
            try? await Task.sleep(for: .seconds(timeout))
            continuation.finish()
        }
        var isReady = false
        for await _ in ready { isReady = true }
        clock.cancel()
        watch.remove(descriptor)
        guard isReady else { throw Failure(description: "dial tcp \(address):\(port): i/o timeout") }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        guard error == 0 else { throw SystemError(error, "dial tcp \(address):\(port): connect") }
    }

    /// The same as a channel with back pressure; the channel owns the socket.
    func open(
        namespace: Int32,
        address: String,
        port: UInt16,
        timeout: Double,
        prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let descriptor = try await connect(namespace: namespace, address: address, port: port, timeout: timeout)
        return try await ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .withConnectedSocket(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
    }
}
