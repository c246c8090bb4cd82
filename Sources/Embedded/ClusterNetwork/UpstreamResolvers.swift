package import DNSWire
import Glibc
package import NIOCore
import NIOPosix

/// The resolvers of the host, asked from the host's network namespace.
package struct UpstreamResolvers: Sendable {
    /// Whom to ask, in order, looked up for each question.
    private let servers: @Sendable () -> [SocketAddress]
    /// How long each is waited for.
    private let timeout: Duration
    private let group: any EventLoopGroup

    package init(
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        timeout: Duration = .seconds(2),
        servers: @escaping @Sendable () -> [SocketAddress] = { Self.servers(in: "/etc/resolv.conf") }
    ) {
        self.group = group
        self.timeout = timeout
        self.servers = servers
    }

    /// The `nameserver` lines of resolv.conf(5), at most three; none when the file cannot be read.
    package static func servers(in path: String) -> [SocketAddress] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return [] }
        return servers(of: String(decoding: bytes.prefix(count), as: UTF8.self))
    }

    static func servers(of text: String) -> [SocketAddress] {
        let addresses = text.split(whereSeparator: \.isNewline).compactMap { line -> SocketAddress? in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return try? SocketAddress(ipAddress: String(words[1]), port: 53)
        }
        return Array(addresses.prefix(3))
    }

    /// The first answer to the query, over TCP or UDP; nil when nobody answers in time.
    ///
    /// The query goes with a random id of its own; the answer has the id asked with.
    package func answer(_ query: DNSMessage, overTCP: Bool) async -> DNSMessage? {
        var asked = query
        asked.id = .random(in: .min ... .max)
        guard let bytes = try? asked.encoded() else { return nil }
        for server in servers() {
            guard !Task.isCancelled else { return nil }
            let exchange = UpstreamExchange(server: server, id: asked.id, questions: asked.questions, group: group)
            let reply = await withTaskGroup(of: DNSMessage?.self) { group in
                group.addTask { try? await overTCP ? exchange.tcp(bytes) : exchange.udp(bytes) }
                group.addTask {
                    try? await Task.sleep(for: timeout)
                    return nil
                }
                let first = await group.next() ?? nil
                group.cancelAll()
                return first
            }
            guard var reply, reply.responseCode != .serverFailure, reply.responseCode != .refused else { continue }
            reply.id = query.id
            return reply
        }
        return nil
    }
}

/// One question to one resolver.
private struct UpstreamExchange: Sendable {
    let server: SocketAddress
    let id: UInt16
    let questions: [DNSQuestion]
    let group: any EventLoopGroup

    func udp(_ bytes: [UInt8]) async throws -> DNSMessage? {
        // Connected, so that the kernel drops what others send.
        let channel = try await DatagramBootstrap(group: group).connect(to: server) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, AddressedEnvelope<ByteBuffer>>(
                    wrappingChannelSynchronously: channel
                )
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(AddressedEnvelope(remoteAddress: server, data: ByteBuffer(bytes: bytes)))
            for try await datagram in inbound {
                if let reply = reply(in: datagram.data) { return reply }
            }
            return nil
        }
    }

    func tcp(_ bytes: [UInt8]) async throws -> DNSMessage? {
        let channel = try await ClientBootstrap(group: group).connect(to: server) { channel in
            channel.eventLoop.makeCompletedFuture { try DNSFraming.wrap(channel) }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: bytes))
            for try await frame in inbound {
                if let reply = reply(in: frame) { return reply }
            }
            return nil
        }
    }

    private func reply(in buffer: ByteBuffer) -> DNSMessage? {
        guard let message = try? DNSMessage(decoding: buffer.readableBytesView), message.isResponse, message.id == id,
            message.questions == questions
        else { return nil }
        return message
    }
}
