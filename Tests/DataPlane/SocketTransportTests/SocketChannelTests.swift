import NIOCore
import Testing

@testable import SocketTransport

@Suite(.timeLimit(.minutes(1))) struct SocketChannelTests {
    @Test func bytesGoBothWaysAndAnEndClosesBothSides() async throws {
        try await Conversation.run { talk in
            try await talk.client.writeAndFlush(ByteBuffer(string: "hello"))
            try await talk.wait { talk.serverHeard.bytes == 5 }
            try await talk.server.writeAndFlush(ByteBuffer(string: "good day"))
            try await talk.wait { talk.clientHeard.bytes == 8 }
            try await talk.client.close()
            try await talk.server.closeFuture.get()
            #expect(talk.serverHeard.lines == ["active", "read hello", "inactive", "removed"])
            #expect(talk.clientHeard.lines == ["active", "read good day", "inactive", "removed"])
            #expect(!talk.client.isActive)
            #expect(talk.client.remoteAddress == talk.server.localAddress)
            #expect(talk.server.remoteAddress == talk.client.localAddress)
        }
    }

    @Test func whatIsWrittenToAClosedConnectionFails() async throws {
        try await Conversation.run { talk in
            try await talk.client.close()
            await #expect(throws: ChannelError.ioOnClosedChannel) {
                try await talk.client.writeAndFlush(ByteBuffer(string: "late"))
            }
            await #expect(throws: ChannelError.alreadyClosed) { try await talk.client.close() }
        }
    }

    @Test func aSideThatEndsMayStillHearIfTheOtherAllowsIt() async throws {
        try await Conversation.run(prepare: { try $0.set(.allowRemoteHalfClosure, true) }) { talk in
            try await talk.client.writeAndFlush(ByteBuffer(string: "question"))
            try await talk.client.close(mode: .output)
            try await talk.wait { talk.serverHeard.lines.contains("inputClosed") }
            #expect(talk.serverHeard.lines == ["active", "read question", "inputClosed"])
            try await talk.server.writeAndFlush(ByteBuffer(string: "answer"))
            try await talk.wait { talk.clientHeard.bytes == 6 }
            // With both directions done the connection is.
            try await talk.server.close(mode: .output)
            try await talk.client.closeFuture.get()
            try await talk.server.closeFuture.get()
            #expect(talk.clientHeard.lines == ["active", "outputClosed", "read answer", "inactive", "removed"])
        }
    }

    @Test func anEndOfOutputComesAfterWhatIsQueued() async throws {
        try await Conversation.run(keeping: .nothing, prepare: { try $0.set(.allowRemoteHalfClosure, true) }) { talk in
            let size = 4 << 20
            talk.client.writeAndFlush(ByteBuffer(repeating: 7, count: size), promise: nil)
            try await talk.client.close(mode: .output)
            try await talk.wait { talk.serverHeard.lines.contains("inputClosed") }
            #expect(talk.serverHeard.bytes == size)
            await #expect(throws: ChannelError.outputClosed) {
                try await talk.client.writeAndFlush(ByteBuffer(string: "more"))
            }
        }
    }

    @Test func aFullConnectionSaysSoAndSaysWhenItIsNot() async throws {
        try await Conversation.run(
            keeping: .nothing,
            prepare: {
                try $0.set(.writeBufferWaterMark, .init(low: 1000, high: 2000))
                try $0.set(.autoRead, false)
            }
        ) { talk in
            let size = 8 << 20
            let written = talk.client.loop.makePromise(of: Void.self)
            talk.client.writeAndFlush(ByteBuffer(repeating: 7, count: size), promise: written)
            try await talk.wait { !talk.client.isWritable }
            #expect(talk.serverHeard.bytes == 0)
            try await talk.server.setOption(.autoRead, value: true).get()
            try await written.futureResult.get()
            try await talk.wait { talk.serverHeard.bytes == size }
            #expect(talk.client.isWritable)
            #expect(talk.clientHeard.lines == ["active", "writable false", "writable true"])
        }
    }

    @Test func manyWritesArriveInOrderEmptyOnesToo() async throws {
        try await Conversation.run(keeping: .runs) { talk in
            let count = 500
            let last = talk.loop.makePromise(of: Void.self)
            try await talk.loop.submit {
                for number in 0..<count {
                    let value = UInt8(truncatingIfNeeded: number)
                    talk.client.write(ByteBuffer(repeating: value, count: number % 7), promise: nil)
                }
                talk.client.writeAndFlush(ByteBuffer(), promise: last)
            }.get()
            try await last.futureResult.get()
            let expected = (0..<count).filter { $0 % 7 > 0 }.map {
                Recorder.Run(value: UInt8(truncatingIfNeeded: $0), count: $0 % 7)
            }
            try await talk.wait { talk.serverHeard.bytes == expected.reduce(0) { $0 + $1.count } }
            #expect(talk.serverHeard.runs == expected)
        }
    }

    @Test func aResetIsAnErrorOfTheSocket() async throws {
        try await Conversation.run { talk in
            // Unread bytes make the end a reset.
            try await talk.server.setOption(.autoRead, value: false).get()
            try await talk.loop.submit {
                talk.server.wantsRead = false
                talk.server.settleReads()
            }.get()
            try await talk.client.writeAndFlush(ByteBuffer(string: "unread"))
            try await talk.server.close()
            try await talk.client.closeFuture.get()
            #expect(talk.clientHeard.lines == ["active", "error 104", "inactive", "removed"])
        }
    }

    @Test func aHandlerMayCloseInTheMiddleOfARead() async throws {
        final class Closing: ChannelInboundHandler, Sendable {
            typealias InboundIn = ByteBuffer

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                context.fireChannelRead(data)
                context.close(promise: nil)
            }
        }
        try await Conversation.run { talk in
            try await talk.loop.submit {
                try talk.server.pipeline.syncOperations.addHandler(Closing(), position: .first)
            }.get()
            try await talk.client.writeAndFlush(ByteBuffer(string: "hello"))
            try await talk.client.closeFuture.get()
            #expect(talk.serverHeard.lines == ["active", "read hello", "inactive", "removed"])
        }
    }

    @Test func optionsThatASocketHereDoesNotHaveAreRefused() async throws {
        try await Conversation.run { talk in
            await #expect(throws: ChannelError.operationUnsupported) {
                try await talk.client.setOption(.maxMessagesPerRead, value: 3).get()
            }
            let keepsHalfOpen = try await talk.client.getOption(.allowRemoteHalfClosure).get()
            #expect(!keepsHalfOpen)
        }
    }
}
