import KubernetesAPI
import NIOCore
import NIOHTTP1

/// The answer to a request that asked to leave HTTP and may not.
enum UpgradeRefusal {
    /// Answers with the refusal's Status and closes; call it on the event loop.
    ///
    /// NIO's upgrade handler has dropped the head of a request by the time its upgrader fails: nobody behind it would
    /// ever answer.
    static func answer(_ error: any Error, on channel: any Channel) {
        let refusal = error as? StatusError ?? StatusError(.internalError, "Internal error occurred: \(error)")
        let body = refusal.json.jsonBytes
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: refusal.code),
            headers: [
                "Content-Type": "application/json", "Content-Length": String(body.count),
                "Cache-Control": "no-cache, private", "Connection": "close",
            ]
        )
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in channel.close(promise: nil) }
    }
}
