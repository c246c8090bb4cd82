import NIOCore
import Synchronization

/// One stream that a client opened.
struct SPDYStream: Sendable {
    let id: SPDYStreamID
    let headers: SPDYHeaderBlock
    /// What the client sends; ends with its half of the stream or with a reset.
    let received: BoundedPipe<[UInt8]>
    private let session: SPDYSession

    init(_ id: SPDYStreamID, _ headers: SPDYHeaderBlock, _ session: SPDYSession) {
        self.id = id
        self.headers = headers
        self.session = session
        received = BoundedPipe(bytes: 256 << 10)
    }

    /// Waits for room; throws when the client has gone or gave the stream up.
    func send(_ bytes: [UInt8]) async throws { try await session.send(bytes, on: id) }

    /// Nothing more is sent.
    func finish() async { await session.finish(id) }

    /// Whether the client gave the stream up or it has ended here.
    var isGone: Bool { !session.isOpen(id) }

    /// Gives up both directions.
    func reset(_ status: SPDYFrame.Reset) async { await session.reset(id, status) }
}

/// The client gave the stream up.
struct SPDYStreamGone: Error {}

/// Drives a ``SPDYConnection`` over a transport.
final class SPDYSession: Sendable {
    private struct State: ~Copyable {
        var connection = SPDYConnection()
        var open: Set<SPDYStreamID> = []
    }

    private let state = Mutex(State())
    private let transport: StreamTransport

    init(transport: StreamTransport) { self.transport = transport }

    /// Reads until the client goes or breaks the protocol; `accept` is asked about each new stream and, when it takes
    /// it, the client hears so. Streams nobody reads hold the whole connection back.
    func serve(_ accept: (SPDYStream) async -> Bool) async {
        var streams: [SPDYStreamID: SPDYStream] = [:]
        defer { for stream in streams.values { stream.received.finish() } }
        do {
            for try await piece in transport.received {
                let actions = state.withLock { $0.connection.receive(Array(piece.readableBytesView)) }
                for action in actions {
                    switch action {
                    case .opened(let id, let headers):
                        let stream = SPDYStream(id, headers, self)
                        streams[id] = stream
                        state.withLock { _ = $0.open.insert(id) }
                        // The answer goes first: what takes the stream may write at once.
                        try await write { $0.connection.reply(to: id) }
                        if !(await accept(stream)) {
                            streams[id] = nil
                            await reset(id, .refusedStream)
                        }
                    case .received(let id, let bytes): _ = await streams[id]?.received.send(bytes)
                    case .finished(let id): streams.removeValue(forKey: id)?.received.finish()
                    case .reset(let id):
                        state.withLock { _ = $0.open.remove(id) }
                        streams.removeValue(forKey: id)?.received.finish()
                    case .send(let bytes): try await transport.send(ByteBuffer(bytes: bytes))
                    case .goingAway: break
                    case .close: return
                    }
                }
            }
        } catch {
            return
        }
    }

    /// GOAWAY, before the connection is closed.
    func goAway() async { try? await write { $0.connection.goAway() } }

    func send(_ bytes: [UInt8], on stream: SPDYStreamID) async throws {
        guard isOpen(stream) else { throw SPDYStreamGone() }
        try await write { $0.connection.data(on: stream, bytes) }
    }

    func isOpen(_ stream: SPDYStreamID) -> Bool { state.withLock { $0.open.contains(stream) } }

    func finish(_ stream: SPDYStreamID) async {
        try? await write { state in
            state.open.remove(stream)
            return state.connection.data(on: stream, [], finish: true)
        }
    }

    func reset(_ stream: SPDYStreamID, _ status: SPDYFrame.Reset) async {
        try? await write { state in
            state.open.remove(stream)
            return state.connection.reset(stream, status)
        }
    }

    private func write(_ make: (inout State) -> [UInt8]) async throws {
        let bytes = state.withLock { make(&$0) }
        guard !bytes.isEmpty else { return }
        try await transport.send(ByteBuffer(bytes: bytes))
    }
}
