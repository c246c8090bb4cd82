import SwiftProtobuf

/// A message as an `Any`.
func packedAny(_ message: some Message) throws -> Google_Protobuf_Any { try Google_Protobuf_Any(message: message) }
