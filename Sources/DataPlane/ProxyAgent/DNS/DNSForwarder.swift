package import Logging
internal import NIOCore
internal import NIOPosix

/// Where captured DNS goes (15053): asks are passed to the pod's own name server, so that a pod with DNS capture resolves
/// what it resolved without.
package struct DNSForwarder: Sendable {
    private let channels: [any Channel]

    /// Listens on the loopback for UDP and TCP, where `REDIRECT` leads the pod's own packets.
    ///
    /// `server` is the name server, the first of resolv.conf; the proxy's user is not captured on its way there.
    ///
    /// - Throws: when the port cannot be bound or the server is no address.
    package static func start(port: Int = 15053, server: HostPort, logger: Logger) async throws -> DNSForwarder {
        let group = MultiThreadedEventLoopGroup.singleton
        let loop = group.next()
        let target = try SocketAddress(ipAddress: server.host, port: server.port)
        let local = server.host.contains(":") ? "::1" : "127.0.0.1"
        let any = server.host.contains(":") ? "::" : "0.0.0.0"
        let upstream = try await DatagramBootstrap(group: loop).bind(host: any, port: 0).get()
        do {
            let asks = try await DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let asks = DNSAsks(channel: channel, upstream: upstream, server: target)
                        try channel.pipeline.syncOperations.addHandler(DNSAskHandler(asks))
                        try upstream.pipeline.syncOperations.addHandler(DNSAnswerHandler(asks))
                    }
                }
                .bind(host: local, port: port).get()
            let streams = try await ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelInitializer { channel in
                    ClientBootstrap(group: channel.eventLoop)
                        .connectTimeout(.seconds(5))
                        .channelInitializer { other in
                            channel.eventLoop.makeCompletedFuture {
                                try other.pipeline.syncOperations.addHandler(PipeHandler(to: channel))
                                try channel.pipeline.syncOperations.addHandler(PipeHandler(to: other))
                            }
                        }
                        .connect(to: target)
                        .flatMap { _ in channel.setOption(.autoRead, value: true) }
                }
                .bind(host: local, port: port).get()
            logger.info("DNS of the pod passes the agent", metadata: ["port": "\(port)", "server": "\(server)"])
            return DNSForwarder(channels: [streams, asks, upstream])
        } catch {
            try? await upstream.close()
            throw error
        }
    }

    /// Closes the ports.
    package func stop() async {
        for channel in channels { try? await channel.close() }
    }
}

/// Asks that wait for an answer; on one event loop.
private final class DNSAsks {
    private struct Ask {
        var client: SocketAddress
        var id: UInt16
        var deadline: NIODeadline
    }

    private let channel: any Channel
    private let upstream: any Channel
    private let server: SocketAddress
    private var asks: [UInt16: Ask] = [:]

    init(channel: any Channel, upstream: any Channel, server: SocketAddress) {
        self.channel = channel
        self.upstream = upstream
        self.server = server
    }

    /// Passes an ask on under a number of its own, which nobody can guess.
    func ask(_ envelope: AddressedEnvelope<ByteBuffer>) {
        var data = envelope.data
        let index = data.readerIndex
        guard data.readableBytes >= 12, let id = data.getInteger(at: index, as: UInt16.self) else { return }
        let now = NIODeadline.now()
        if asks.count >= 1024 { asks = asks.filter { $0.value.deadline > now } }
        // A pod that asks more than this at once is served late by its server too.
        guard asks.count < 8192 else { return }
        var number = UInt16.random(in: .min ... .max)
        while asks[number] != nil { number = UInt16.random(in: .min ... .max) }
        asks[number] = Ask(client: envelope.remoteAddress, id: id, deadline: now + .seconds(10))
        data.setInteger(number, at: index)
        upstream.writeAndFlush(AddressedEnvelope(remoteAddress: server, data: data), promise: nil)
    }

    func answer(_ envelope: AddressedEnvelope<ByteBuffer>) {
        var data = envelope.data
        let index = data.readerIndex
        guard envelope.remoteAddress == server, let number = data.getInteger(at: index, as: UInt16.self),
            let ask = asks.removeValue(forKey: number)
        else { return }
        data.setInteger(ask.id, at: index)
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: ask.client, data: data), promise: nil)
    }
}

private final class DNSAskHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let asks: DNSAsks

    init(_ asks: DNSAsks) { self.asks = asks }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { asks.ask(unwrapInboundIn(data)) }

    // A client that has gone is refused by the kernel; the others are served on.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

private final class DNSAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let asks: DNSAsks

    init(_ asks: DNSAsks) { self.asks = asks }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { asks.answer(unwrapInboundIn(data)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Passes what one connection says to another one, and its end.
private final class PipeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
