import HTTPTypes
import KubernetesAPI

/// One HTTP request with its body read.
struct APIRequest: Sendable {
    var method: HTTPRequest.Method
    var path: String
    var query: QueryParameters
    var headers: HTTPFields
    var body: [UInt8] = []
    /// DER of the verified client certificate.
    var certificate: [UInt8]?

    init(head: HTTPRequest, certificate: [UInt8]?) {
        method = head.method
        let target = (head.path ?? "/").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = target.first.map(String.init) ?? "/"
        query = QueryParameters(target.count == 2 ? String(target[1]) : "")
        headers = head.headerFields
        self.certificate = certificate
    }

    var credential: ClusterAPIServer.Credential {
        let authorization = headers[.authorization] ?? ""
        let isBearer = authorization.lowercased().hasPrefix("bearer ")
        return .init(
            certificate: certificate,
            bearerToken: isBearer ? String(authorization.dropFirst(7)).trimmingSpaces : nil
        )
    }

    /// The media type of the body, lower case, without parameters.
    var contentType: String {
        (headers[.contentType] ?? "application/json").split(separator: ";").first.map { $0.trimmed.lowercased() } ?? ""
    }

    private static let protobuf = "application/vnd.kubernetes.protobuf"

    var isProtobuf: Bool { contentType == Self.protobuf }

    /// The body as one JSON value; an empty one is null. Reads JSON, YAML and the built-in kinds as protobuf; 415 otherwise.
    func decodedBody() throws(StatusError) -> JSONValue {
        guard !body.isEmpty else { return .null }
        switch contentType {
        case Self.protobuf: return try ProtobufObject.decode(body)
        case "application/cbor":
            throw StatusError(
                .unsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types include: application/json, "
                    + "application/yaml, application/vnd.kubernetes.protobuf"
            )
        case "application/yaml", "application/apply-patch+yaml", "application/x-yaml", "text/yaml":
            // JSON is what most clients send under this name, and reading it as YAML is slow.
            if let json = try? JSONValue(json: body) { return json }
            do {
                return try KubernetesManifest.documents(String(decoding: body, as: UTF8.self)).first ?? .null
            } catch {
                throw StatusError(.badRequest, "error decoding YAML: \(error)")
            }
        default:
            do {
                return try JSONValue(json: body)
            } catch {
                throw StatusError(.badRequest, "the body of the request is not JSON: \(error)")
            }
        }
    }
}

extension String {
    var trimmingSpaces: String { self[...].trimmed }
}

/// What a request is answered with.
struct APIAnswer: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Chunks as they come.
        case watch(AsyncStream<WatchSignal>, WatchEncoding)
        case stream(AsyncThrowingStream<[UInt8], any Error>)
    }

    var status = 200
    var contentType = "application/json"
    var warnings: [String] = []
    var headers: [(name: String, value: String)] = []
    var body: Body

    init(bytes: [UInt8], status: Int = 200, contentType: String = "application/json") {
        self.status = status
        self.contentType = contentType
        body = .bytes(bytes)
    }

    init(_ json: JSONValue, status: Int = 200) { self.init(bytes: json.jsonBytes, status: status) }

    init(text: String, status: Int = 200) {
        self.init(bytes: Array(text.utf8), status: status, contentType: "text/plain")
    }

    init(_ body: Body, contentType: String = "application/json") {
        self.contentType = contentType
        self.body = body
    }

    init(_ error: StatusError) {
        self.init(error.json, status: error.code)
        if error.reason == .unauthorized { headers.append(("WWW-Authenticate", "Bearer")) }
        if error.reason == .tooManyRequests || error.reason == .timeout { headers.append(("Retry-After", "1")) }
    }

    /// `Warning: 299 - "text"`, RFC 9111 section 5.5 as Kubernetes writes it: one line per header.
    static func warningHeader(_ text: String) -> String {
        let line = String(text.map { $0.isNewline || ($0.isASCII && $0 < " ") ? " " : $0 }.prefix(1000))
        let quoted = line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "299 - \"\(quoted)\""
    }
}
