import NIOCore
import Synchronization
import Testing

@testable import SocketTransport

/// What a connection's pipeline heard, as text that tests can compare.
final class Recorder: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    /// What is kept of the bytes besides their number: to look at each costs a debug build much.
    enum Keeping {
        case text
        case runs
        case nothing
    }

    /// Bytes of one value in a row.
    struct Run: Equatable {
        var value: UInt8
        var count: Int
    }

    private let state = Mutex((lines: [String](), bytes: 0, runs: [Run]()))
    private let keeping: Keeping

    init(keeping: Keeping = .text) { self.keeping = keeping }

    var lines: [String] { state.withLock { $0.lines } }
    var bytes: Int { state.withLock { $0.bytes } }
    /// What came, in order.
    var runs: [Run] { state.withLock { $0.runs } }

    private func note(_ line: String) { state.withLock { $0.lines.append(line) } }

    func channelActive(context: ChannelHandlerContext) { note("active") }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        state.withLock { $0.bytes += bytes.readableBytes }
        switch keeping {
        case .text: note("read \(String(buffer: bytes))")
        case .runs: keepRuns(bytes)
        case .nothing: break
        }
    }

    private func keepRuns(_ bytes: ByteBuffer) {
        state.withLock { state in
            var runs = state.runs
            state.runs = []
            bytes.withUnsafeReadableBytes { bytes in
                for byte in bytes {
                    if let last = runs.indices.last, runs[last].value == byte {
                        runs[last].count += 1
                    } else {
                        runs.append(Run(value: byte, count: 1))
                    }
                }
            }
            state.runs = runs
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent { note("\(event)") }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { note("writable \(context.channel.isWritable)") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        note("error \((error as? IOError)?.errnoCode ?? -1)")
    }

    func channelInactive(context: ChannelHandlerContext) { note("inactive") }

    func handlerRemoved(context: ChannelHandlerContext) { note("removed") }
}

/// Two ends of a connection over loopback, each with a recorder, on one loop.
struct Conversation {
    let loop: SocketLoop
    let client: SocketChannel
    let server: SocketChannel
    let clientHeard: Recorder
    let serverHeard: Recorder

    /// Runs `body` with a connection; `prepare` may set options of both ends.
    static func run(
        keeping: Recorder.Keeping = .text,
        prepare: @escaping @Sendable (SocketChannel) throws -> Void = { _ in },
        _ body: (Conversation) async throws -> Void
    ) async throws {
        let loop = try SocketLoop(name: "test")
        let (clientHeard, serverHeard) = (Recorder(keeping: keeping), Recorder(keeping: keeping))
        let server = loop.makePromise(of: SocketChannel.self)
        let client = loop.makePromise(of: SocketChannel.self)
        try await loop.submit {
            let listener = try SocketListener(SocketAddress(ipAddress: "127.0.0.1", port: 0), on: loop) { channel in
                try prepare(channel)
                try channel.pipeline.syncOperations.addHandler(serverHeard)
                server.succeed(channel)
            }
            let address = try #require(listener.localAddress)
            SocketConnector().connect(to: address, on: loop) { channel in
                try prepare(channel)
                try channel.pipeline.syncOperations.addHandler(clientHeard)
            } connected: { result in
                client.completeWith(result)
                listener.close()
            }
        }.get()
        let conversation = Conversation(
            loop: loop,
            client: try await client.futureResult.get(),
            server: try await server.futureResult.get(),
            clientHeard: clientHeard,
            serverHeard: serverHeard
        )
        try await body(conversation)
        try await loop.shutdownGracefully()
    }

    /// Waits until `isReached`; the suite's time limit ends it.
    func wait(_ isReached: () -> Bool) async throws {
        while !isReached() {
            try Task.checkCancellation()
            try await loop.submit {}.get()
        }
    }
}
