internal import NIOCore
internal import NIOPosix

/// Sends one `POST` without a body to an admin interface on this machine.
enum AdminPost {
    /// Returns when the first bytes of the answer are there, five seconds at most.
    static func send(_ path: String, to address: HostPort) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(2))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            let request = "POST \(path) HTTP/1.1\r\nhost: \(address)\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            try await outbound.write(ByteBuffer(string: request))
            let deadline = channel.channel.eventLoop.scheduleTask(in: .seconds(5)) {
                channel.channel.close(promise: nil)
            }
            defer { deadline.cancel() }
            for try await _ in inbound { return }
        }
    }
}
