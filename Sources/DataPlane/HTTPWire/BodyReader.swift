internal import NIOCore

/// Takes a body out of a connection's bytes: the state between two events of one message.
struct BodyReader: Sendable {
    private enum State {
        case length(UInt64)
        case chunkSize
        case chunkData(UInt64)
        case chunkEnd
        case trailers
        case untilClose
        case done
    }

    private var state: State = .done
    private var scanner = HeadScanner()
    private(set) var trailers = HeaderBlock()

    /// Makes ready for the body of a message just read.
    mutating func start(_ framing: BodyFraming) {
        if !trailers.fields.isEmpty { trailers.removeAll() }
        switch framing {
        case .none, .length(0): state = .done
        case .length(let length): state = .length(length)
        case .chunked: state = .chunkSize
        case .untilClose: state = .untilClose
        }
    }

    /// True if the close of the connection is how this body ends.
    var endsWithConnection: Bool {
        if case .untilClose = state { true } else { false }
    }

    /// The next event; `end` once the message is complete.
    mutating func next(_ buffer: inout ByteBuffer, limits: HTTPLimits) -> WireEvent {
        while true {
            switch state {
            case .done:
                return .end
            case .length(let remaining):
                guard let (slice, left) = take(remaining, from: &buffer) else { return .needMoreData }
                state = left == 0 ? .done : .length(left)
                return .body(slice)
            case .untilClose:
                guard let (slice, _) = take(.max, from: &buffer) else { return .needMoreData }
                return .body(slice)
            case .chunkData(let remaining):
                guard let (slice, left) = take(remaining, from: &buffer) else { return .needMoreData }
                state = left == 0 ? .chunkEnd : .chunkData(left)
                return .body(slice)
            case .chunkEnd:
                guard let end = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) else {
                    // One byte may already be wrong.
                    let isSound = buffer.readableBytesView.allSatisfy { $0 == 0x0D }
                    return isSound ? .needMoreData : .error(.malformedChunk)
                }
                guard end == 0x0D0A else { return .error(.malformedChunk) }
                buffer.moveReaderIndex(forwardBy: 2)
                state = .chunkSize
            case .chunkSize:
                switch readChunkSize(&buffer, limits: limits) {
                case .size(0): state = .trailers
                case .size(let size): state = .chunkData(size)
                case .incomplete: return .needMoreData
                case .failed(let error): return .error(error)
                }
            case .trailers:
                switch readTrailers(&buffer, limits: limits) {
                case .needMoreData: return .needMoreData
                case .error(let error): return .error(error)
                default: state = .done
                }
                if !trailers.isEmpty { return .trailers }
            }
        }
    }

    private func take(_ limit: UInt64, from buffer: inout ByteBuffer) -> (ByteBuffer, UInt64)? {
        let readable = buffer.readableBytes
        guard readable > 0 else { return nil }
        let length = UInt64(readable) < limit ? readable : Int(limit)
        guard let slice = buffer.readSlice(length: length) else { return nil }
        return (slice, limit &- UInt64(length))
    }

    private enum ChunkSize {
        case size(UInt64)
        case incomplete
        case failed(HTTPWireError)
    }

    /// RFC 9112 section 7.1: hexadecimal size, perhaps extensions, which are read over.
    private mutating func readChunkSize(_ buffer: inout ByteBuffer, limits: HTTPLimits) -> ChunkSize {
        let (result, used) = buffer.withUnsafeReadableBytes { bytes in Self.chunkSize(bytes, limits: limits) }
        buffer.moveReaderIndex(forwardBy: used)
        return result
    }

    private static func chunkSize(_ bytes: UnsafeRawBufferPointer, limits: HTTPLimits) -> (ChunkSize, Int) {
        var position = 0
        var size: UInt64 = 0
        while position < bytes.count, let digit = hexDigit(bytes[position]) {
            // Sixty bits are more bytes than any connection carries; a longer number is an attack.
            if position == 15 { return (.failed(.malformedChunk), 0) }
            size = size << 4 | UInt64(digit)
            position &+= 1
        }
        guard position < bytes.count else { return (.incomplete, 0) }
        guard position > 0 else { return (.failed(.malformedChunk), 0) }
        if bytes[position] == 0x3B {
            let table = ByteClass.table
            while position < bytes.count, table[Int(bytes[position])] & ByteClass.value != 0 { position &+= 1 }
            if position > limits.maxChunkLineBytes { return (.failed(.chunkLineTooLong), 0) }
        }
        guard position < bytes.count else { return (.incomplete, 0) }
        guard bytes[position] == 0x0D else { return (.failed(.malformedChunk), 0) }
        guard position &+ 1 < bytes.count else { return (.incomplete, 0) }
        guard bytes[position &+ 1] == 0x0A else { return (.failed(.malformedChunk), 0) }
        return (.size(size), position &+ 2)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    /// Reads the trailer section into `trailers` without the fields that may not come so late (RFC 9110 section 6.5.1).
    private mutating func readTrailers(_ buffer: inout ByteBuffer, limits: HTTPLimits) -> WireEvent {
        let result = buffer.withUnsafeReadableBytes { scanner.scan($0, limit: limits.maxTrailerBytes) }
        switch result {
        case .incomplete: return .needMoreData
        case .failed(let error): return .error(error)
        case .complete(2):
            buffer.moveReaderIndex(forwardBy: 2)
            return .end
        case .complete(let length):
            let outcome = buffer.withUnsafeReadableBytes { bytes in
                trailers.removeAll()
                return trailers.parseFields(UnsafeRawBufferPointer(rebasing: bytes[..<length]), from: 0, limits: limits)
            }
            buffer.moveReaderIndex(forwardBy: length)
            if let error = outcome.error { return .error(error) }
            trailers.removeHopByHop()
            for forbidden: KnownHeader in [.contentLength, .authority, .expect, .trailer, .te] {
                trailers.remove(forbidden)
            }
            return .trailers
        }
    }
}
