import KubernetesAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization
import Testing

@testable import KubernetesClient

/// `exec` over a real socket, against a server that says what a test wants.
@Suite(.timeLimit(.minutes(5))) struct ExecuteTests {
    private func execute(_ server: ExecServer, timeout: Duration = .seconds(30)) async throws -> CommandResult {
        var endpoint = KubernetesEndpoint(server: "http://127.0.0.1:\(try await server.start())/prefix")
        endpoint.token = .text("secret")
        let client = try KubernetesClient(endpoint: endpoint, logger: Logger(label: "test"))
        defer { server.stop() }
        let pod = ObjectName(namespace: "shop", name: "web-1")
        do {
            let result = try await client.execute(["echo", "a b"], in: pod, container: "istio-proxy", timeout: timeout)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    @Test func aCommandRunsAndItsOutputComesBack() async throws {
        let server = ExecServer([
            .message(1, ""), .ping, .message(1, "hello "), .fragments(1, ["wor", "ld"]), .message(2, "careful"),
            .message(3, #"{"status":"Success"}"#),
        ])
        let result = try await execute(server)
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "hello world")
        #expect(String(decoding: result.standardError, as: UTF8.self) == "careful")
        #expect(result.exit == .code(0))
        let head = try #require(server.head)
        #expect(
            head.uri == "/prefix/api/v1/namespaces/shop/pods/web-1/exec?container=istio-proxy&stdout=true&stderr=true"
                + "&command=echo&command=a%20b"
        )
        #expect(head.headers["sec-websocket-protocol"] == ["v5.channel.k8s.io, v4.channel.k8s.io"])
        #expect(head.headers["authorization"] == ["Bearer secret"])
    }

    @Test func aRefusalIsTheServers() async throws {
        let status = StatusError(.forbidden, "pods \"web-1\" is forbidden")
        let server = ExecServer([], refusal: status)
        await #expect(throws: status) { try await execute(server) }
    }

    @Test func anEarlyEndIsAnError() async throws {
        let server = ExecServer([.message(1, "half"), .close])
        await #expect {
            try await execute(server)
        } throws: { error in
            (error as? StatusError)?.message.contains("ended before the command did") == true
        }
    }

    @Test func aCommandThatDoesNotEndIsGivenUp() async throws {
        let server = ExecServer([.message(1, "…")])
        await #expect {
            try await execute(server, timeout: .milliseconds(50))
        } throws: { error in
            (error as? StatusError)?.reason == .timeout
        }
    }
}

/// Upgrades one connection and plays a script to it.
private final class ExecServer: Sendable {
    enum Step: Sendable {
        case message(UInt8, String)
        case fragments(UInt8, [String])
        case ping
        case close
    }

    private let steps: [Step]
    private let refusal: StatusError?
    private let seen = Mutex<HTTPRequestHead?>(nil)
    private let channel = Mutex<(any Channel)?>(nil)

    init(_ steps: [Step], refusal: StatusError? = nil) {
        self.steps = steps
        self.refusal = refusal
    }

    var head: HTTPRequestHead? { seen.withLock { $0 } }

    func stop() { channel.withLock { $0 }?.close(promise: nil) }

    /// The port.
    func start() async throws -> Int {
        let bound = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { [self] channel in
                let upgrader = NIOWebSocketServerUpgrader(
                    shouldUpgrade: { [self] channel, head in
                        seen.withLock { $0 = head }
                        let answer: HTTPHeaders? =
                            refusal == nil ? ["sec-websocket-protocol": "v5.channel.k8s.io"] : nil
                        return channel.eventLoop.makeSucceededFuture(answer)
                    },
                    upgradePipelineHandler: { [self] channel, _ in
                        play(on: channel)
                        return channel.eventLoop.makeSucceededVoidFuture()
                    }
                )
                let refuser = Refuser(refusal)
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (
                        upgraders: [upgrader],
                        completionHandler: { $0.pipeline.syncOperations.removeHandler(refuser, promise: nil) }
                    )
                ).flatMap { channel.pipeline.addHandler(refuser) }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        channel.withLock { $0 = bound }
        return bound.localAddress?.port ?? 0
    }

    private func play(on channel: any Channel) {
        // The upgrade is complete a turn later.
        channel.eventLoop.execute { [self] in
            for step in steps {
                switch step {
                case .message(let number, let text):
                    channel.write(WebSocketFrame.of(.binary, [number] + Array(text.utf8)), promise: nil)
                case .fragments(let number, let texts):
                    for (index, text) in texts.enumerated() {
                        let bytes = (index == 0 ? [number] : []) + Array(text.utf8)
                        let opcode: WebSocketOpcode = index == 0 ? .binary : .continuation
                        let isLast = index == texts.count - 1
                        channel.write(WebSocketFrame.of(opcode, bytes, isLast: isLast), promise: nil)
                    }
                case .ping: channel.write(WebSocketFrame.of(.ping, [7]), promise: nil)
                case .close: channel.write(WebSocketFrame.of(.connectionClose, [3, 232]), promise: nil)
                }
            }
            channel.flush()
            if steps.contains(where: { if case .close = $0 { true } else { false } }) { channel.close(promise: nil) }
        }
    }
}

extension WebSocketFrame {
    fileprivate static func of(_ opcode: WebSocketOpcode, _ bytes: [UInt8], isLast: Bool = true) -> WebSocketFrame {
        WebSocketFrame(fin: isLast, opcode: opcode, data: ByteBuffer(bytes: bytes))
    }
}

/// Answers a request that is not upgraded.
private final class Refuser: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let refusal: StatusError?

    init(_ refusal: StatusError?) { self.refusal = refusal }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data), let refusal else { return }
        let body = refusal.json.jsonBytes
        let headers: HTTPHeaders = ["content-length": "\(body.count)", "content-type": "application/json"]
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: refusal.code), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
