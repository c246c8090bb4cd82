/// Why bytes are no protobuf message.
enum ProtobufError: Error, Sendable, Equatable {
    case truncated
    case wireType(UInt32)
    case tooDeep
}

/// The fields of one message on the wire (Protocol Buffers, "Encoding").
struct ProtobufReader {
    enum Payload: Sendable {
        case integer(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field's number and payload; nil at the end.
    mutating func next() throws(ProtobufError) -> (number: UInt32, payload: Payload)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        guard let number = UInt32(exactly: tag >> 3), number > 0 else { throw .truncated }
        switch tag & 7 {
        case 0: return (number, .integer(try varint()))
        case 1: return (number, .bytes(try take(8)))
        case 2:
            guard let length = Int(exactly: try varint()) else { throw .truncated }
            return (number, .bytes(try take(length)))
        case 5: return (number, .bytes(try take(4)))
        default: throw .wireType(UInt32(tag & 7))
        }
    }

    private mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw .truncated }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .truncated
    }

    private mutating func take(_ length: Int) throws(ProtobufError) -> ArraySlice<UInt8> {
        guard length >= 0, length <= rest.count else { throw .truncated }
        let taken = rest.prefix(length)
        rest = rest.dropFirst(length)
        return taken
    }
}
