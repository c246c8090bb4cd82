import AsyncHTTPClient
import Foundation
package import KubernetesAPI
package import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// The verbs of a Kubernetes API over HTTPS. Knows no mesh.
///
/// Requests end after 30 s, watches after five minutes of the server's time; whoever watches watches again (Reflector).
package struct KubernetesClient: KubernetesAPI {
    package let endpoint: KubernetesEndpoint
    private let http: HTTPClient
    let token: TokenSource
    private let logger: Logger
    private static let answerLimit = 256 << 20

    /// A client that must be ``shutdown()``; throws when a certificate or key cannot be read.
    package init(endpoint: KubernetesEndpoint, logger: Logger) throws(KubernetesEndpointError) {
        self.endpoint = endpoint
        self.logger = logger
        token = TokenSource(endpoint.token)
        var configuration = HTTPClient.Configuration(tlsConfiguration: try Self.security(endpoint))
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: .seconds(10), read: .minutes(6))
        // Each watch holds a connection of its own.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends every request; a client after that is of no use.
    package func shutdown() async { try? await http.shutdown() }

    // MARK: Verbs

    /// One object.
    package func get(_ type: ResourceType, _ name: ObjectName) async throws(StatusError) -> KubernetesObject {
        let path = RequestLine.path(type, namespace: name.namespace, name: name.name)
        return KubernetesObject(try await send(.GET, path))
    }

    /// A page of objects; its items carry their type, which the wire leaves out.
    package func list(_ type: ResourceType, _ options: ListOptions) async throws(StatusError) -> ObjectList {
        let path = RequestLine.path(type, namespace: options.namespace)
        let answer = try await send(.GET, path + RequestLine.text(RequestLine.query(options)))
        let items = (answer["items"]?.array ?? []).map { item in
            var item = item
            // Items of a list do not say what they are; everybody else's objects do.
            item["apiVersion"] = .string(type.apiVersion)
            item["kind"] = .string(type.kind)
            return KubernetesObject(item)
        }
        return ObjectList(
            items: items,
            resourceVersion: answer[path: ["metadata", "resourceVersion"]]?.string ?? "",
            continuation: answer[path: ["metadata", "continue"]]?.string ?? ""
        )
    }

    /// Events for at most five minutes, on a connection of its own.
    package func watch(
        _ type: ResourceType,
        _ options: ListOptions
    ) async throws(StatusError) -> AsyncThrowingStream<WatchEvent, any Error> {
        var query = RequestLine.query(options)
        query += [("watch", "true"), ("timeoutSeconds", "300")]
        let path = RequestLine.path(type, namespace: options.namespace) + RequestLine.text(query)
        let response = try await execute(.GET, path, deadline: .distantFuture)
        guard response.status == .ok else { throw await Self.refusal(response) }
        let (stream, continuation) = AsyncThrowingStream<WatchEvent, any Error>.makeStream()
        let reading = Task {
            var lines = WatchLines()
            do {
                for try await part in response.body {
                    for event in try lines.take(part.readableBytesView) { continuation.yield(event) }
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in reading.cancel() }
        return stream
    }

    /// An object that has no namespace goes into the endpoint's.
    package func create(_ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) -> KubernetesObject
    {
        let path = RequestLine.path(type, namespace: place(of: object, type))
        return KubernetesObject(try await send(.POST, path, body: object.json.jsonBytes))
    }

    /// Replaces an object or its subresource.
    package func update(
        _ object: KubernetesObject,
        _ type: ResourceType,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        let path = RequestLine.path(
            type,
            namespace: place(of: object, type),
            name: object.name,
            subresource: subresource?.rawValue
        )
        return KubernetesObject(try await send(.PUT, path, body: object.json.jsonBytes))
    }

    /// Changes an object or its subresource.
    package func patch(
        _ type: ResourceType,
        _ name: ObjectName,
        _ patch: Patch,
        _ subresource: Subresource?
    ) async throws(StatusError) -> KubernetesObject {
        var path = RequestLine.path(
            type,
            namespace: name.namespace,
            name: name.name,
            subresource: subresource?.rawValue
        )
        let (contentType, body) =
            switch patch {
            case .merge(let json): ("application/merge-patch+json", json)
            case .json(let json): ("application/json-patch+json", json)
            case .strategic(let json): ("application/strategic-merge-patch+json", json)
            case .apply(let json, _, _): ("application/apply-patch+yaml", json)
            }
        if case .apply(_, let manager, let force) = patch {
            path += RequestLine.text([("fieldManager", manager), ("force", String(force))])
        }
        return KubernetesObject(try await send(.PATCH, path, body: body.jsonBytes, contentType: contentType))
    }

    /// Asks for the end of an object; finalizers may keep it for a while.
    package func delete(
        _ type: ResourceType,
        _ name: ObjectName,
        _ options: DeleteOptions
    ) async throws(StatusError) {
        var body: JSONValue = ["apiVersion": "v1", "kind": "DeleteOptions"]
        if let propagation = options.propagation { body["propagationPolicy"] = .string(propagation.rawValue) }
        if let seconds = options.gracePeriodSeconds { body["gracePeriodSeconds"] = .integer(seconds) }
        if let uid = options.uid { body[path: ["preconditions", "uid"]] = .string(uid) }
        if let version = options.resourceVersion {
            body[path: ["preconditions", "resourceVersion"]] = .string(version)
        }
        let path = RequestLine.path(type, namespace: name.namespace, name: name.name)
        _ = try await send(.DELETE, path, body: body.jsonBytes)
    }

    /// Any JSON request below the server's address: for subresources such as `token`.
    package func post(_ path: String, _ body: JSONValue) async throws(StatusError) -> JSONValue {
        try await send(.POST, path, body: body.jsonBytes)
    }

    private func place(of object: KubernetesObject, _ type: ResourceType) -> String? {
        guard type.isNamespaced else { return nil }
        return object.namespace.isEmpty ? endpoint.namespace : object.namespace
    }

    // MARK: HTTP

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8]? = nil,
        contentType: String = "application/json"
    ) async throws(StatusError) -> JSONValue {
        let deadline = NIODeadline.now() + .seconds(30)
        let response = try await execute(method, path, body: body, contentType: contentType, deadline: deadline)
        guard (200..<300).contains(response.status.code) else { throw await Self.refusal(response) }
        do {
            let buffer = try await response.body.collect(upTo: Self.answerLimit)
            return try JSONValue(json: buffer.readableBytesView)
        } catch {
            throw StatusError(.internalError, "the answer to \(method) \(path) cannot be read: \(error)")
        }
    }

    private func execute(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8]? = nil,
        contentType: String = "application/json",
        deadline: NIODeadline
    ) async throws(StatusError) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: endpoint.server + path)
        request.method = method
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "user-agent", value: "martlet")
        if let token = await token.current() { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "content-type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            return try await http.execute(request, deadline: deadline, logger: logger)
        } catch {
            throw StatusError(.serviceUnavailable, "\(method) \(endpoint.server)\(path): \(error)")
        }
    }

    private static func refusal(_ response: HTTPClientResponse) async -> StatusError {
        let buffer = try? await response.body.collect(upTo: 1 << 20)
        return refusal(status: response.status, body: buffer.map { [UInt8]($0.readableBytesView) } ?? [])
    }

    /// What a server says no with: its `Status`, or the beginning of whatever it sent.
    static func refusal(status: HTTPResponseStatus, body bytes: [UInt8]) -> StatusError {
        if let json = try? JSONValue(json: bytes), let error = StatusError(json) { return error }
        let reason = StatusError.Reason.allCases.first { $0 != .unknown && $0.code == Int(status.code) }
        let text = String(decoding: bytes.prefix(500), as: UTF8.self)
        return StatusError(reason ?? .unknown, "\(status): \(text)", code: Int(status.code))
    }

    static func security(_ endpoint: KubernetesEndpoint) throws(KubernetesEndpointError) -> TLSConfiguration {
        var security = TLSConfiguration.makeClientConfiguration()
        do {
            if !endpoint.certificateAuthority.isEmpty {
                let roots = try NIOSSLCertificate.fromPEMBytes(endpoint.certificateAuthority)
                security.trustRoots = .certificates(roots)
            }
            if !endpoint.clientCertificate.isEmpty {
                let chain = try NIOSSLCertificate.fromPEMBytes(endpoint.clientCertificate)
                security.certificateChain = chain.map { .certificate($0) }
                security.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: endpoint.clientKey, format: .pem))
            }
        } catch {
            throw KubernetesEndpointError("a certificate or key for \(endpoint.server) cannot be read: \(error)")
        }
        if endpoint.skipsVerification { security.certificateVerification = .none }
        return security
    }
}
