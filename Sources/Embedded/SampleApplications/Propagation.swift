import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// Calls to other services that carry on the headers by which a mesh traces and routes.
enum Propagation {
    /// An application copies these, and baggage, from the request it answers to those it makes; no others.
    private static let names: [String] = [
        "x-request-id", "x-ot-span-context", "x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority",
        "traceparent", "tracestate", "x-cloud-trace-context", "grpc-trace-bin", "x-b3-traceid", "x-b3-spanid",
        "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags", "b3", "baggage", "sw8", "user-agent", "end-user", "cookie",
        "authorization", "jwt",
    ]

    /// What OpenTracing calls baggage: values that go along to the last of a chain of services.
    static let baggage = "baggage-"

    static func get(
        _ url: String,
        for request: Request,
        with extra: [(String, String)] = [],
        timeout: TimeAmount
    ) async throws -> (status: Int, body: ByteBuffer) {
        var call = HTTPClientRequest(url: url)
        for name in names {
            guard let field = HTTPField.Name(name), let value = request.headers[field] else { continue }
            call.headers.replaceOrAdd(name: name, value: value)
        }
        for field in request.headers where field.name.canonicalName.hasPrefix(baggage) {
            call.headers.replaceOrAdd(name: field.name.canonicalName, value: field.value)
        }
        for (name, value) in extra { call.headers.replaceOrAdd(name: name, value: value) }
        let answer = try await HTTPClient.shared.execute(call, timeout: timeout)
        return (Int(answer.status.code), try await answer.body.collect(upTo: 1 << 20))
    }
}

extension Response {
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
