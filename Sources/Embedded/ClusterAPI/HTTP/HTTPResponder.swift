import HTTPTypes
import HummingbirdCore
import KubernetesAPI
import NIOCore

/// Reads a request's body, has it answered and writes the answer.
struct HTTPResponder: Sendable {
    let server: ClusterAPIServer
    let certificate: [UInt8]?

    @Sendable
    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        var apiRequest = APIRequest(head: request.head, certificate: certificate)
        let answer: APIAnswer
        do {
            // Who says beforehand that it is too much need not send it.
            let told = request.head.headerFields[.contentLength].flatMap { Int($0) }
            if let told, told > server.configuration.bodyLimit {
                throw NIOTooManyBytesError(maxBytes: server.configuration.bodyLimit)
            }
            let body = try await request.body.collect(upTo: server.configuration.bodyLimit)
            apiRequest.body = Array(body.readableBytesView)
            answer = await server.respond(apiRequest)
        } catch is NIOTooManyBytesError {
            answer = APIAnswer(
                StatusError(
                    .requestEntityTooLarge,
                    "Request entity too large: limit is \(server.configuration.bodyLimit)"
                )
            )
        }
        var head = HTTPResponse(status: HTTPResponse.Status(code: answer.status))
        head.headerFields[.contentType] = answer.contentType
        head.headerFields[.cacheControl] = "no-cache, private"
        for warning in answer.warnings {
            if let name = HTTPField.Name("Warning") {
                head.headerFields.append(HTTPField(name: name, value: APIAnswer.warningHeader(warning)))
            }
        }
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { head.headerFields.append(HTTPField(name: name, value: value)) }
        }
        try await write(answer, head, isHead: request.method == .head, writer)
    }

    private func write(
        _ answer: APIAnswer,
        _ head: HTTPResponse,
        isHead: Bool,
        _ writer: consuming ResponseWriter
    ) async throws {
        var head = head
        switch answer.body {
        case .bytes(let bytes):
            head.headerFields[.contentLength] = String(bytes.count)
            guard !isHead else {
                try await writer.writeResponse(head)
                return
            }
            try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .watch(let signals, var encoding):
            var body = try await writer.writeHead(head)
            for await signal in signals { try await body.write(ByteBuffer(bytes: encoding.line(signal))) }
            try await body.finish(nil)
        case .stream(let chunks):
            var body = try await writer.writeHead(head)
            for try await chunk in chunks { try await body.write(ByteBuffer(bytes: chunk)) }
            try await body.finish(nil)
        }
    }
}
