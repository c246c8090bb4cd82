package import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

extension KubernetesClient {
    /// The longest message of a server, Kubernetes' own limit.
    private static let messageLimit = 32 << 20

    /// Runs a command in a container, without input and terminal, and waits for its end.
    ///
    /// Speaks `v5.channel.k8s.io`, or `v4`, over a WebSocket, as kubectl does since 1.31. Throws what the server refuses,
    /// `.timeout` when the command has not ended in time, and `.requestEntityTooLarge` when it writes more than `limit`
    /// bytes.
    package func execute(
        _ command: [String],
        in pod: ObjectName,
        container: String,
        timeout: Duration = .seconds(30),
        limit: Int = 64 << 20
    ) async throws(StatusError) -> CommandResult {
        let query =
            [("container", container), ("stdout", "true"), ("stderr", "true")] + command.map { ("command", $0) }
        let path =
            RequestLine.path(.pods, namespace: pod.namespace, name: pod.name, subresource: "exec")
            + RequestLine.text(query)
        do {
            return try await Self.within(timeout, of: "exec in \(pod)") {
                let protocols = "v5.channel.k8s.io, v4.channel.k8s.io"
                return try await converse(try await connect(path, protocols: protocols), limit: limit)
            }
        } catch let error as StatusError {
            throw error
        } catch {
            throw StatusError(.serviceUnavailable, "exec in \(pod): \(error)")
        }
    }

    // MARK: Connection

    /// What the server made of the request for a WebSocket.
    enum Answer: Sendable {
        case accepted(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case refused(NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>)
    }

    func connect(_ path: String, protocols: String) async throws -> Answer {
        guard let place = ServerPlace(endpoint.server) else {
            throw StatusError(.badRequest, "\(endpoint.server) is no address of a server")
        }
        let tls = place.isSecure ? try NIOSSLContext(configuration: Self.security(endpoint)) : nil
        let head = try await upgradeRequest(place, path, protocols)
        let answer = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(10))
            .connect(host: place.host, port: place.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        let name = place.isAddress ? nil : place.host
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Answer>(
                        upgradeRequestHead: head,
                        upgraders: [Self.upgrader],
                        notUpgradingCompletionHandler: { channel in
                            channel.eventLoop.makeCompletedFuture {
                                .refused(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                            }
                        }
                    )
                    var configuration = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
                    // A server's first frames may come along with its answer.
                    configuration.leftOverBytesStrategy = .forwardBytes
                    return try pipeline.configureUpgradableHTTPClientPipeline(configuration: configuration)
                }
            }
        return try await answer.get()
    }

    private static var upgrader: NIOTypedWebSocketClientUpgrader<Answer> {
        NIOTypedWebSocketClientUpgrader(maxFrameSize: messageLimit) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                // Every frame is then a whole message.
                try channel.pipeline.syncOperations.addHandler(
                    NIOWebSocketFrameAggregator(
                        minNonFinalFragmentSize: 0,
                        maxAccumulatedFrameCount: 4096,
                        maxAccumulatedFrameSize: messageLimit
                    )
                )
                return .accepted(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
            }
        }
    }

    private func upgradeRequest(_ place: ServerPlace, _ path: String, _ protocols: String) async throws
        -> HTTPRequestHead
    {
        var headers = HTTPHeaders()
        headers.add(name: "host", value: place.authority)
        headers.add(name: "user-agent", value: "martlet")
        headers.add(name: "sec-websocket-protocol", value: protocols)
        if let token = await token.current() { headers.add(name: "authorization", value: "Bearer \(token)") }
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: place.prefix + path, headers: headers)
    }

    // MARK: Conversation

    private func converse(_ answer: Answer, limit: Int) async throws -> CommandResult {
        switch answer {
        case .accepted(let channel):
            return try await channel.executeThenClose { inbound, outbound in
                var output = CommandOutput(limit: limit)
                for try await frame in inbound {
                    switch frame.opcode {
                    case .binary, .text: try output.take(frame.unmaskedData.readableBytesView)
                    case .ping: try await outbound.write(.masked(.pong, frame.unmaskedData))
                    case .connectionClose:
                        try? await outbound.write(.masked(.connectionClose, frame.unmaskedData))
                    default: break
                    }
                    // The status is the last word.
                    if let result = output.result { return result }
                }
                throw StatusError(.internalError, "the connection ended before the command did")
            }
        case .refused(let channel): throw try await Self.refusal(on: channel)
        }
    }

    /// What the server says instead of opening a WebSocket.
    static func refusal(
        on channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
    ) async throws -> StatusError {
        try await channel.executeThenClose { inbound, _ in
            var status = HTTPResponseStatus.internalServerError
            var body = ByteBuffer()
            reading: for try await part in inbound {
                switch part {
                case .head(let head): status = head.status
                case .body(var bytes): if body.readableBytes < 1 << 20 { body.writeBuffer(&bytes) }
                case .end: break reading
                }
            }
            return refusal(status: status, body: Array(body.readableBytesView))
        }
    }

    static func within<Value: Sendable>(
        _ limit: Duration,
        of what: String,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw StatusError(.timeout, "\(what) has not ended in \(limit)")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else {
                throw StatusError(.internalError, "\(what) gave nothing")
            }
            return value
        }
    }
}

extension WebSocketFrame {
    /// A frame of a client, which must be masked (RFC 6455 section 5.3).
    static func masked(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }
}
