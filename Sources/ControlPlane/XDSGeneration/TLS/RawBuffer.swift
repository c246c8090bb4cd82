package import SwiftProtobuf

/// `envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer`: a message without fields, which stands for plaintext by
/// its name alone. Written by hand, since the protobuf subset has no use for it.
package struct RawBuffer: SwiftProtobuf.Message, SwiftProtobuf._MessageImplementationBase,
    SwiftProtobuf._ProtoNameProviding, Sendable
{
    package static let protoMessageName = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"
    package static let _protobuf_nameMap = SwiftProtobuf._NameMap()

    package var unknownFields = SwiftProtobuf.UnknownStorage()

    package init() {}

    /// Skips what a later version may add.
    package mutating func decodeMessage<D: SwiftProtobuf.Decoder>(decoder: inout D) throws {
        while try decoder.nextFieldNumber() != nil {}
    }

    /// Writes what was skipped.
    package func traverse<V: SwiftProtobuf.Visitor>(visitor: inout V) throws {
        try unknownFields.traverse(visitor: &visitor)
    }

    /// All are equal but for what was skipped.
    package static func == (left: RawBuffer, right: RawBuffer) -> Bool { left.unknownFields == right.unknownFields }
}
