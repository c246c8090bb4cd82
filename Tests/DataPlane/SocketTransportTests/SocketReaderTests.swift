import NIOCore
import Synchronization
import Testing

@testable import SocketTransport

/// A handler that has its connection for itself.
private final class Direct: ChannelInboundHandler, SocketReader, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let state = Mutex((text: "", mayReceive: true, isHeld: false))

    var text: String { state.withLock { $0.text } }
    var isHeld: Bool { state.withLock { $0.isHeld } }
    func allow(_ may: Bool) { state.withLock { $0.mayReceive = may } }

    func handlerAdded(context: ChannelHandlerContext) {
        (context.channel as? SocketChannel)?.deliver(to: self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { (context.channel as? SocketChannel)?.deliver(to: nil) }

    func received(_ bytes: ByteBuffer) { state.withLock { $0.text += String(buffer: bytes) } }

    func mayReceive() -> Bool {
        state.withLock { state in
            if !state.mayReceive { state.isHeld = true }
            return state.mayReceive
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct SocketReaderTests {
    @Test func aReaderGetsTheBytesAndCanHoldThemBack() async throws {
        try await Conversation.run { talk in
            let direct = Direct()
            try await talk.loop.submit { try talk.server.pipeline.syncOperations.addHandler(direct) }.get()
            try await talk.client.writeAndFlush(ByteBuffer(string: "one "))
            try await talk.wait { direct.text == "one " }
            direct.allow(false)
            try await talk.client.writeAndFlush(ByteBuffer(string: "two "))
            try await talk.wait { direct.isHeld }
            try await talk.client.writeAndFlush(ByteBuffer(string: "three"))
            // A look at the sockets or two: nothing more may come.
            for _ in 0..<10 { try await talk.loop.submit {}.get() }
            #expect(direct.text == "one two ")
            direct.allow(true)
            try await talk.loop.submit { talk.server.pipeline.read() }.get()
            try await talk.wait { direct.text == "one two three" }
            #expect(talk.serverHeard.bytes == 0)
        }
    }

    @Test func whatIsSentPastThePipelineKeepsItsPlace() async throws {
        try await Conversation.run(keeping: .runs) { talk in
            let part = 100_000
            try await talk.loop.submit {
                talk.client.write(ByteBuffer(repeating: 1, count: part), promise: nil)
                talk.client.send(ByteBuffer(repeating: 2, count: part))
                talk.client.send(ByteBuffer(repeating: 3, count: part))
                talk.client.writeAndFlush(ByteBuffer(repeating: 4, count: part), promise: nil)
            }.get()
            try await talk.wait { talk.serverHeard.bytes == 4 * part }
            #expect(talk.serverHeard.runs == (1...4).map { Recorder.Run(value: $0, count: part) })
        }
    }

    @Test func whatIsSentToAPeerThatIsGoneEndsTheConnection() async throws {
        try await Conversation.run { talk in
            try await talk.server.close()
            try await talk.client.closeFuture.get()
            try await talk.loop.submit { talk.client.send(ByteBuffer(string: "anyone?")) }.get()
            #expect(talk.clientHeard.lines == ["active", "inactive", "removed"])
        }
    }
}
