import NIOCore

/// A connection that has left HTTP, whatever it speaks below: pieces of bytes both ways.
struct StreamTransport: Sendable {
    /// Ends when the client has gone; over WebSocket each piece is one message.
    let received: NIOAsyncChannelInboundStream<ByteBuffer>
    /// One piece or message; waits for room, throws when the client has gone.
    let send: @Sendable (ByteBuffer) async throws -> Void
    /// The words of parting of the protocol, after everything that was sent.
    let end: @Sendable () async -> Void

    /// How long a client may take to close after it was told that all is over.
    static let lingering: Duration = .seconds(5)

    /// Runs two tasks: `reading` until the client goes, which cancels `working`; after `working` the client has
    /// ``lingering`` to close first, so that nothing on its way to it is lost to a reset of the connection.
    func run(
        reading: @escaping @Sendable () async -> Void,
        working: @escaping @Sendable () async -> Void
    ) async {
        enum Ended { case reading, working, patience }
        await withTaskGroup(of: Ended.self) { group in
            group.addTask {
                await reading()
                return .reading
            }
            group.addTask {
                await working()
                return .working
            }
            for await ended in group {
                switch ended {
                case .reading, .patience: group.cancelAll()
                case .working:
                    group.addTask {
                        await end()
                        try? await Task.sleep(for: Self.lingering)
                        return .patience
                    }
                }
            }
        }
    }
}
