internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// How the debug interface answers.
enum DebugJSON {
    /// A value as indented JSON with sorted keys.
    static func response(_ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return Self.response(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Text that is JSON already.
    static func response(_ json: String, status: HTTPResponse.Status = .ok) -> Response {
        text(json + "\n", type: "application/json", status: status)
    }

    /// Plain text.
    static func text(
        _ text: String,
        type: String = "text/plain; charset=utf-8",
        status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// A request that cannot be answered, and why.
    static func failure(_ reason: String, status: HTTPResponse.Status) -> Response {
        text(reason + "\n", status: status)
    }
}
