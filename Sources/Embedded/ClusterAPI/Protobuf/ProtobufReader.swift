/// Why bytes are no protobuf message, or none that is known here.
enum ProtobufError: Error, Sendable, Equatable, CustomStringConvertible {
    case truncated
    case wireType(UInt32)
    case tooDeep
    case unknownMessage(String)
    case unknownField(message: String, number: UInt32)
    /// The field's bytes are not of its type.
    case malformed(String)

    var description: String {
        switch self {
        case .truncated: "the message ends too soon"
        case .wireType(let type): "there is no wire type \(type)"
        case .tooDeep: "messages are nested too deep"
        case .unknownMessage(let name): "the message \(name) is not known to the embedded cluster"
        case .unknownField(let message, let number):
            "field \(number) of \(message) is not known to the embedded cluster: send application/json"
        case .malformed(let place): "\(place) is not of its type"
        }
    }
}

/// The fields of one message on the wire (Protocol Buffers, "Encoding").
struct ProtobufReader {
    enum Payload: Sendable {
        case integer(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// Four or eight bytes; no field of Kubernetes is one.
        case fixed(ArraySlice<UInt8>)
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
        case 1: return (number, .fixed(try take(8)))
        case 2:
            guard let length = Int(exactly: try varint()) else { throw .truncated }
            return (number, .bytes(try take(length)))
        case 5: return (number, .fixed(try take(4)))
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

extension ProtobufReader.Payload {
    /// A varint; `place` names the field in the error.
    func number(of place: String) throws(ProtobufError) -> UInt64 {
        guard case .integer(let number) = self else { throw .malformed(place) }
        return number
    }

    /// Bytes with their length.
    func content(of place: String) throws(ProtobufError) -> ArraySlice<UInt8> {
        guard case .bytes(let content) = self else { throw .malformed(place) }
        return content
    }

    /// UTF-8.
    func text(of place: String) throws(ProtobufError) -> String {
        guard let text = String(validating: try content(of: place), as: UTF8.self) else { throw .malformed(place) }
        return text
    }
}
