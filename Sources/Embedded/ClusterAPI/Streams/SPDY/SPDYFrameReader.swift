/// What a run of bytes contains, frame by frame; the payload of DATA frames is handed on as it comes.
enum SPDYFramePart: Sendable, Equatable {
    /// A whole control frame.
    case control(kind: UInt16, version: UInt16, flags: UInt8, payload: [UInt8])
    /// A piece of a DATA frame; `isLast` is its end, `flags` are the frame's.
    case data(stream: SPDYStreamID, flags: UInt8, payload: [UInt8], isLast: Bool)
    /// A control frame longer than ``SPDYFrameReader/controlLimit``: nothing after it can be read.
    case tooLong(kind: UInt16, length: Int)
}

/// Cuts bytes into frames.
struct SPDYFrameReader: Sendable {
    /// The longest control frame that is read, in bytes.
    static let controlLimit = 64 << 10

    private enum State: Equatable {
        case head
        case control(kind: UInt16, version: UInt16, flags: UInt8, length: Int)
        case data(stream: SPDYStreamID, flags: UInt8, remaining: Int)
        case failed
    }

    private var state = State.head
    /// The beginning of a head or of a control frame.
    private var pending: [UInt8] = []

    mutating func read(_ bytes: [UInt8]) -> [SPDYFramePart] {
        var rest = bytes[...]
        var parts: [SPDYFramePart] = []
        while let part = next(&rest) { parts.append(contentsOf: part) }
        return parts
    }

    /// Nil when more bytes are needed.
    private mutating func next(_ rest: inout ArraySlice<UInt8>) -> [SPDYFramePart]? {
        switch state {
        case .failed: return nil
        case .head:
            guard let head = take(8, &rest) else { return nil }
            return readHead(head)
        case .control(let kind, let version, let flags, let length):
            guard let payload = take(length, &rest) else { return nil }
            state = .head
            return [.control(kind: kind, version: version, flags: flags, payload: payload)]
        case .data(let stream, let flags, let remaining):
            guard !rest.isEmpty else { return nil }
            let piece = Array(rest.prefix(remaining))
            rest = rest.dropFirst(piece.count)
            let left = remaining - piece.count
            state = left == 0 ? .head : .data(stream: stream, flags: flags, remaining: left)
            return [.data(stream: stream, flags: flags, payload: piece, isLast: left == 0)]
        }
    }

    private mutating func readHead(_ head: [UInt8]) -> [SPDYFramePart] {
        let first = head.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let second = head.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let flags = UInt8(second >> 24)
        let length = Int(second & 0xFF_FFFF)
        guard first & 0x8000_0000 != 0 else {
            guard length > 0 else { return [.data(stream: first, flags: flags, payload: [], isLast: true)] }
            state = .data(stream: first, flags: flags, remaining: length)
            return []
        }
        let kind = UInt16(first & 0xFFFF)
        guard length <= Self.controlLimit else {
            state = .failed
            return [.tooLong(kind: kind, length: length)]
        }
        state = .control(kind: kind, version: UInt16(first >> 16 & 0x7FFF), flags: flags, length: length)
        return []
    }

    /// Exactly `count` bytes, kept together over several calls.
    private mutating func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let piece = rest.prefix(count - pending.count)
        pending += piece
        rest = rest.dropFirst(piece.count)
        guard pending.count == count else { return nil }
        defer { pending.removeAll(keepingCapacity: true) }
        return pending
    }
}
