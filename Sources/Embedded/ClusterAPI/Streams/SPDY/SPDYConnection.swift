/// What follows from bytes of a SPDY client, in order.
enum SPDYAction: Sendable, Equatable {
    /// A stream of the client; it waits for ``SPDYConnection/reply(to:)`` or a reset.
    case opened(SPDYStreamID, SPDYHeaderBlock)
    case received(SPDYStreamID, [UInt8])
    /// The client sends nothing more on the stream.
    case finished(SPDYStreamID)
    /// The client gave the stream up, both directions.
    case reset(SPDYStreamID)
    case send([UInt8])
    /// The client opens no more streams.
    case goingAway
    /// Nothing more can be read; send what came before and close.
    case close(reason: String)
}

/// The server's side of one SPDY/3.1 connection: bytes in, actions out, no I/O.
///
/// Never traps on any bytes. Flow control windows are read and not waited for: the clients of Kubernetes neither send
/// WINDOW_UPDATE nor honour it, the transport below holds both sides back.
struct SPDYConnection: ~Copyable {
    /// Streams open at once; more are refused.
    static let streamLimit = 1000

    private struct Stream {
        var clientIsDone: Bool
        var serverIsDone: Bool
    }

    private var reader = SPDYFrameReader()
    private var inflation = SPDYInflation()
    private var deflation = SPDYDeflation()
    private var streams: [SPDYStreamID: Stream] = [:]
    private var lastStream: SPDYStreamID = 0
    private var isClosed = false

    /// Takes what arrived; after ``SPDYAction/close(reason:)`` further bytes are passed over.
    mutating func receive(_ bytes: [UInt8]) -> [SPDYAction] {
        guard !isClosed else { return [] }
        var actions: [SPDYAction] = []
        for part in reader.read(bytes) where !isClosed {
            switch part {
            case .data(let stream, let flags, let payload, let isLast):
                actions += data(stream, payload, isLast && flags & SPDYFrame.finish != 0)
            case .control(let kind, let version, let flags, let payload):
                guard version == SPDYFrame.version else {
                    actions += fail("SPDY version \(version) is not 3")
                    continue
                }
                actions += control(kind, flags, payload)
            case .tooLong(let kind, let length):
                actions += fail("a control frame of type \(kind) with \(length) bytes is too long")
            }
        }
        return actions
    }

    /// SYN_REPLY; empty when the stream is gone.
    mutating func reply(to stream: SPDYStreamID, _ headers: SPDYHeaderBlock = SPDYHeaderBlock()) -> [UInt8] {
        guard let state = streams[stream], !state.serverIsDone else { return [] }
        return SPDYFrame.control(.synReply, SPDYFrame.bytes(stream) + deflation.deflate(headers.bytes))
    }

    /// DATA, in as many frames as its length needs; empty when the stream is gone or already finished.
    mutating func data(on stream: SPDYStreamID, _ payload: [UInt8], finish: Bool = false) -> [UInt8] {
        guard var state = streams[stream], !state.serverIsDone else { return [] }
        var bytes: [UInt8] = []
        var rest = payload[...]
        while rest.count > SPDYFrame.longestPayload {
            bytes += SPDYFrame.data(stream, Array(rest.prefix(SPDYFrame.longestPayload)))
            rest = rest.dropFirst(SPDYFrame.longestPayload)
        }
        if !rest.isEmpty || finish {
            bytes += SPDYFrame.data(stream, flags: finish ? SPDYFrame.finish : 0, Array(rest))
        }
        state.serverIsDone = finish
        update(stream, state)
        return bytes
    }

    /// RST_STREAM; empty when the stream is gone.
    mutating func reset(_ stream: SPDYStreamID, _ status: SPDYFrame.Reset) -> [UInt8] {
        guard streams.removeValue(forKey: stream) != nil else { return [] }
        return Self.resetFrame(stream, status)
    }

    /// GOAWAY: no further stream of the client is taken.
    mutating func goAway(_ status: SPDYFrame.GoAway = .ok) -> [UInt8] {
        SPDYFrame.control(.goAway, SPDYFrame.bytes(lastStream) + SPDYFrame.bytes(status.rawValue))
    }

    private mutating func control(_ kind: UInt16, _ flags: UInt8, _ payload: [UInt8]) -> [SPDYAction] {
        guard let kind = SPDYFrame.Kind(rawValue: kind) else { return [] }
        switch kind {
        case .synStream: return synStream(flags, payload)
        case .synReply, .headers: return headers(kind, flags, payload)
        case .rstStream:
            guard let stream = Self.number(payload, at: 0), payload.count == 8 else { return fail("bad RST_STREAM") }
            return streams.removeValue(forKey: stream & 0x7FFF_FFFF) == nil ? [] : [.reset(stream & 0x7FFF_FFFF)]
        case .ping:
            guard let id = Self.number(payload, at: 0), payload.count == 4 else { return fail("bad PING") }
            // Even ones would be answers to our own, and we send none.
            return id & 1 == 1 ? [.send(SPDYFrame.control(.ping, payload))] : []
        case .goAway: return [.goingAway]
        case .settings: return []
        case .windowUpdate: return payload.count == 8 ? [] : fail("bad WINDOW_UPDATE")
        }
    }

    private mutating func synStream(_ flags: UInt8, _ payload: [UInt8]) -> [SPDYAction] {
        guard let number = Self.number(payload, at: 0), payload.count >= 10 else { return fail("bad SYN_STREAM") }
        let stream = number & 0x7FFF_FFFF
        guard let headers = block(Array(payload[10...])) else { return fail("bad headers of stream \(stream)") }
        guard stream & 1 == 1, stream > lastStream else { return fail("stream \(stream) after \(lastStream)") }
        lastStream = stream
        guard streams.count < Self.streamLimit else { return [.send(Self.resetFrame(stream, .refusedStream))] }
        let isDone = flags & SPDYFrame.finish != 0
        update(stream, Stream(clientIsDone: isDone, serverIsDone: flags & SPDYFrame.unidirectional != 0))
        return [.opened(stream, headers)] + (isDone ? [.finished(stream)] : [])
    }

    private mutating func headers(_ kind: SPDYFrame.Kind, _ flags: UInt8, _ payload: [UInt8]) -> [SPDYAction] {
        guard let number = Self.number(payload, at: 0) else { return fail("bad \(kind)") }
        // Read even when nobody wants them: the compression goes on from there.
        guard block(Array(payload[4...])) != nil else { return fail("bad headers of stream \(number)") }
        return flags & SPDYFrame.finish == 0 ? [] : finish(number & 0x7FFF_FFFF)
    }

    private mutating func data(_ stream: SPDYStreamID, _ payload: [UInt8], _ isLast: Bool) -> [SPDYAction] {
        guard let state = streams[stream] else {
            // Data on its way when the stream ended here is passed over; a stream never opened is a mistake.
            guard stream == 0 || stream > lastStream || stream & 1 == 0 else { return [] }
            return [.send(Self.resetFrame(stream, .invalidStream))]
        }
        guard !state.clientIsDone else {
            streams[stream] = nil
            return [.send(Self.resetFrame(stream, .streamAlreadyClosed)), .reset(stream)]
        }
        return (payload.isEmpty ? [] : [.received(stream, payload)]) + (isLast ? finish(stream) : [])
    }

    private mutating func finish(_ stream: SPDYStreamID) -> [SPDYAction] {
        guard var state = streams[stream], !state.clientIsDone else { return [] }
        state.clientIsDone = true
        update(stream, state)
        return [.finished(stream)]
    }

    private mutating func update(_ stream: SPDYStreamID, _ state: Stream) {
        streams[stream] = state.clientIsDone && state.serverIsDone ? nil : state
    }

    private mutating func block(_ bytes: [UInt8]) -> SPDYHeaderBlock? {
        guard let plain = try? inflation.inflate(bytes, limit: SPDYHeaderBlock.limit) else { return nil }
        return try? SPDYHeaderBlock(bytes: plain)
    }

    private mutating func fail(_ reason: String) -> [SPDYAction] {
        isClosed = true
        streams = [:]
        return [.send(goAway(.protocolError)), .close(reason: reason)]
    }

    private static func resetFrame(_ stream: SPDYStreamID, _ status: SPDYFrame.Reset) -> [UInt8] {
        SPDYFrame.control(.rstStream, SPDYFrame.bytes(stream) + SPDYFrame.bytes(status.rawValue))
    }

    private static func number(_ payload: [UInt8], at offset: Int) -> UInt32? {
        guard payload.count >= offset + 4 else { return nil }
        return payload[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
