import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers with what it was asked: for looking at what a mesh does to requests.
struct HTTPBin: Sendable {
    /// Requests are echoed up to here.
    private static let bodyLimit = 16 << 20

    init(_ environment: SampleEnvironment) {}

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/") { _, _ in Response.html("<!DOCTYPE html><title>httpbin</title><h1>httpbin</h1>\n") }
        router.get("/headers") { request, _ in Self.encode(["headers": .members(Self.headers(request))]) }
        router.get("/ip") { request, _ in Self.encode(["origin": .text(Self.origin(request))]) }
        router.get("/user-agent") { request, _ in
            Self.encode(["user-agent": .text(request.headers[.userAgent] ?? "")])
        }
        router.get("/uuid") { _, _ in Self.encode(["uuid": .text(UUID().uuidString.lowercased())]) }
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            router.on("/\(method.rawValue.lowercased())", method: method) { request, _ in try await Self.echo(request) }
            router.on("/anything", method: method) { request, _ in try await Self.echo(request) }
            router.on("/anything/**", method: method) { request, _ in try await Self.echo(request) }
            router.on("/status/:code", method: method) { _, context in
                guard let code = Self.number(context, "code", in: 200...599) else { return Self.badNumber }
                return Response(status: .init(code: code))
            }
            router.on("/delay/:seconds", method: method) { request, context in
                guard let seconds = context.parameters.get("seconds").flatMap({ Double($0) }),
                    (0...10).contains(seconds)
                else { return Self.badNumber }
                try await Task.sleep(for: .seconds(seconds))
                return try await Self.echo(request)
            }
        }
        addResponses(to: router)
        return router
    }

    private func addResponses(to router: Router<BasicRequestContext>) {
        router.get("/response-headers") { request, _ in
            var response = Self.encode([:])
            for (name, value) in request.uri.queryParameters {
                guard let field = HTTPField.Name(String(name)) else { continue }
                response.headers.append(HTTPField(name: field, value: String(value)))
            }
            return response
        }
        router.get("/cookies") { request, _ in
            var cookies: [String: Value] = [:]
            for cookie in (request.headers[.cookie] ?? "").split(separator: ";") {
                let pair = cookie.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if pair.count == 2 { cookies[pair[0]] = .text(pair[1]) }
            }
            return Self.encode(["cookies": .members(cookies)])
        }
        router.get("/redirect/:count") { _, context in
            guard let count = Self.number(context, "count", in: 1...50) else { return Self.badNumber }
            return Response(status: .found, headers: [.location: count == 1 ? "/get" : "/redirect/\(count - 1)"])
        }
        router.get("/bytes/:count") { _, context in
            guard let count = Self.number(context, "count", in: 0...(100 << 10)) else { return Self.badNumber }
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
            return Response(
                status: .ok,
                headers: [.contentType: "application/octet-stream"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            )
        }
        router.get("/stream/:count") { _, context in
            guard let count = Self.number(context, "count", in: 1...100) else { return Self.badNumber }
            let body = ResponseBody { writer in
                for index in 0..<count { try await writer.write(ByteBuffer(string: "{\"id\": \(index)}\n")) }
                try await writer.finish(nil)
            }
            return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
        }
    }

    // MARK: Values

    private indirect enum Value: Encodable {
        case text(String)
        case members([String: Value])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .members(let members): try container.encode(members)
            }
        }
    }

    private static var badNumber: Response { .json(#"{"error": "not a number in range"}"#, status: .badRequest) }

    private static func number(_ context: BasicRequestContext, _ name: String, in range: ClosedRange<Int>) -> Int? {
        context.parameters.get(name).flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil }
    }

    private static func encode(_ members: [String: Value]) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(Value.members(members))) ?? Data("{}".utf8)
        return .json(String(decoding: data, as: UTF8.self) + "\n")
    }

    private static func headers(_ request: Request) -> [String: Value] {
        var headers: [String: Value] = [:]
        if let host = request.head.authority { headers["Host"] = .text(host) }
        for field in request.headers {
            let name = field.name.rawName.split(separator: "-").map(\.capitalized).joined(separator: "-")
            if case .text(let value)? = headers[name] {
                headers[name] = .text("\(value),\(field.value)")
            } else {
                headers[name] = .text(field.value)
            }
        }
        return headers
    }

    private static func origin(_ request: Request) -> String {
        HTTPField.Name("x-forwarded-for").flatMap { request.headers[$0] } ?? "127.0.0.1"
    }

    private static func echo(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: bodyLimit)
        var arguments: [String: Value] = [:]
        for (name, value) in request.uri.queryParameters { arguments[String(name)] = .text(String(value)) }
        return encode([
            "args": .members(arguments), "headers": .members(headers(request)), "origin": .text(origin(request)),
            "method": .text(request.method.rawValue), "data": .text(String(buffer: body)),
            "url": .text("http://\(request.head.authority ?? "")\(request.uri)"),
        ])
    }
}
