import NIOCore
import Testing

@testable import SocketTransport

@Suite(.timeLimit(.minutes(1))) struct SocketConnectorTests {
    private static var loopback: SocketAddress { get throws { try SocketAddress(ipAddress: "127.0.0.1", port: 0) } }

    /// Connects and waits for what comes of it.
    private func connect(
        _ connector: SocketConnector = SocketConnector(),
        to address: SocketAddress,
        on loop: SocketLoop,
        prepare: @escaping @Sendable (SocketChannel) throws -> Void = { _ in }
    ) async throws -> SocketChannel {
        let promise = loop.makePromise(of: SocketChannel.self)
        loop.execute {
            connector.connect(to: address, on: loop, prepare: prepare) { promise.completeWith($0) }
        }
        return try await promise.futureResult.get()
    }

    @Test func aPortWhereNobodyListensRefuses() async throws {
        let loop = try SocketLoop(name: "test")
        let address = try await loop.submit {
            let listener = try SocketListener(Self.loopback, on: loop) { _ in }
            defer { listener.close() }
            return try #require(listener.localAddress)
        }.get()
        let error = await #expect(throws: IOError.self) { _ = try await connect(to: address, on: loop) }
        #expect(error?.errnoCode == 111)
        try await loop.shutdownGracefully()
    }

    @Test func aPeerThatDoesNotAnswerEndsInATimeout() async throws {
        let loop = try SocketLoop(name: "test")
        let other = try SocketLoop(name: "other")
        // Nobody accepts, and the queue is short: further connections get no answer.
        let address = try await other.submit {
            let listener = try SocketListener(Self.loopback, on: other, backlog: 0) { _ in }
            other.change(listener, listener.descriptor, interest: 0)
            return try #require(listener.localAddress)
        }.get()
        var results: [String] = []
        for _ in 0..<4 {
            do {
                _ = try await connect(SocketConnector(timeout: .milliseconds(50)), to: address, on: loop)
                results.append("connected")
            } catch ChannelError.connectTimeout(let time) {
                results.append("\(time.nanoseconds / 1_000_000) ms")
            }
        }
        #expect(results.last == "50 ms")
        try await loop.shutdownGracefully()
        try await other.shutdownGracefully()
    }

    @Test func anAddressThatIsTakenIsNamed() async throws {
        let loop = try SocketLoop(name: "test")
        let error = await #expect(throws: IOError.self) {
            try await loop.submit {
                let first = try SocketListener(Self.loopback, on: loop) { _ in }
                let taken = try #require(first.localAddress)
                _ = try SocketListener(taken, on: loop) { _ in }
            }.get()
        }
        #expect(error?.errnoCode == 98)
        try await loop.shutdownGracefully()
    }

    @Test func aHandlerThatCannotBePutInPlaceEndsTheAttempt() async throws {
        struct Refusal: Error {}
        let loop = try SocketLoop(name: "test")
        let address = try await loop.submit {
            let listener = try SocketListener(Self.loopback, on: loop) { _ in }
            return try #require(listener.localAddress)
        }.get()
        await #expect(throws: Refusal.self) {
            _ = try await connect(to: address, on: loop) { _ in throw Refusal() }
        }
        try await loop.shutdownGracefully()
    }

    @Test func aUnixSocketTakesConnectionsToo() async throws {
        let loop = try SocketLoop(name: "test")
        let path = "/tmp/martlet-\(UInt64.random(in: 0 ... .max)).sock"
        let heard = Recorder()
        let address = try SocketAddress(unixDomainSocketPath: path)
        let listener = try await loop.submit {
            let listener = try SocketListener(address, on: loop) { channel in
                try channel.pipeline.syncOperations.addHandler(heard)
            }
            return NIOLoopBound(listener, eventLoop: loop)
        }.get()
        defer { _ = listener }
        let channel = try await connect(SocketConnector(options: [.noDelay]), to: address, on: loop)
        try await channel.writeAndFlush(ByteBuffer(string: "hello"))
        while heard.bytes < 5 { try await loop.submit {}.get() }
        try await loop.shutdownGracefully()
        try SocketFile.remove(path)
    }
}
