import HTTPWire
import NIOCore
import NIOPosix
import ProxyBalancing
import ProxySnapshot
import ProxyUpstream
import SocketTransport
import Testing

@Suite struct RetiredPoolTests {
    /// Answers whatever it reads.
    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
    }

    @Test func aRequestWaitingForItsConnectionIsServedAlthoughTheClusterGoes() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Answering()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(try #require(server.localAddress?.port))
        let loop = try SocketLoop(name: "proxy")
        let (outcomes, outcome) = AsyncStream<String>.makeStream()
        try await loop.submit {
            let worker = Worker(index: 0, eventLoop: loop)
            worker.publish(ProxySnapshot(clusterSlots: [Self.cluster(at: port)]))
            var random = RandomSource(seed: 1)
            let endpoint = worker.clusters.cluster(at: ClusterIndex(rawValue: 0))?.choose(random: &random)
            let exchange = UpstreamExchange()
            exchange.setReceiver { event in
                switch event {
                case .ready:
                    var head = RequestHead()
                    head.setMethod(.get)
                    head.setPath(ContiguousArray("/".utf8))
                    exchange.connection?.send(&head, requestEnds: true)
                case .head: outcome.yield("answered")
                case .reset(let reason): outcome.yield("reset: \(reason)")
                default: break
                }
            }
            if let endpoint { _ = exchange.start(on: endpoint) }
            worker.publish(ProxySnapshot())
        }.get()
        var iterator = outcomes.makeAsyncIterator()
        #expect(await iterator.next() == "answered")
        try await server.close()
        try await loop.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    private static func cluster(at port: UInt16) -> Cluster {
        let address = SocketAddressValue(address: IPAddress(v4: 0x7F00_0001), port: port)
        let assignment = LoadAssignment(
            localities: [LocalityEndpoints(locality: Locality(), priority: 0, weight: nil, range: 0..<1)],
            endpoints: [Endpoint(address: .socket(address))],
            priorities: [0..<1]
        )
        return Cluster(name: "up", index: ClusterIndex(rawValue: 0), endpoints: assignment)
    }
}
